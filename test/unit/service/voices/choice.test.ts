import { describe, expect, it } from "vitest";
import type { EngineVoice } from "../../../../src/engines/engine.ts";
import { Catalogue } from "../../../../src/service/catalogue.ts";
import { SAMPLE_LANGUAGES, sampleSentence } from "../../../../src/service/sample-sentences.ts";
import { chooseVoice, type VoiceDefaults, type VoiceWish } from "../../../../src/service/voice-choice.ts";
import { MadeUpEngine, madeUpVoice } from "../../../support/made-up-engines.ts";

const ENGLISH = [
  madeUpVoice("here:en-US-Test-Ann", { rank: 50 }),
  madeUpVoice("here:en-GB-Test-Bob", { gender: "male" }),
];
const NONE: VoiceDefaults = { fallback: "none" };

const choose = (engines: MadeUpEngine[], wish: VoiceWish, defaults = NONE) =>
  chooseVoice(new Catalogue(engines), wish, defaults);
const here = (...more: EngineVoice[]) => new MadeUpEngine("here", [...ENGLISH, ...more]);
const far = (...voices: EngineVoice[]) => new MadeUpEngine("far", voices, { local: false });
const idOf = ({ entry }: Awaited<ReturnType<typeof choose>>) => entry.voice.voiceId;

/** A machine with a voice for every language that has a sample sentence, the least one English. */
const POLYGLOT = new MadeUpEngine(
  "all",
  SAMPLE_LANGUAGES.map((language) => madeUpVoice(`all:${language}-Test-Eve`, { rank: language === "en" ? 1 : 20 })),
);

describe("the choice by the text's language", () => {
  const clear = SAMPLE_LANGUAGES.filter((language) => !["hr", "sw", "yue", "zh-TW", "ms"].includes(language));
  it.each(clear)("takes a voice of %s for a text in it, and says so", async (language) => {
    const text = sampleSentence({ language, name: "Anna" });
    const choice = await choose([POLYGLOT], { text });
    expect(idOf(choice)).toBe(`all:${language}-Test-Eve`);
    if (language !== "en") expect(choice.reason).toMatch(/^detected \p{L}+/u);
    expect(choice.warnings).toEqual([]);
  });

  it("names the language in its reason", async () => {
    const text = "Die Sitzung beginnt um zehn Uhr im großen Saal.";
    expect((await choose([POLYGLOT], { text })).reason).toBe(
      "detected German, and it is the best available voice for that",
    );
  });

  it.each([
    "Hello world!",
    "OK",
    "Ja.",
    "",
    "12:30",
    "😀😀😀",
    "Hello, this is a test.",
    "Build finished: 312 tests passed, 2 skipped, 0 failed.",
    "Dr. Müller met Señora González in Zürich.",
    "npm install --save-dev typescript",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
    "Pizza margherita, spaghetti carbonara, tiramisu.",
    'git commit -m "fix typo"',
    "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z",
    "Temperature: 23.5 °C, humidity: 41 %, wind: 12 km/h NW",
    "Turn left onto Rue de Rivoli, then right onto Avenue de l'Opéra.",
    "Beethoven's Ninth Symphony, conducted by Herbert von Karajan.",
  ])("stays with English for %j", async (text) => {
    const choice = await choose([POLYGLOT], { text });
    expect(idOf(choice)).toBe("all:en-Test-Eve");
    expect(choice.warnings).toEqual([]);
  });

  it("tells the script of a few letters", async () => {
    expect(idOf(await choose([POLYGLOT], { text: "你好" }))).toBe("all:zh-Test-Eve");
    expect(idOf(await choose([POLYGLOT], { text: "Привет, как дела?" }))).toBe("all:ru-Test-Eve");
  });

  it("never takes a voice of a provider, however good", async () => {
    const provider = far(madeUpVoice("far:de-DE-Test-Best", { rank: 99 }));
    const text = "Die Sitzung beginnt um zehn Uhr im großen Saal.";
    const choice = await choose([here(), provider], { text });
    expect(idOf(choice)).toBe("here:en-US-Test-Ann");
    expect(provider.asked).toBe(0);
  });

  it("speaks with the default voice where the language has none, and says what would help", async () => {
    const model = new MadeUpEngine("model", [madeUpVoice("model:de-DE-Test-Uwe", { available: false })]);
    model.state = { available: false, whyUnavailable: "No model.", hint: "run `aittsm models pull model`" };
    const missing = new MadeUpEngine("program", []);
    missing.state = { available: false, whyUnavailable: "It is not installed.", hint: "apt install program" };
    const text = "Die Sitzung beginnt um zehn Uhr im großen Saal.";
    const choice = await choose([here(), model, missing], { text });
    expect(idOf(choice)).toBe("here:en-US-Test-Ann");
    expect(choice.warnings).toEqual([
      "The text seems to be German, which no voice on this machine speaks; here:en-US-Test-Ann reads it as American English. For a voice: run `aittsm models pull model`; or apt install program.",
    ]);
    const french = await choose([here(), model], { text: "Où est la gare, s'il vous plaît ? Je vous remercie." });
    expect(french.warnings[0]).not.toContain("models pull");
  });
});

