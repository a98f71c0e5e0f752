import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Origin, ScriptPart } from "../../../../src/speech/script/script.ts";
import type { SsmlLeaf, TextLeaf } from "../../../../src/speech/ssml/document.ts";
import { parseSsml } from "../../../../src/speech/ssml/parse.ts";
import { ABLE, contextOf, NATIVE, partsOf } from "./support.ts";

// Words are numbered, so that each can be found in the source, in order and once.
const MAX_DEPTH = 6;
const space = fc.constantFrom(" ", " ", "\n   ", "\r\n", "\t", "&#32;");
const mark = fc.constantFrom(
  "",
  "",
  "",
  ".",
  ",",
  "!",
  "?",
  "&amp;",
  "…",
  ")",
  " (",
  " &lt;",
  "<!-- c -->",
  "<![CDATA[ ]]>",
);
const text = fc
  .array(fc.tuple(fc.constantFrom("w", "word", "é", "字", "😀w", "longerword"), mark, space), { maxLength: 12 })
  .map((words) => words.map(([word, end, gap]) => `${word}~${end}${gap}`).join(""));
const empty = fc.constantFrom('<break time="1s"/>', '<break strength="none"/>', "<break/>", '<mark name="m"/>');
const leaf = fc.constantFrom(
  '<say-as interpret-as="x">w~</say-as>',
  '<phoneme ph="x">w~</phoneme>',
  ' <emphasis level="strong">w~</emphasis>',
);

type Inside = "any" | "p" | "s" | "emphasis";
const content = (inside: Inside, depth: number): fc.Arbitrary<string> => {
  const element = (name: string, attributes: string, within: Inside) =>
    content(within, depth + 1).map((inner) => `<${name}${attributes}>${inner}</${name}>`);
  const deeper: fc.Arbitrary<string>[] = [];
  if (depth < MAX_DEPTH) {
    deeper.push(
      element("prosody", ' rate="95%" volume="-1dB"', inside),
      element("lang", ' xml:lang="en"', inside),
      element("voice", ` name="${ABLE}"`, inside),
      element("voice", ` name="${NATIVE}"`, inside),
      element("emphasis", "", "emphasis"),
    );
    if (inside === "any") deeper.push(element("p", "", "p"));
    if (inside === "any" || inside === "p") deeper.push(element("s", "", "s"));
  }
  return fc
    .array(fc.oneof({ arbitrary: text, weight: 4 }, empty, leaf, ...deeper), { maxLength: 5 })
    .map((all) => all.join(""));
};
const documents = content("any", 0).map((inner) => {
  let number = 0;
  return `<speak>${inner.replaceAll("~", () => String(number++).padStart(4, "0"))}</speak>`;
});

