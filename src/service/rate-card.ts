import { readFile } from "node:fs/promises";
import * as z from "zod";
import { AppError } from "../errors.ts";

const Rate = z.number().min(0).max(1_000_000);

/**
 * A rate card as its file has it (README, "Rate card"). Strict, because a misspelled tier would otherwise be a price
 * that silently never counts.
 */
const RateCardFile = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, "must be three capital letters (ISO 4217), such as EUR"),
  per_million_bytes: z.record(
    z.string().regex(/^[a-z0-9_]{1,64}$/, "must be a provider's name, such as google"),
    z.strictObject({ premium: Rate.optional(), ultra: Rate.optional() }),
  ),
});

export type Tier = "premium" | "ultra";

export interface RateCard {
  currency: string;
  /** Price of a million bytes of UTF-8, by provider and tier. What is not in here has no known price. */
  perMillionBytes: Readonly<Record<string, { readonly [T in Tier]?: number }>>;
}

/** What holds without a file: what providers ask is not ours to state. */
export const DEFAULT_RATE_CARD: RateCard = { currency: "USD", perMillionBytes: {} };

const SETTING = "AITTSM_RATE_CARD";
const TAKES =
  '{"currency": "USD", "per_million_bytes": {"google": {"premium": 16, "ultra": 30}}}, prices of a million bytes by provider and tier';

/**
 * The rate card: the file's prices over the default ones, provider by provider and tier by tier.
 * @param file absolute path of a JSON file; without it the default card
 * @throws AppError CONFIG_INVALID that names the setting, the file and every wrong field
 */
export async function readRateCard(file: string | undefined): Promise<RateCard> {
  if (file === undefined) return DEFAULT_RATE_CARD;
  const given = RateCardFile.safeParse(parse(file, await read(file)));
  if (!given.success) {
    const faults = given.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`);
    throw invalid(`The rate card ${file} is not right: ${faults.join("; ")}.`);
  }
  const merged = Object.entries(given.data.per_million_bytes).map(([provider, tiers]) => [
    provider,
    { ...DEFAULT_RATE_CARD.perMillionBytes[provider], ...tiers },
  ]);
  return {
    currency: given.data.currency,
    perMillionBytes: { ...DEFAULT_RATE_CARD.perMillionBytes, ...Object.fromEntries(merged) },
  };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw invalid(`The rate card ${file} can't be read (${(error as { code?: string }).code}).`, error);
  }
}

function parse(file: string, text: string): unknown {
  try {
    // Editors on Windows put a byte order mark in front.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw invalid(`The rate card ${file} is not JSON.`, error);
  }
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError("CONFIG_INVALID", message, {
    hint: `set ${SETTING} to a file such as ${TAKES}; or remove it`,
    details: { setting: SETTING },
    cause,
  });
}

/**
 * The price of so many bytes, to a millionth of the currency. What the card has no rate for costs nothing when it is
 * spoken on this machine (`local`), else its price is not known: undefined.
 */
export function priceOf(
  card: RateCard,
  voice: { provider: string; modelType: Tier; local: boolean },
  bytes: number,
): number | undefined {
  const { perMillionBytes: rates } = card;
  const rate = Object.hasOwn(rates, voice.provider) ? rates[voice.provider]?.[voice.modelType] : undefined;
  if (rate === undefined) return voice.local ? 0 : undefined;
  return Math.round(bytes * rate) / 1e6;
}
