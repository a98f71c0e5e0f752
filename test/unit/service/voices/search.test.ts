import { describe, expect, it } from "vitest";
import { Catalogue, type VoiceQuery } from "../../../../src/service/catalogue.ts";
import { MadeUpEngine, madeUpVoice } from "../../../support/made-up-engines.ts";
import { manyEngines, manyVoices } from "../../../support/many-voices.ts";

const voices = manyVoices(5_000);
const catalogue = new Catalogue(manyEngines(voices));
const find = async (query: VoiceQuery) => (await catalogue.search(query)).entries;
const ids = async (query: string) => (await find({ query })).map(({ voice }) => voice.voiceId);

describe("a search in 5,000 voices", () => {
  it.each<[VoiceQuery, (voice: (typeof voices)[number], bitrate: boolean) => boolean]>([
    [{}, () => true],
    [{ language: "en" }, ({ language }) => language.startsWith("en-")],
    [{ language: "EN_gb" }, ({ language }) => language === "en-GB"],
    [{ language: "zh" }, ({ language }) => language.startsWith("cmn-")],
    [{ language: "cmn-CN" }, ({ language }) => language === "cmn-CN"],
    [{ language: "e" }, () => false],
    [{ provider: "POLLY" }, ({ provider }) => provider === "polly"],
    [{ family: "chirp3hd" }, ({ family }) => family === "Chirp3HD"],
    [{ gender: "male" }, ({ gender }) => gender === "male"],
    [{ modelType: "ultra" }, ({ modelType }) => modelType === "ultra"],
    [{ supports: ["bitrate"] }, (_, bitrate) => bitrate],
    [{ supports: ["bitrate", "prompt"] }, () => false],
    [{ outputFormat: "mp3" }, () => true],
    [
      { language: "de", gender: "female", provider: "google", supports: ["bitrate", "speed"] },
      ({ language, gender, provider }, bitrate) =>
        language.startsWith("de-") && gender === "female" && provider === "google" && bitrate,
    ],
  ])("by %o finds all that match, and no other", async (query, expected) => {
    const found = await find(query);
    const wanted = voices.filter((voice, i) => expected(voice, i % 2 === 0)).map(({ voiceId }) => voiceId);
    expect(found.map(({ voice }) => voice.voiceId).sort()).toEqual(wanted.sort());
  });

  it.each([
    ["brian british male", "polly:en-GB-Neural-Brian"],
    ["Brian", "polly:en-GB-Neural-Brian"],
    ["brien", "polly:en-GB-Neural-Brian"],
    ["a british voice for the brian", "polly:en-GB-Neural-Brian"],
    ["BRIAN united kingdom", "polly:en-GB-Neural-Brian"],
    ["jose", "polly:pt-PT-Neural-José"],
    ["José portugal", "polly:pt-PT-Neural-José"],
    ["polly:en-us-neural-ivy", "polly:en-US-Neural-Ivy"],
    ["ivy woman", "polly:en-US-Neural-Ivy"],
  ])("for %j finds %s", async (query, expected) => {
    expect((await ids(query))[0]).toBe(expected);
  });

  it.each([
    ["deutsch", "de"],
    ["german", "de"],
    ["Österreich", "de-AT"],
    ["austria", "de-AT"],
    ["mandarin", "zh"],
    ["中文", "zh"],
    ["cantonese", "yue"],
    ["brazil", "pt-BR"],
    ["français", "fr"],
    ["日本語", "ja"],
    ["norwegian", "nb"],
    ["germn", "de"],
  ])("for %j finds the voices of %s", async (query, language) => {
    const found = await ids(query);
    const wanted = (await find({ language })).map(({ voice }) => voice.voiceId);
    expect(found.length).toBeGreaterThan(10);
    expect([...found].sort()).toEqual(wanted.sort());
  });

  it("does not take a man's voice for a woman's", async () => {
    const found = await find({ query: "male spanish" });
    expect(new Set(found.map(({ voice }) => voice.gender))).toEqual(new Set(["male"]));
    expect(new Set(found.map(({ voice }) => voice.language))).toEqual(new Set(["es-ES", "es-MX"]));
  });

  it("needs every word, and finds nothing for nonsense", async () => {
    expect(await ids("brian portugal")).toEqual([]);
    expect(await ids("qqqqqqqq")).toEqual([]);
    expect(await ids("...")).toHaveLength(5_000);
  });

  it("joins words and filters", async () => {
    expect((await find({ query: "brian", language: "en" })).map(({ voice }) => voice.name)).toEqual(["Brian"]);
    expect(await find({ query: "brian", language: "de" })).toEqual([]);
  });

  it("gives the same order each time, and the exact name first", async () => {
    const engine = new MadeUpEngine("x", [
      madeUpVoice("x:en-US-Test-Annabel", { rank: 90 }),
      madeUpVoice("x:da-DK-Test-Other", { rank: 80 }),
      madeUpVoice("x:en-US-Test-Anna", { rank: 70 }),
      madeUpVoice("x:en-US-Anna-Kim", { rank: 95 }),
    ]);
    const small = new Catalogue([engine]);
    const names = (await small.search({ query: "anna" })).entries.map(({ voice }) => voice.name);
    expect(names).toEqual(["Anna", "Kim", "Annabel"]);
    expect(await ids("male german")).toEqual(await ids("male german"));
  });
});
