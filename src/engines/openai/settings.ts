import { AppError } from "../../errors.ts";
import type { Gender } from "../engine.ts";

/** Where OpenAI itself answers; used when there is a key and no other address. */
export const OPENAI_URL = "https://api.openai.com/v1";

/** A voice that the settings name. */
export interface NamedVoice {
  id: string;
  language?: string;
  gender?: Gender;
}

/** How to reach an endpoint that speaks OpenAI's speech API. Survives structured cloning. */
export interface OpenAiSettings {
  /** Without a slash at the end. */
  baseUrl: string;
  /** Local servers need none. */
  apiKey?: string;
  /** Empty: the server's own, or OpenAI's. */
  voices: readonly NamedVoice[];
  models: readonly string[];
}

export const OPENAI_VARIABLES = [
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "AITTSM_OPENAI_VOICES",
  "AITTSM_OPENAI_MODELS",
] as const;

type Variables = Readonly<Record<string, string>>;

/**
 * The settings, or undefined when the engine is not set up.
 * @throws AppError CONFIG_INVALID that names the variable; the key is never quoted
 */
export function readSettings(variables: Variables): OpenAiSettings | undefined {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: address } = variables;
  if (apiKey === undefined && address === undefined) return undefined;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw bad("OPENAI_API_KEY", "OPENAI_API_KEY holds characters that no API key has.", "copy the key again");
  }
  return {
    baseUrl: address === undefined ? OPENAI_URL : readBaseUrl(address),
    apiKey,
    voices: list(variables.AITTSM_OPENAI_VOICES).map(readVoice),
    models: list(variables.AITTSM_OPENAI_MODELS),
  };
}

/** Whether an address is of this machine: then the text does not leave it. */
export function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

const list = (value = "") =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);

function bad(setting: string, message: string, hint: string): AppError {
  return new AppError("CONFIG_INVALID", message, { hint, details: { setting } });
}

function readBaseUrl(value: string): string {
  const name = "OPENAI_BASE_URL";
  const hint = `set ${name} to an https URL such as ${OPENAI_URL}, or to http://127.0.0.1:8880/v1 for a server on this machine`;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.username || url?.password) throw bad(name, `${name} has a user or a password in it.`, hint);
  // The key, and what is spoken, would pass a network in the clear.
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(value));
  if (!url || !safe || url.search || url.hash) {
    throw bad(name, `${name} is "${value}"; it takes an https URL, or http for this machine.`, hint);
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

const GENDERS: readonly Gender[] = ["male", "female", "neutral"];

/** `name`, `name:language` or `name:language:gender`. */
function readVoice(value: string): NamedVoice {
  const [id = "", language, gender, ...rest] = value.split(":").map((part) => part.trim());
  const goodGender = gender === undefined || (GENDERS as readonly string[]).includes(gender);
  if (id === "" || rest.length > 0 || !goodGender || (language && !isTag(language))) {
    throw bad(
      "AITTSM_OPENAI_VOICES",
      `AITTSM_OPENAI_VOICES has "${value}".`,
      "list voices as name, name:language or name:language:gender, e.g. alloy,nova:en-US:female",
    );
  }
  return {
    id,
    ...(language && { language: new Intl.Locale(language).toString() }),
    ...(gender && { gender: gender as Gender }),
  };
}

function isTag(language: string): boolean {
  try {
    return new Intl.Locale(language).toString() !== "";
  } catch {
    return false;
  }
}
