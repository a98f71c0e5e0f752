import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { composeEmbedded } from "../../../src/compose-backend.ts";
import { readConfig } from "../../../src/config.ts";
import { DEFAULT_RATE_CARD, priceOf, readRateCard } from "../../../src/service/rate-card.ts";
import { testConfig } from "../../support/backends.ts";
import { temporaryFolder } from "../../support/folders.ts";

const folder = temporaryFolder();
function card(content: unknown): string {
  const file = path.join(folder, `${readdirSync(folder).length}.json`);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("the rate card", () => {
  it("without a file has only local voices, for nothing", async () => {
    const rates = await readRateCard(undefined);
    expect(priceOf(rates, { provider: "flite", modelType: "premium", local: true }, 1e9)).toBe(0);
    expect(priceOf(rates, { provider: "google", modelType: "ultra", local: false }, 1)).toBeUndefined();
    expect(priceOf(rates, { provider: "constructor", modelType: "premium", local: false }, 1)).toBeUndefined();
  });

  it("of a user goes over the default one, tier by tier", async () => {
    const given = { currency: "GBP", per_million_bytes: { google: { ultra: 30 }, kokoro: { premium: 1 } } };
    const rates = await readRateCard(card(`\uFEFF${JSON.stringify(given)}`));
    expect(rates.currency).toBe("GBP");
    expect(priceOf(rates, { provider: "google", modelType: "ultra", local: false }, 1_000)).toBe(0.03);
    expect(priceOf(rates, { provider: "google", modelType: "premium", local: false }, 1_000)).toBeUndefined();
    expect(priceOf(rates, { provider: "kokoro", modelType: "premium", local: true }, 1_000_000)).toBe(1);
    expect(priceOf(rates, { provider: "flite", modelType: "premium", local: true }, 1_000_000)).toBe(0);
    expect(DEFAULT_RATE_CARD.perMillionBytes).toEqual({});
  });

  it.each([
    ["no file", path.join(folder, "missing.json"), "ENOENT"],
    ["no JSON", card("{currency"), "not JSON"],
    ["a list", card([]), "the file"],
    ["a currency in words", card({ currency: "euros", per_million_bytes: {} }), "currency"],
    ["no prices", card({ currency: "EUR" }), "per_million_bytes"],
    ["a price below zero", card({ currency: "EUR", per_million_bytes: { google: { ultra: -1 } } }), "google.ultra"],
    ["a price in words", card({ currency: "EUR", per_million_bytes: { google: { ultra: "30" } } }), "google.ultra"],
    ["a tier that is none", card({ currency: "EUR", per_million_bytes: { google: { ultr: 1 } } }), "ultr"],
  ])("that is %s is refused by the setting's name, with an example", async (_, file, fault) => {
    await expect(readRateCard(file)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(new RegExp(`${path.basename(file)}.*${fault}`)),
      hint: expect.stringContaining("set AITTSM_RATE_CARD"),
      details: { setting: "AITTSM_RATE_CARD" },
    });
  });

  it("that is wrong leaves no data folder behind", async () => {
    const dataDir = path.join(folder, "data");
    const config = testConfig(dataDir, { AITTSM_RATE_CARD: card("oops") });
    await expect(composeEmbedded(config)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(readdirSync(folder)).not.toContain("data");
  });

  it("must have an absolute path", () => {
    expect(() => readConfig({ AITTSM_RATE_CARD: "rates.json" })).toThrow(/AITTSM_RATE_CARD.*absolute/);
    expect(readConfig({ AITTSM_RATE_CARD: "" }).rateCard).toBeUndefined();
  });
});
