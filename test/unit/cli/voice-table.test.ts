import { describe, expect, it } from "vitest";
import { voiceNotes, voiceTable } from "../../../src/cli/voice-table.ts";
import { VOICE } from "../client/fake-service.ts";

const voice = (voice_id: string, more: object = {}) => {
  return { ...VOICE, provider: voice_id.split(":")[0]!, voice_id, ...more } as Parameters<typeof voiceTable>[0][number];
};
const provider = (id: string, why_unavailable?: string, hint?: string) => {
  return { id, available: !why_unavailable, why_unavailable, hint, local: true, tiers: [] };
};

describe("the table of voices", () => {
  it("has a line for each voice, in columns, and marks those that don't work", () => {
    const lines = voiceTable([
      voice("a:en-US-Test-Short"),
      voice("model:ja-JP-Test-MuchLonger", { gender: "female", available: false, why_unavailable: "No model." }),
    ]).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^model:ja-JP-Test-MuchLonger {2}female .*not available$/);
    expect(lines[0]!.indexOf(" male")).toBe(lines[1]!.indexOf("female") - 1);
  });

  it("of nothing is empty", () => {
    expect(voiceTable([])).toBe("");
  });
});

describe("the notes below it", () => {
  it("tell a reason once for each provider, not for each voice", () => {
    const off = { available: false, why_unavailable: "Its model is not installed." };
    const voices = Array.from({ length: 54 }, (_, i) => voice(`model:ja-JP-Test-N${i}`, off));
    const states = [
      provider("flite"),
      provider("model", "Its model is not installed.", "run `aittsm models pull model`"),
      provider("cloud", "There is no key", "set CLOUD_KEY"),
    ];
    expect(voiceNotes([voice("flite:en-US-Test-Ann"), ...voices], states)).toEqual([
      "model: 54 not available: Its model is not installed. To use it: run `aittsm models pull model`.",
      "cloud: There is no key. To use it: set CLOUD_KEY.",
    ]);
  });

  it("are none when all work", () => {
    expect(voiceNotes([voice("flite:en-US-Test-Ann")], [provider("flite")])).toEqual([]);
  });
});