const WORDS = /\d{4}/g;
const numbersIn = (said: string) => said.match(WORDS) ?? [];
const written = (source: string) => numbersIn(source.replace(/<[^>]*>/g, " ").replace(/&#32;/g, " "));

/** The source of what a part says, by its origins. */
const sourceOf = (source: string, { origins }: { origins: readonly Origin[] }): string =>
  origins.map(({ span }) => source.slice(span.start, span.end)).join("");

const spans = (part: ScriptPart) => (part.kind === "speech" ? part.origins.map(({ span }) => span) : [part.span]);

describe("for any document", () => {
  it.each([ABLE, NATIVE])("every word is in one part, in order, with its place: %s", (voiceId) => {
    fc.assert(
      fc.property(documents, (source) => {
        const parts = partsOf(source, voiceId, { sayAs: (said) => said });
        // A long sentence may be cut within a word.
        const said = parts.map((part) =>
          part.kind === "pause" ? "" : `${part.text}${part.boundary === "inside" ? "" : " "}`,
        );
        expect(numbersIn(said.join(""))).toEqual(written(source));
        let end = 0;
        for (const part of parts) {
          for (const span of spans(part)) {
            expect(span.start).toBeGreaterThanOrEqual(end);
            expect(span.end).toBeGreaterThanOrEqual(span.start);
            end = span.end;
          }
          if (part.kind === "speech") {
            expect(part.origins[0]!.start).toBe(0);
            expect(numbersIn(sourceOf(source, part))).toEqual(numbersIn(part.text));
            expect(part.text).toBe(part.text.trim());
            for (const { start, end: to } of part.phonemes ?? [])
              expect(part.text.slice(start, to)).toMatch(/^w\d{4}$/);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it("what is passed on is well-formed, within the voice's bytes, and has every word once", () => {
    const limit = contextOf(NATIVE).capabilitiesOf(NATIVE).engine.maxRequestBytes!;
    fc.assert(
      fc.property(documents, (source) => {
        const native = partsOf(source, NATIVE).filter((part) => part.kind === "native");
        for (const { ssml, text: said, span } of native) {
          expect(Buffer.byteLength(ssml!)).toBeLessThanOrEqual(limit);
          const again = parseSsml(ssml!);
          const isText = (one: SsmlLeaf): one is TextLeaf => one.kind === "text";
          const heard = again.leaves.filter(isText).map(({ text: one }) => one.text);
          expect(numbersIn(heard.join(" "))).toEqual(numbersIn(said));
          expect(heard.join("").replace(/\s/g, "")).toBe(said.replace(/\s/g, ""));
          expect(again.elements.some(({ name }) => name === "voice")).toBe(false);
          expect(written(source.slice(span.start, span.end))).toEqual(numbersIn(said));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("every break is in a document or a pause, once", () => {
    fc.assert(
      fc.property(documents, (source) => {
        for (const voiceId of [ABLE, NATIVE]) {
          const made = partsOf(source, voiceId).map((part) =>
            part.kind === "pause" ? 1 : part.kind === "native" ? part.ssml!.split("<break").length - 1 : 0,
          );
          const asked = source.replace(/<!--.*?-->/g, "").split("<break").length - 1;
          expect(made.reduce((sum: number, one) => sum + one, 0)).toBe(asked);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("nothing but a refusal of the document comes from what is no document", () => {
    const broken = fc.array(
      fc.oneof(
        fc.constantFrom(
          "<",
          ">",
          "/",
          "&",
          ";",
          "speak",
          "<speak>",
          "</speak>",
          "<![CDATA[",
          "]]>",
          "<!--",
          "-->",
          "<?",
          "<!DOCTYPE",
          '"',
          "=",
          " ",
          "p",
          "<p>",
          "</p>",
        ),
        fc.string({ unit: "binary", maxLength: 3 }),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(broken, (pieces) => {
        try {
          parseSsml(pieces.join(""));
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID_SSML", details: { line: expect.any(Number) } });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("large documents take time in proportion to their size", () => {
  const sentence = 'Some <emphasis>words</emphasis> &amp; more words, <sub alias="aye">i</sub> say, that go on.\n';
  const word = "<lang xml:lang='en'>a</lang> ";
  it.each([
    ["sentences", ABLE, sentence, 5_000],
    ["sentences", NATIVE, sentence, 5_000],
    ["text that is spoken alike", ABLE, word, 17_000],
    ["text that is spoken alike", NATIVE, word, 17_000],
    ["words without an end", NATIVE, "and on and on and on ", 24_000],
    ["one word", NATIVE, "onandon", 70_000],
    ["entities", ABLE, "&amp; a ", 60_000],
    ["line ends", ABLE, "\r\n", 250_000],
    ["breaks", NATIVE, '<break time="1ms"/>', 19_000],
  ])("%s, for %s", (_, voiceId, piece, count) => {
    const timeOf = (pieces: number) => {
      const source = `<speak>${piece.repeat(pieces)}.</speak>`;
      const from = process.cpuUsage();
      partsOf(source, voiceId);
      return process.cpuUsage(from).user;
    };
    const part = count / 4;
    timeOf(part);
    const short = Math.max(timeOf(part), 2_000);
    // Four times the text: linear is 4, quadratic 16. The better of two: others want the processor, too.
    const ratios = [1, 2].map(() => timeOf(count) / short);
    expect(Math.min(...ratios)).toBeLessThan(10);
  });
});
