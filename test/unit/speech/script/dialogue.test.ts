import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildScript, planJob, type ScriptSource, saidText } from "../../../../src/speech/script/build.ts";
import { factsOf, PLAIN } from "../../../support/script-facts.ts";

const TALKING = factsOf({ duo: { speed: null, dialogue: true, lettersPerRequest: 60 }, plain: { speed: null } });

const source = (text: string, voices = ["plain:en-US-A-One", "plain:en-US-A-Two"]): ScriptSource => ({
  text,
  voiceId: voices[0]!,
  secondVoiceId: voices[1]!,
  speed: 1,
});
const refusal = (text: string) => {
  try {
    buildScript(source(text), PLAIN);
  } catch (error) {
    return error as { code: string; message: string };
  }
  return undefined;
};

describe("a dialogue", () => {
  it("gives each turn to its speaker, and lines without one to the turn before", () => {
    const text = "Speaker 1: Hello there.\nHow are you?\nspeaker 2 :\nFine: thanks.\n\nSpeaker 1: Good.";
    const said = [...planJob(source(text), PLAIN)].map(({ manner, text: words }) => [manner!.voiceId.at(-1), words]);
    expect(
      said
        .filter(([who]) => who === "e")
        .map(([, words]) => words)
        .join(" "),
    ).toMatch(/^Hello there\.\s+How are you\?\s+Good\.$/);
    expect(said.filter(([who]) => who === "o").map(([, words]) => words)).toEqual(["Fine: thanks."]);
  });

  it("knows where in the text each turn stands", () => {
    const text = "Speaker 1: One.\nSpeaker 2: Two.";
    for (const { span, text: words } of planJob(source(text), PLAIN))
      expect(text.slice(span.start, span.end)).toBe(words);
  });

  it.each([
    ["Hello.\nSpeaker 1: Hi.", /Line 1 .* no speaker/],
    ["\n\nOnce upon a time", /Line 3 .* no speaker/],
    ["Speaker 1: Hi.\nSpeaker 3: Hello.", /Line 2 is of speaker 3/],
  ])("is refused with its line when it is none: %j", (text, message) => {
    expect(refusal(text)).toMatchObject({ code: "INVALID_INPUT", message: expect.stringMatching(message) });
  });

  it("goes in requests of several turns to an engine that speaks dialogues, the first one by itself", () => {
    const turns = Array.from({ length: 9 }, (_, i) => `Speaker ${(i % 2) + 1}: Now it is turn ${"x".repeat(i + 1)}.`);
    const chunks = [...planJob(source(turns.join("\n"), ["duo:en-US-A-One", "duo:en-US-A-Two"]), TALKING)];
    expect(chunks[0]!.native!.dialogue).toHaveLength(1);
    expect(chunks.length).toBeLessThan(8);
    const lines = chunks.flatMap(({ native }) => native!.dialogue!);
    expect(lines.map(({ speaker, text }) => `Speaker ${speaker}: ${text}`)).toEqual(turns);
    expect(new Set(lines.map(({ voiceId }) => voiceId))).toEqual(new Set(["duo:en-US-A-One", "duo:en-US-A-Two"]));
  });

  it("goes turn by turn when the voices are of two engines", () => {
    const chunks = [
      ...planJob(source("Speaker 1: Hi.\nSpeaker 2: Hello.", ["duo:en-US-A-One", "plain:en-US-A-Two"]), TALKING),
    ];
    expect(chunks.map(({ manner, native }) => [manner!.voiceId, native])).toEqual([
      ["duo:en-US-A-One", undefined],
      ["plain:en-US-A-Two", undefined],
    ]);
  });

  it("loses no word, whoever speaks it", () => {
    const line = fc.tuple(
      fc.constantFrom("Speaker 1:", "Speaker 2:", ""),
      fc.constantFrom("Hello.", "and on it goes,", "a", ""),
    );
    const together = fc.constantFrom("duo", "plain");
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), together, (lines, engine) => {
        const text = ["Speaker 1: start", ...lines.map((parts) => parts.join(" "))].join("\n");
        const chunks = [...planJob(source(text, [`${engine}:en-US-A-One`, `${engine}:en-US-A-Two`]), TALKING)];
        const words = (spoken: string) => spoken.split(/\s+/).filter(Boolean);
        const expected = words(text.replace(/Speaker [12]:/g, " "));
        expect(chunks.flatMap((chunk) => words(chunk.text))).toEqual(expected);
        expect(words(saidText({ text, dialogue: true }))).toEqual(expected);
      }),
    );
  });
});
