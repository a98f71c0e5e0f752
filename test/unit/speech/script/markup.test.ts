import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildScript, planJob, type ScriptSource } from "../../../../src/speech/script/build.ts";
import { factsOf, PLAIN } from "../../../support/script-facts.ts";

const NATIVE = factsOf({ native: { speed: null, markup: true, lettersPerRequest: 60 } });

const source = (text: string, voiceId = "plain:en-US-A-B"): ScriptSource => ({
  text,
  format: "markup",
  voiceId,
  speed: 1,
});
const wordsOf = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? [];

describe("markup", () => {
  it("turns pauses into silence where the voice has none of its own", () => {
    const parts = buildScript(source("One, [pause short] two. [PAUSE] Three [ pause long ]four."), PLAIN);
    expect(
      parts.map((part) => (part.kind === "pause" ? part.milliseconds : [part.text.trim(), part.boundary])),
    ).toEqual([["One,", "clause"], 250, ["two.", "sentence"], 500, ["Three", "space"], 1_000, ["four.", "sentence"]]);
  });

  it("leaves other brackets in the text", () => {
    const [part] = buildScript(source("See [1] and [paused]."), PLAIN);
    expect(part).toMatchObject({ kind: "speech", text: "See [1] and [paused]." });
  });

  it("refuses a pause of another kind, with its line", () => {
    expect(() => buildScript(source("One.\nTwo [pause forever] three."), PLAIN)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringMatching(/Line 2 .*\[pause forever\]/) }),
    );
  });

  it("ends its texts as they are written, and takes any amount of white space", () => {
    const text = `One\n\n[pause]Two\n[pause]${"\n".repeat(400_000)}three[pause]four,\n[pause]five.`;
    const parts = buildScript(source(text), PLAIN).filter(({ kind }) => kind === "speech");
    const ends = parts.map((part) => part.kind === "speech" && part.boundary);
    expect(ends).toEqual(["paragraph", "line", "space", "line", "sentence"]);
  });

  it("adds pauses in a row, and keeps those at the ends", () => {
    const chunks = [...planJob(source("[pause] Hello. [pause][pause long] Bye. [pause short]"), PLAIN)];
    expect(
      chunks.map(({ text, pauseBefore, pause }) => [text, pauseBefore?.milliseconds, pause?.milliseconds]),
    ).toEqual([
      ["Hello.", 500, 1_500],
      ["Bye.", undefined, 250],
    ]);
  });

  it("is passed on where the voice knows it, cut between words and never inside a pause", () => {
    const sentence = "This one is somewhat long, [pause long] and then it ends. ";
    const text = sentence.repeat(5);
    const chunks = [...planJob(source(text, "native:en-US-A-B"), NATIVE)];
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.map(({ native }) => native!.markup).join(" ")).toBe(text.trim());
    for (const { native, text: said } of chunks) {
      expect(native!.markup!.replaceAll("[pause long]", "")).not.toMatch(/[[\]]/);
      expect(said).not.toContain("pause");
    }
  });

  it("loses no word of any text", () => {
    const word = fc.constantFrom(
      "one",
      "two,",
      "three.",
      "[pause]",
      "[pause short]",
      "[pause long]",
      "[2]",
      "\n",
      "\n\n",
      "Dr.",
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 80 }),
        fc.constantFrom("plain:en-US-A-B", "native:en-US-A-B"),
        (words, voiceId) => {
          const text = words.join(" ");
          const facts = voiceId.startsWith("plain") ? PLAIN : NATIVE;
          const chunks = [...planJob(source(text, voiceId), facts)];
          const spoken = chunks.flatMap((chunk) => wordsOf(chunk.text));
          expect(spoken).toEqual(wordsOf(text.replace(/\[pause[^\]]*\]/g, " ")));
          for (const { span, text: said } of chunks)
            expect(wordsOf(text.slice(span.start, span.end))).toEqual(expect.arrayContaining(wordsOf(said)));
        },
      ),
    );
  });
});
