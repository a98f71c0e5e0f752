import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { FLITE_VOICES } from "../../../../src/engines/flite/voices.ts";
import { KokoroEngine } from "../../../../src/engines/kokoro/index.ts";
import { KOKORO_VOICES } from "../../../../src/engines/kokoro/voices.ts";
import { PUBLISHED_SPEAKERS } from "../../../support/kokoro-model.ts";

/** The ids that the hosted service publishes. */
const PUBLISHED = readFileSync(path.resolve(import.meta.dirname, "../../../fixtures/kokoro-voices.tsv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [voiceId, language, family, name, gender] = line.split("\t");
    return { voiceId, language, family, name, gender };
  });

describe("Kokoro's voices", () => {
  const engine = new KokoroEngine({ modelDir: "/nowhere" });

  it("are the 54 that are published, with language, name and gender", async () => {
    const listed = (await engine.voices()).map(({ voiceId, language, family, name, gender }) => {
      return { voiceId, language, family, name, gender };
    });
    const inOrder = (voices: { voiceId?: string }[]) => [...voices].sort((a, b) => (a.voiceId! < b.voiceId! ? -1 : 1));
    expect(PUBLISHED).toHaveLength(54);
    expect(inOrder(listed)).toEqual(inOrder(PUBLISHED));
  });

  it("are the speakers of the model that is published for the runtime, and one that it lacks", () => {
    const speakers = KOKORO_VOICES.map(({ speaker }) => speaker);
    expect(new Set(speakers).size).toBe(54);
    expect(PUBLISHED_SPEAKERS).toHaveLength(53);
    expect(speakers.filter((speaker) => !PUBLISHED_SPEAKERS.includes(speaker))).toEqual(["em_santa"]);
  });

  it("come before the built-in ones, best first", () => {
    const best = [...KOKORO_VOICES].sort((a, b) => b.rank - a.rank).map(({ speaker }) => speaker);
    expect(best.slice(0, 2)).toEqual(["af_heart", "af_bella"]);
    const ranks = KOKORO_VOICES.map(({ rank }) => rank);
    expect(Math.min(...ranks)).toBeGreaterThan(Math.max(...FLITE_VOICES.map(({ catalogue }) => catalogue.rank)));
  });

  it("have limits and speeds as published, and refuse an id that is not theirs", () => {
    expect(engine.capabilities("kokoro:it-IT-Kokoro-Sara")).toMatchObject({
      ...{ maxTextBytes: 500_000, maxStreamBytes: 5_000, speed: { min: 0.25, max: 4 }, nativeSampleRateHertz: 24_000 },
      ...{ ssml: false, markup: false, prompt: false, multiSpeaker: false, bitrate: true },
    });
    expect(() => engine.capabilities("kokoro:it-IT-Kokoro-Nobody")).toThrow(
      expect.objectContaining({ code: "VOICE_NOT_FOUND" }),
    );
  });
});
