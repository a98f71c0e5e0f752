import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseText } from "../../../../src/speech/normalise/normalise.ts";
import { planText } from "../../../../src/speech/plan/plan.ts";
import { speechWeight } from "../../../../src/speech/plan/weight.ts";
import { EXAMPLES } from "./examples.ts";

const written = fc.constantFrom(...EXAMPLES.flatMap(({ rows }) => rows.map(([text]) => text)));
const anyText = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.stringMatching(/^[b-z]{4,9}q$/),
        fc.lorem({ mode: "sentences", maxCount: 3 }),
        written,
        fc.string({ unit: "grapheme" }),
        fc.string({ unit: "binary" }),
      ),
      fc.constantFrom("", " ", ". ", ", ", "\n", "\n\n", "? "),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.flat().join(""));

describe("a text that is planned and written out", () => {
  it("has every word in the span of a chunk, in order, and says it", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const chunks = [...planText(text)];
        let next = 0;
        for (const match of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
          // A word may be longer than a chunk: each of its code units is in one.
          for (let at = match.index; at < match.index + match[0].length; at++) {
            while (next < chunks.length && chunks[next]!.span.end <= at) next++;
            expect(chunks[next]!.span.start).toBeLessThanOrEqual(at);
          }
        }
        for (const [i, chunk] of chunks.entries()) {
          if (i > 0) expect(chunk.span.start).toBeGreaterThanOrEqual(chunks[i - 1]!.span.end);
          const said = normaliseText(chunk.text, "en-US");
          expect(said).not.toMatch(/\d/);
          const words = (from: string) =>
            from.match(/(?<![\p{L}\p{M}\p{N}'’.@:/\\_-])[b-z]{4,9}q(?![\p{L}\p{M}\p{N}'’.@:/\\_-]\S)/gu) ?? [];
          for (const word of words(chunk.text)) expect(said).toContain(word);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("stays of a size that an engine speaks soon, however much numbers grow", () => {
    const wild = [
      "1,234,567.89 ",
      "$1,999.99 ",
      "11/28/2026 ",
      "½ ",
      "5kWh ",
      "3m² ",
      "7th ",
      "€",
      "100 kB/s ",
      "5'11\" ",
      "12:34:56 ",
      "%",
    ];
    for (const unit of wild) {
      for (const chunk of planText(unit.repeat(200))) {
        expect(speechWeight(normaliseText(chunk.text, "en-GB")), unit).toBeLessThan(1_000);
      }
    }
  });

  it("weighs about as much as its words do", () => {
    for (const { rows } of EXAMPLES) {
      const text = rows.map(([row]) => row).join(". ");
      const ratio = speechWeight(text) / speechWeight(normaliseText(text, "en-US"));
      expect(ratio, text).toBeGreaterThan(0.6);
      expect(ratio, text).toBeLessThan(1.7);
    }
  });
});
