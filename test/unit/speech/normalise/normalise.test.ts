import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseText, readingsOf } from "../../../../src/speech/normalise/normalise.ts";
import { EXAMPLES, LEFT_ALONE } from "./examples.ts";

const us = (text: string) => normaliseText(text, "en-US");

describe.each(EXAMPLES)("in English, $kind", ({ rows }) => {
  it.each(rows)("are read: %j → %j", (written, american, british = american) => {
    expect(us(written)).toBe(american);
    expect(normaliseText(written, "en-GB")).toBe(british);
  });
});

describe("what is no certain case", () => {
  it.each(LEFT_ALONE)("stays as it is written: %j", (text) => {
    expect(us(text)).toBe(text);
  });

  it("is all of a text in another language", () => {
    const text = "Am 3.5.2026 kostete es 5 € (z. B. 10 %).";
    for (const language of ["de-DE", "fr", "cmn-CN", "enm", ""]) expect(normaliseText(text, language)).toBe(text);
  });
});

/** Words that no reader knows, in any context. */
const plainWord = fc.stringMatching(/^[b-z]{4,9}q$/);
const written = fc.constantFrom(...EXAMPLES.flatMap(({ rows }) => rows.map(([text]) => text)));
const mark = fc.constantFrom(
  ..." \n\t.,;:!?'\"()[]{}<>/\\|-–—_*#@&%+=^~`$€£°½²×−x5e0:I".split(""),
  "St.",
  "US",
  "3",
  "am",
);
const anyPart = fc.oneof(
  plainWord,
  written,
  mark,
  fc.stringMatching(/^[0-9.,:/-]{1,12}$/),
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const anyText = fc.array(anyPart, { maxLength: 14 }).map((parts) => parts.join(""));
const spacedText = fc.array(anyPart, { maxLength: 14 }).map((parts) => parts.join(" "));

describe("whatever the text", () => {
  it("what was written out stays so", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, spacedText), fc.constantFrom("en-US", "en-GB"), (text, language) => {
        const once = normaliseText(text, language);
        expect(normaliseText(once, language)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it("no word and no number is lost", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, spacedText), (text) => {
        if (/[\p{L}\d]/u.test(text)) expect(us(text)).toMatch(/\p{L}/u);
        expect(us(text)).not.toMatch(/\d/);
      }),
      { numRuns: 1_000 },
    );
  });

  it("all outside of what is read otherwise stands unchanged and in order", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, spacedText), (text) => {
        const result = us(text);
        let done = 0;
        let at = 0;
        const expectNext = (piece: string) => {
          // A space may have been put in front, nothing else.
          if (result[at] === " " && !result.startsWith(piece, at)) at++;
          expect(result.slice(at, at + piece.length)).toBe(piece);
          at += piece.length;
        };
        for (const { start, end, words } of readingsOf(text, false)) {
          expect(start).toBeGreaterThanOrEqual(done);
          expect(end).toBeGreaterThan(start);
          expectNext(text.slice(done, start));
          expect(words).toMatch(/\p{L}/u);
          expectNext(words);
          done = end;
        }
        expectNext(text.slice(done));
        expect(at).toBe(result.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("words among numbers and marks are all said, in their order", () => {
    const words = fc.array(
      fc.tuple(plainWord, fc.constantFrom("5", "$3.50", "1/2", "10%", "3:05 pm", "&", "(6)", "1990s", ",")),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(words, (pairs) => {
        const said = us(pairs.flat().join(" ")).split(/[^\p{L}]+/u);
        const known = new Set(pairs.map(([word]) => word));
        expect(said.filter((word) => known.has(word))).toEqual(pairs.map(([word]) => word));
      }),
    );
  });
});

describe("hostile texts", () => {
  const units = [
    ...[
      "1/",
      "$",
      "(",
      "((1",
      "1",
      "7".repeat(16),
      "1,",
      "1,234,",
      "1.",
      "1-",
      "1–",
      "1:",
      "a.",
      "A.",
      "U.S. ",
      "£1,",
      "*",
      "<",
      "#",
      "@",
    ],
    ...[
      "x@",
      "a/",
      "http://",
      "http://a.",
      "a.b@",
      "St. ",
      "+1 ",
      "(555) ",
      "½",
      "²",
      "° ",
      "'",
      '"',
      "\\",
      "v1.",
      "1e",
      "1x",
      "1 x ",
    ],
    ...[
      "Chapter I ",
      "$1-",
      "~/a",
      "1°2'",
      "1'2",
      "Nov 1",
      "a-",
      "a_b.",
      "𝟙",
      "\ud800",
      "\u0301",
      "1 1/2 ",
      "kB/s ",
      "=>",
      "10^",
      " \n",
    ],
  ];
  // Careless patterns take minutes for some of these, so that this runs into the suite's time limit.
  it.each(units)("of 100,000 code units of %j come to an end", (unit) => {
    expect(us(unit.repeat(100_000 / unit.length)).length).toBeGreaterThan(0);
  });

  it("of twice the length take about twice the time", () => {
    const timed = (length: number) => {
      const begin = performance.now();
      us("1/".repeat(length));
      return performance.now() - begin;
    };
    timed(5_000);
    const once = Math.min(timed(20_000), timed(20_000), timed(20_000));
    expect(Math.min(timed(160_000), timed(160_000))).toBeLessThan(8 * once * 4);
  });

  it("read digits one by one where a number is too long to follow", () => {
    expect(us("9".repeat(16))).toBe(Array(16).fill("nine").join(" "));
    expect(us(`3.${"1".repeat(60)}`)).toBe(`three point ${Array(60).fill("one").join(" ")}`);
  });
});
