import { describe, expect, it } from "vitest";
import type { ProviderTier } from "../../../../src/engines/engine.ts";
import { createEngineRegistry, ENGINE_ENTRIES } from "../../../../src/engines/registry.ts";

type Row = Omit<ProviderTier, "modelType">;

const NOTHING = { ssml: false, markup: false, speed: null, multiSpeaker: false, model: false, prompt: false } as const;

/** The table that the hosted service publishes: providers, their tiers, and bytes of UTF-8. */
const PUBLISHED: Record<string, Partial<Record<ProviderTier["modelType"], Row>>> = {
  google: {
    premium: {
      ...NOTHING,
      families: ["Casual", "ChirpHD", "Chirp3HD", "Neural2", "News", "Polyglot", "Standard", "Studio", "Wavenet"],
      textBytes: 500_000,
      streamBytes: 5_000,
      ssml: "by family",
      markup: "by family",
      speed: "by family",
      bitrate: true,
    },
    ultra: {
      ...NOTHING,
      families: ["Gemini"],
      textBytes: "by model",
      streamBytes: "by model",
      promptBytes: 4_000,
      ssml: true,
      multiSpeaker: "by model",
      model: true,
      prompt: true,
      bitrate: true,
    },
  },
  polly: {
    premium: {
      ...NOTHING,
      families: ["Generative", "Neural", "Standard"],
      textBytes: 100_000,
      streamBytes: 3_000,
      ssml: true,
      bitrate: false,
    },
    ultra: {
      ...NOTHING,
      families: ["LongForm"],
      textBytes: 100_000,
      streamBytes: 3_000,
      ssml: true,
      bitrate: false,
    },
  },
  kokoro: {
    premium: {
      ...NOTHING,
      families: ["Kokoro"],
      textBytes: 5_000,
      streamBytes: 5_000,
      speed: { min: 0.25, max: 4 },
      bitrate: true,
    },
  },
};

/** Where this program does more than is published, and why. */
const MORE: Record<string, Partial<Row>> = {
  // Long texts are cut at sentences on this machine.
  kokoro: { textBytes: 500_000 },
};

const present = ENGINE_ENTRIES.filter(({ id }) => id in PUBLISHED);
const engines = createEngineRegistry().engines;
const tiersOf = (id: string) => engines.find((engine) => engine.id === id)!.tiers();

/** Where a provider's tiers are neither as published nor as MORE has them. */
function differences(id: string, tiers: readonly ProviderTier[]): string[] {
  const extra = tiers.filter(({ modelType }) => !PUBLISHED[id]![modelType]);
  const cells = Object.entries(PUBLISHED[id]!).flatMap(([tier, row]) => {
    const ours = tiers.find(({ modelType }) => modelType === tier);
    if (!ours) return [`${id} ${tier} is missing`];
    return Object.entries({ ...row, ...MORE[id] }).flatMap(([column, expected]) => {
      const [a, b] = [ours[column as keyof Row], expected].map((cell) =>
        JSON.stringify(Array.isArray(cell) ? [...cell].sort() : cell),
      );
      return a === b ? [] : [`${id} ${tier} ${column} is ${a}, not ${b}`];
    });
  });
  return [...extra.map(({ modelType }) => `${id} ${modelType} is not published`), ...cells];
}

describe("the capability table", () => {
  it.each(present.map(({ id }) => id))("of %s is as published, or does more where it is said", (id) => {
    expect(differences(id, tiersOf(id))).toEqual([]);
  });

  it("would be seen to break a promise", () => {
    const polly = Object.entries(PUBLISHED.polly!).map(([modelType, row]) => ({ modelType, ...row }) as ProviderTier);
    expect(differences("polly", polly)).toEqual([]);
    const [premium, ultra] = polly;
    expect(differences("polly", [premium!])).toEqual(["polly ultra is missing"]);
    expect(
      differences("polly", [
        { ...premium!, textBytes: 3_000 },
        { ...ultra!, ssml: false },
      ]),
    ).toEqual(["polly premium textBytes is 3000, not 100000", "polly ultra ssml is false, not true"]);
  });

  it("has a prompt's limit only where there are prompts, and streams no longer than texts", () => {
    for (const engine of engines) {
      for (const { promptBytes, prompt, textBytes, streamBytes } of engine.tiers()) {
        expect(promptBytes !== undefined).toBe(prompt);
        if (typeof textBytes === "number" && typeof streamBytes === "number") {
          expect(streamBytes).toBeLessThanOrEqual(textBytes);
        }
      }
    }
  });

  it("of the built-in voices promises what they do", async () => {
    const [tier] = tiersOf("flite");
    expect(tier).toMatchObject({ textBytes: 500_000, streamBytes: 5_000, speed: { min: 0.25, max: 4 }, bitrate: true });
    const flite = engines.find(({ id }) => id === "flite")!;
    for (const { voiceId } of await flite.voices()) {
      const { maxTextBytes, maxStreamBytes, speed, bitrate, multiSpeaker, prompt } = flite.capabilities(voiceId);
      expect(tier).toMatchObject({
        textBytes: maxTextBytes,
        streamBytes: maxStreamBytes,
        speed,
        bitrate,
        multiSpeaker,
        prompt,
      });
    }
  });
});
