import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, cutToFit, halve, toSsml } from "../../../../src/engines/google/text.ts";
import { readWav } from "../../../../src/engines/google/wav.ts";
import { carriable, isSpeakable } from "../../../../src/engines/shared/provider-text.ts";

describe("a text for Google", () => {
  it("is cut without losing a character or a phoneme, in parts that fit", () => {
    const letters = fc.string({
      unit: fc.constantFrom("a", "e", "é", "語", "😀", " ", ". ", ", "),
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(letters, fc.nat(), fc.nat({ max: 8 }), (text, at, length) => {
        const start = at % text.length;
        const phonemes = [{ start, end: Math.min(text.length, start + length + 1), alphabet: "ipa" as const, ph: "x" }];
        const marked = text.slice(phonemes[0]!.start, phonemes[0]!.end);
        const parts = cutToFit({ text, phonemes }, (part) => bytesOf(part.text) <= 120);
        expect(parts.map((part) => part.text).join("")).toBe(text);
        const kept = parts.flatMap((part) => part.phonemes!.map((one) => part.text.slice(one.start, one.end)));
        expect(kept).toEqual([marked]);
        for (const part of parts) expect(bytesOf(part.text)).toBeLessThanOrEqual(120);
      }),
      { numRuns: 300 },
    );
  });

  it("is not cut within a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("😀", "e\u0301"), minLength: 20, maxLength: 100 }), (text) => {
        for (const { text: part } of halve({ text })!) {
          expect(part).not.toMatch(/^[\udc00-\udfff]|^\u0301|[\ud800-\udbff]$/);
        }
      }),
    );
  });

  it("keeps its length when it is made carriable", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const made = carriable(`${text}\u0000\ud800`);
        expect(made.length).toBe(text.length + 2);
        expect(JSON.parse(JSON.stringify(made))).toBe(made);
        expect(Buffer.from(made).toString()).toBe(made);
      }),
    );
  });

  it("is escaped in SSML", () => {
    expect(toSsml({ text: `<break time="9s"/>&'"` })).toBe(
      "<speak>&#60;break time=&#34;9s&#34;/&#62;&#38;&#39;&#34;</speak>",
    );
  });

  it("is speakable when it has a letter, a digit, a sign or an emoji", () => {
    for (const text of ["a", "語", "7", "€", "+", "😀"]) expect(isSpeakable(text), text).toBe(true);
    for (const text of ["", " \n", "…", "?!", "—", "\u0000", "\ud800", '"'])
      expect(isSpeakable(text), text).toBe(false);
  });
});

describe("a WAV file from Google", () => {
  const chunk = (id: string, content: Buffer, size = content.length) => {
    const head = Buffer.alloc(8);
    head.write(id, "latin1");
    head.writeUInt32LE(size, 4);
    return Buffer.concat([head, content, Buffer.alloc(content.length & 1)]);
  };
  const format = (channels = 1, bits = 16, tag = 1) => {
    const content = Buffer.alloc(16);
    content.writeUInt16LE(tag, 0);
    content.writeUInt16LE(channels, 2);
    content.writeUInt32LE(22_050, 4);
    content.writeUInt16LE(bits, 14);
    return chunk("fmt ", content);
  };
  const wav = (...chunks: Buffer[]) => chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), ...chunks]));
  const sound = Buffer.from(Int16Array.of(1, -2, 32_767).buffer);
  const expected = { samples: Int16Array.of(1, -2, 32_767), sampleRateHertz: 22_050 };

  it("is read past chunks that are not sound, and to its end when its size is not known", () => {
    expect(readWav(wav(format(), chunk("LIST", Buffer.from("odd")), chunk("data", sound)))).toEqual(expected);
    expect(readWav(wav(format(), chunk("data", sound, 0xffff_ffff)))).toEqual(expected);
    expect(readWav(wav(format(), chunk("data", sound, 0)))).toEqual(expected);
    expect(readWav(wav(format(1, 16, 0xfffe), chunk("data", sound), chunk("LIST", Buffer.from("x"))))).toEqual(
      expected,
    );
  });

  it.each([
    ["stereo", wav(format(2), chunk("data", sound))],
    ["8 bits", wav(format(1, 8), chunk("data", sound))],
    ["μ-law", wav(format(1, 16, 7), chunk("data", sound))],
    ["no sound", wav(format())],
    ["no format", wav(chunk("data", sound))],
    ["something else", Buffer.from("ID3 and so on, and on")],
    ["nothing", Buffer.alloc(0)],
  ])("of %s is refused", (_, bytes) => {
    expect(() => readWav(bytes)).toThrow(expect.objectContaining({ code: "PROVIDER_ERROR" }));
  });
});
