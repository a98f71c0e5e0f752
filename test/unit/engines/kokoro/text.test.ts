import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspectFor } from "../../../../src/engines/kokoro/inspect.ts";
import { LANGUAGES } from "../../../../src/engines/kokoro/languages.ts";
import { isSpeakable, piecesOf, speakableForm } from "../../../../src/engines/kokoro/text.ts";

const language = (tag: string) => Object.values(LANGUAGES).find((one) => one.tag === tag)!;
const english = language("en-US");

describe("the pieces that the model takes at once", () => {
  it("are the text itself when it is of ordinary length", () => {
    const text = "The birch canoe slid on the smooth planks. ".repeat(6).trim();
    expect(piecesOf(text, english)).toEqual([text]);
  });

  it("hold all of any text, in order", () => {
    const texts = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("word ", "7", "あ", "。", "क्ष")), {
      maxLength: 900,
    });
    const bare = (text: string) => text.replace(/\s/g, "");
    fc.assert(
      fc.property(texts, fc.constantFrom(...Object.values(LANGUAGES)), (parts, of) => {
        const text = parts.join("");
        expect(bare(piecesOf(text, of).join(""))).toBe(bare(text));
      }),
      { numRuns: 60 },
    );
  });

  it("end where a sentence does, else a clause, else a word", () => {
    const sentences = "かいがんゆきのでんしゃはくじはんにでます。".repeat(12);
    for (const piece of piecesOf(sentences, language("ja-JP"))) expect(piece.endsWith("。")).toBe(true);
    const clauses = `${"some words and more of them, ".repeat(20)}end.`;
    for (const piece of piecesOf(clauses, english).slice(0, -1)) expect(piece.endsWith(",")).toBe(true);
    for (const piece of piecesOf("wordy ".repeat(200), english)) expect(piece).toMatch(/^(wordy ?)+$/);
  });
});

describe("the form that is spoken", () => {
  it("is the text for ordinary text", () => {
    const text = "Dr. Smith's co-operative, founded 1984, costs $5.50 — no more (really)!";
    expect(speakableForm(text, english)).toBe(text);
  });

  it("has nothing at which the runtime would stop or stumble", () => {
    expect(speakableForm("a\u0000b\ud800c", english)).toBe("a b c");
    expect(speakableForm("7".repeat(21), english)).toBe(Array(21).fill("7").join(" "));
    expect(speakableForm("$$$$", english)).toBe("$ $ $ $");
  });
});

describe("what a voice says of a text beforehand", () => {
  it("is nothing for its own language", () => {
    expect(inspectFor("It costs 5 € — naïve, isn't it? 👍", english)).toEqual({ speakable: true, warnings: [] });
    expect(inspectFor("तट की ओर, Hindi 12।", language("hi-IN")).warnings).toEqual([]);
    expect(inspectFor("カレー、ラーメン。", language("ja-JP")).warnings).toEqual([]);
    expect(inspectFor("你好，world 12。", language("cmn-CN")).warnings).toEqual([]);
  });

  it("names other scripts, with their number", () => {
    const { speakable, warnings } = inspectFor("Say привет to 한국", english);
    expect(speakable).toBe(true);
    expect(warnings).toEqual(["This English voice spells or leaves out 8 letters of other scripts (e.g. п р и)."]);
    expect(inspectFor("привет", english)).toMatchObject({ speakable: false });
  });

  it("tells Japanese writers that Chinese characters come out as Mandarin", () => {
    const { warnings } = inspectFor("漢字かな", language("ja-JP"));
    expect(warnings.join()).toContain("2 Chinese characters as Mandarin");
    expect(warnings.join()).toContain("write them in kana");
  });

  it("is that there is nothing to say in mere marks", () => {
    for (const text of ["", " \n", "...", "—", "?!", "\u200b"]) {
      expect(inspectFor(text, english)).toMatchObject({ speakable: false, warnings: [expect.any(String)] });
      expect(isSpeakable(text, english)).toBe(false);
    }
  });
});
