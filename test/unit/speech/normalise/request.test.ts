import { describe, expect, it } from "vitest";
import type { SynthesisRequest } from "../../../../src/engines/engine.ts";
import { languageToNormalise } from "../../../../src/speech/normalise/language.ts";
import { normaliseRequest } from "../../../../src/speech/normalise/request.ts";
import { MADE_UP_CAPABILITIES as CAPABILITIES } from "../../../support/made-up-engines.ts";

const base = { voiceId: "made:en-US-Up-Voice", speed: 1, span: { start: 0, end: 9 } };
const request = (text: string, more: Partial<SynthesisRequest> = {}): SynthesisRequest => ({ ...base, text, ...more });

describe("a request for an engine that does not read numbers", () => {
  it("has its text written out", () => {
    expect(normaliseRequest(request("5 km"), "en-US")).toEqual(request("five kilometers"));
  });

  it("keeps the text of its phonemes, and their positions move along", () => {
    const ph = { alphabet: "ipa" as const, ph: "x" };
    const text = "$5 for 3 tomatoes, 2pecans and café.";
    const marked = ["3 tomatoes", "pecans", "af"];
    const phonemes = marked.map((word) => ({
      ...ph,
      start: text.indexOf(word),
      end: text.indexOf(word) + word.length,
    }));
    const spoken = normaliseRequest(request(text, { phonemes }), "en-US");
    expect(spoken.text).toBe("five dollars for 3 tomatoes, two pecans and café.");
    expect(spoken.phonemes!.map(({ start, end }) => spoken.text.slice(start, end))).toEqual(marked);
  });

  it.each([
    { ssml: "<speak>5</speak>" },
    { markup: "5 [pause]" },
    { dialogue: [{ speaker: 1, voiceId: "v", text: "5" }] },
  ])("is left alone when it is in the engine's own terms: %o", (own) => {
    const given = request("5", own as Partial<SynthesisRequest>);
    expect(normaliseRequest(given, "en-US")).toBe(given);
  });
});

describe("the language in which a text is written out", () => {
  const engine = (normalisesText: boolean) => ({
    capabilities: () => ({ ...CAPABILITIES, engine: { ...CAPABILITIES.engine, normalisesText } }),
  });

  it("is the voice's", () => {
    expect(languageToNormalise(engine(false), "made:en-GB-Up-Voice")).toBe("en-GB");
    expect(languageToNormalise(engine(false), "made:zh-Hant-TW-Up-Voice")).toBe("zh-Hant-TW");
  });

  it("is none for an engine that reads numbers itself", () => {
    expect(languageToNormalise(engine(true), "made:en-GB-Up-Voice")).toBeUndefined();
  });
});
