import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlannedChunk, planText } from "../../../src/speech/plan/plan.ts";
import { cumulativeWeights, speechWeight } from "../../../src/speech/plan/weight.ts";

const plan = (text: string) => [...planText(text)];
const texts = (text: string) => plan(text).map((chunk) => chunk.text);

/** Text of the kinds that break planners: every script, marks, breaks, lone surrogates, long runs. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.lorem({ maxCount: 5, mode: "sentences" }),
      fc.constantFrom(
        "\n",
        "\r\n",
        "\n\n",
        "Dr. ",
        "U.S. ",
        "e.g. ",
        "3.14 ",
        "... ",
        "?!",
        "— ",
        "\ud83d",
        "\u200d",
        "👩‍👩‍👧",
        "a\u0301",
      ),
      fc
        .tuple(fc.constantFrom("x", "7", ".", ",", "世", "é", "\u0301", " "), fc.integer({ min: 1, max: 900 }))
        .map(([character, count]) => character.repeat(count)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

function expectCovered(text: string, chunks: PlannedChunk[]): void {
  let done = 0;
  for (const { span, text: spoken } of chunks) {
    expect(span.start).toBeGreaterThanOrEqual(done);
    expect(span.end).toBeGreaterThan(span.start);
    expect(text.slice(done, span.start).trim()).toBe("");
    expect(spoken.replaceAll(/\s/g, " ")).toBe(text.slice(span.start, span.end).replaceAll(/\s/g, " "));
    done = span.end;
  }
  expect(text.slice(done).trim()).toBe("");
}

describe("planning any text", () => {
  it("covers all of it in order, once, whatever it is", () => {
    fc.assert(
      fc.property(anyText, (text) => expectCovered(text, plan(text))),
      { numRuns: 300 },
    );
  });

  it("is the same each time", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plan(text)).toEqual(plan(text));
      }),
      { numRuns: 50 },
    );
  });

  it("keeps chunks small", () => {
    // A grapheme cluster at the limit is taken whole if it is of at most 64 code units, and a point that something follows
    // ("3.14") weighs 4 less than the same one at the end of a chunk.
    const SLACK = 64 + 4;
    fc.assert(
      fc.property(anyText, (text) => {
        const chunks = plan(text);
        for (const chunk of chunks) expect(speechWeight(chunk.text)).toBeLessThanOrEqual(300 + SLACK);
        if (chunks[0]) expect(speechWeight(chunks[0].text)).toBeLessThanOrEqual(90 + SLACK);
      }),
      { numRuns: 200 },
    );
  });

  it("never cuts a surrogate pair", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 100, maxLength: 1_000 }), (text) => {
        for (const { span } of plan(text)) expect(text.slice(span.start, span.end)).not.toMatch(/\p{Cs}/u);
      }),
      { numRuns: 100 },
    );
  });

  it.each(["👩‍👩‍👧", "e\u0301", "🇩🇪", "각"])("never cuts the grapheme cluster %s", (cluster) => {
    const text = cluster.repeat(1_000);
    for (const { span } of plan(text)) {
      expect(span.start % cluster.length).toBe(0);
      expect(span.end % cluster.length).toBe(0);
    }
  });

  // The segmenter alone takes minutes for some of these: without windows this runs into the suite's time limit.
  it.each([
    ["newlines", "\n"],
    ["one letter", "a"],
    ["full stops", "."],
    ["digits", "7"],
    ["short sentences", "A. "],
    ["short lines", "a.\n"],
    ["combining marks", "\u0301"],
    ["quotes", '"'],
    ["spaces and lines", " \n"],
    ["lone surrogates", "\ud800"],
  ])("comes to the end of 500,000 code units of %s", (_name, unit) => {
    const text = unit.repeat(500_000 / unit.length);
    let end = 0;
    for (const { span } of planText(text)) end = span.end;
    expect(end).toBe(text.trimEnd().length);
  });

  it("reads no further than it is pulled", () => {
    let reads = 0;
    const long = "This is a sentence. ".repeat(20_000);
    const chunks = planText(long)[Symbol.iterator]();
    const original = Intl.Segmenter.prototype.segment;
    Intl.Segmenter.prototype.segment = function (text) {
      reads += text.length;
      return original.call(this, text);
    };
    try {
      chunks.next();
    } finally {
      Intl.Segmenter.prototype.segment = original;
    }
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThan(3_000);
  });
});

describe("planning English", () => {
  it.each([
    "Dr. Smith met Mrs. Jones on St. James St. yesterday.",
    "It weighs 3.14 kg, e.g. Tuesday's parcel.",
    "J. R. R. Tolkien wrote it.",
    "The U.S. Army left.",
    "See i.e. Chapter two.",
  ])("keeps the sentence together: %s", (sentence) => {
    expect(texts(`${sentence} Then all was quiet.`)[0]).toBe(sentence);
  });

  it("starts with the first sentence alone and packs the rest", () => {
    const rest = Array.from({ length: 8 }, (_, i) => `This is sentence number ${"abcdefgh"[i]} of the text.`);
    const chunks = texts(["Hello there.", ...rest].join(" "));
    expect(chunks[0]).toBe("Hello there.");
    expect(chunks.slice(1)).toEqual([rest.slice(0, 7).join(" "), rest[7]]);
  });

  it("starts with the first clauses of a long sentence", () => {
    const [first] = plan(
      `When the day had ended at last, and all the others had gone, ${"he went on and on ".repeat(20)}.`,
    );
    expect(first).toMatchObject({
      text: "When the day had ended at last, and all the others had gone,",
      boundary: "clause",
    });
  });

  it("cuts long sentences at clauses, then between words, then inside words", () => {
    const clauses = "it went on for a while, ".repeat(40);
    expect(
      plan(`Go. ${clauses}`)
        .slice(1, -1)
        .every((chunk) => chunk.text.endsWith(",")),
    ).toBe(true);
    const words = "word ".repeat(200);
    expect(
      plan(`Go. ${words}`)
        .slice(1)
        .every((chunk) => /^(word ?)+$/.test(chunk.text)),
    ).toBe(true);
    const inside = plan(`Go. ${"x".repeat(700)}`).slice(1);
    expect(inside.map((chunk) => chunk.boundary)).toEqual(["inside", "inside", "paragraph"]);
  });

  it("cuts a long number into parts of about the same length", () => {
    const lengths = texts(`Go. ${"7".repeat(200)}`)
      .map((text) => text.length)
      .slice(1);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(2);
  });

  it("tells titles and lines apart from wrapped prose", () => {
    const wrapped = "The sentence that stands here was wrapped by an editor somewhere\nIn its middle, and it\ngoes on.";
    expect(texts(wrapped).join(" ")).toBe(wrapped.replaceAll("\n", " "));
    expect(plan("A title\nThen the text.\n\nAnother one.").map(({ text, boundary }) => [text, boundary])).toEqual([
      ["A title", "line"],
      ["Then the text.\n\nAnother one.", "paragraph"],
    ]);
  });
});

describe("the weight of text", () => {
  it("adds up to the same in parts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        const totals = cumulativeWeights(text);
        expect(totals.length).toBe(text.length + 1);
        expect(totals.at(-1)).toBe(speechWeight(text));
        for (let i = 1; i < totals.length; i++) expect(totals[i]!).toBeGreaterThanOrEqual(totals[i - 1]!);
      }),
    );
  });

  it("counts digits and signs as the words they are read as", () => {
    expect(speechWeight("1984")).toBeGreaterThan(4 * speechWeight("year"));
    expect(speechWeight("#")).toBeGreaterThan(speechWeight("hash"));
    expect(speechWeight("........")).toBeLessThanOrEqual(1);
  });
});