describe("the choice by a given language", () => {
  it.each([
    ["en-GB", "here:en-GB-Test-Bob"],
    ["en", "here:en-US-Test-Ann"],
    ["en-AU", "here:en-US-Test-Ann"],
    ["EN_gb", "here:en-GB-Test-Bob"],
    ["zh", "here:cmn-CN-Test-Li"],
    ["zh-CN", "here:cmn-CN-Test-Li"],
    ["cmn", "here:cmn-CN-Test-Li"],
    ["no", "here:nb-NO-Test-Kari"],
  ])("takes the best for %s", async (language, voiceId) => {
    const engine = here(madeUpVoice("here:cmn-CN-Test-Li"), madeUpVoice("here:nb-NO-Test-Kari"));
    const choice = await choose([engine], { language, text: "Hello." });
    expect(idOf(choice)).toBe(voiceId);
    expect(choice.reason).toBe(`it is the best available voice for ${language}`);
  });

  it("does not look at the text", async () => {
    const text = "Die Sitzung beginnt um zehn Uhr im großen Saal.";
    expect(idOf(await choose([POLYGLOT], { language: "fr", text }))).toBe("all:fr-Test-Eve");
  });

  it("that has no voice is refused with what to install and what there is", async () => {
    const missing = new MadeUpEngine("program", []);
    missing.state = { available: false, whyUnavailable: "It is not installed.", hint: "apt install program" };
    const provider = far(madeUpVoice("far:de-DE-Test-Best"));
    const catalogue = new Catalogue([here(), missing, provider]);
    await catalogue.list();
    await expect(chooseVoice(catalogue, { language: "de", text: "Hallo." }, NONE)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringMatching(
        /^apt install program; or name a voice_id such as far:de-DE-Test-Best, .*; or voices that work here speak en-GB, en-US;/,
      ),
      details: { fields: [{ field: "language" }] },
    });
  });
});

describe("a named voice", () => {
  const off = () => {
    const engine = far();
    engine.state = { available: false, whyUnavailable: "There is no key.", hint: "set FAR_KEY" };
    return engine;
  };

  it("is taken without a reason, with a warning when it speaks another language", async () => {
    const choice = await choose([here()], { voiceId: "here:en-GB-Test-Bob", language: "de", text: "Hallo." });
    expect(choice.reason).toBeUndefined();
    expect(choice.warnings).toEqual(["here:en-GB-Test-Bob speaks en-GB, not de; the named voice was used."]);
  });

  it("of a provider that is not set up is refused, or replaced where that is wished", async () => {
    const wish = { voiceId: "far:en-GB-Chirp3HD-Aoede", text: "Hello." };
    await expect(choose([here(), off()], wish)).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: "set FAR_KEY; the nearest voice that works is here:en-GB-Test-Bob",
    });
    const choice = await choose([here(), off()], wish, { fallback: "nearest" });
    expect(idOf(choice)).toBe("here:en-GB-Test-Bob");
    expect(choice.warnings[0]).toContain("far:en-GB-Chirp3HD-Aoede is not available here");
  });

  it("that is the default and does not work blames the setting", async () => {
    const defaults = { fallback: "none", defaultVoice: "far:en-GB-Chirp3HD-Aoede" } as const;
    await expect(choose([here(), off()], { text: "Hello." }, defaults)).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringMatching(/AITTSM_DEFAULT_VOICE.*FAR_KEY/),
      details: { setting: "AITTSM_DEFAULT_VOICE" },
    });
  });

  it("that is the default speaks also where its own language is asked for, and no other", async () => {
    const best = madeUpVoice("here:de-DE-Test-Uwe", { rank: 99 });
    const provider = far(madeUpVoice("far:de-DE-Test-Ute"));
    const defaults = { fallback: "none", defaultVoice: "far:de-DE-Test-Ute" } as const;
    const chosen = async (wish: VoiceWish) => idOf(await choose([here(best), provider], wish, defaults));
    expect(await chosen({ text: "Hello." })).toBe("far:de-DE-Test-Ute");
    expect(await chosen({ language: "de" })).toBe("far:de-DE-Test-Ute");
    expect(await chosen({ language: "de-DE" })).toBe("far:de-DE-Test-Ute");
    expect(await chosen({ language: "de-AT" })).toBe("here:de-DE-Test-Uwe");
    expect(await chosen({ language: "en" })).toBe("here:en-US-Test-Ann");
  });

  it("of another tier than asked for is refused", async () => {
    const wish = { voiceId: "here:en-GB-Test-Bob", modelType: "ultra" };
    await expect(choose([here()], wish)).rejects.toMatchObject({ code: "UNSUPPORTED_MODIFIER" });
    await expect(choose([here()], { modelType: "ultra" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});
