import { beforeEach, describe, expect, it } from "vitest";
import { PollyCatalogue } from "../../../../src/engines/polly/catalogue.ts";
import { PollyEngine, pollyEntry } from "../../../../src/engines/polly/index.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FakePolly } from "../../../support/fake-polly.ts";
import { POLLY_VOICES } from "../../../support/fake-polly-checks.ts";

const polly = await FakePolly.start();
const DAY_MS = 24 * 60 * 60 * 1_000;
const settings = await new PollyEngine(emptyContext({ variables: polly.variables })).workerData();
beforeEach(() => {
  polly.reset();
  polly.voices = POLLY_VOICES;
});
const down = () => polly.troubles.push(...Array(3).fill({ status: 500, type: "ServiceFailureException" }));

describe("Polly's voices", () => {
  it("are all on all pages, once for each engine and language", async () => {
    const engine = pollyEntry.create(emptyContext({ variables: polly.variables }));
    const ids = (await engine.voices()).map(({ voiceId }) => voiceId.replace("polly:", ""));
    expect(ids).toEqual([
      ...["arb-Standard-Zeina", "cmn-CN-Neural-Zhiyu", "cmn-CN-Standard-Zhiyu", "en-GB-Standard-Geraint"],
      ...["en-IN-Generative-Kajal", "en-IN-Neural-Kajal", "en-IN-Standard-Aditi"],
      ...["en-US-Generative-Danielle", "en-US-Generative-Joanna", "en-US-Generative-Matthew"],
      ...["en-US-LongForm-Danielle", "en-US-Neural-Danielle", "en-US-Neural-Joanna", "en-US-Neural-Kevin"],
      ...["en-US-Neural-Matthew", "en-US-Standard-Joanna", "en-US-Standard-Matthew", "fr-FR-Standard-Celine"],
      ...["hi-IN-Generative-Kajal", "hi-IN-Neural-Kajal", "hi-IN-Standard-Aditi"],
    ]);
    expect(polly.requests.map(({ url }) => url.searchParams.get("NextToken"))).toEqual([null, "page/+4=", "page/+8="]);
  });

  it("are described as far as Polly tells", async () => {
    const voices = await new PollyCatalogue(emptyContext().cache).voices(settings);
    const of = (id: string) => voices.find(({ voiceId }) => voiceId === `polly:${id}`)!;
    expect(of("en-US-LongForm-Danielle")).toMatchObject({ modelType: "ultra", gender: "female", available: true });
    expect(of("en-US-Neural-Kevin")).toMatchObject({ modelType: "premium", gender: "male" });
    expect(of("en-US-Neural-Kevin").characteristics).toMatchObject({ age: "child", accent: "United States" });
    expect(of("en-GB-Standard-Geraint").characteristics.accent).toBe("Welsh");
  });

  it("are asked for once a day, whoever asks", async () => {
    const { cache } = emptyContext();
    let now = Date.now();
    const first = new PollyCatalogue(cache, () => now);
    await Promise.all([first.voices(settings), first.voices(settings)]);
    expect(polly.requests).toHaveLength(3);
    now += DAY_MS - 1;
    await new PollyCatalogue(cache, () => now).voices(settings);
    expect(polly.requests).toHaveLength(3);
    now += 2;
    polly.voices = POLLY_VOICES.slice(0, 1);
    expect(await first.voices(settings)).toHaveLength(3);
    expect(polly.requests).toHaveLength(4);
  });

  it("are those of the region and endpoint", async () => {
    const { cache } = emptyContext();
    await new PollyCatalogue(cache).voices(settings);
    const elsewhere = { ...settings, region: "eu-test-2" };
    await expect(new PollyCatalogue(cache).voices(elsewhere)).rejects.toMatchObject({ code: "PROVIDER_DISABLED" });
  });

  it("are the known ones for a while after Polly fails, and asked for again later", async () => {
    const { cache } = emptyContext();
    let now = Date.now();
    const catalogue = new PollyCatalogue(cache, () => now);
    const known = await catalogue.voices(settings);
    now += 2 * DAY_MS;
    down();
    expect(await catalogue.voices(settings)).toEqual(known);
    const asked = polly.requests.length;
    expect(await catalogue.voices(settings)).toEqual(known);
    expect(polly.requests).toHaveLength(asked);
    now += 61_000;
    await catalogue.voices(settings);
    expect(polly.requests).toHaveLength(asked + 3);
  });

  it("are an error when Polly fails and none are known, without asking at every call", async () => {
    const catalogue = new PollyCatalogue(emptyContext().cache);
    down();
    await expect(catalogue.voices(settings)).rejects.toMatchObject({ code: "PROVIDER_ERROR" });
    await expect(catalogue.voices(settings)).rejects.toMatchObject({ code: "PROVIDER_ERROR" });
    expect(polly.requests).toHaveLength(3);
    catalogue.forget();
    expect((await catalogue.voices(settings)).length).toBeGreaterThan(0);
  });
});

describe("what a voice id tells", () => {
  const engine = pollyEntry.create(emptyContext());

  it("is what the published table has, without any list", () => {
    for (const name of ["Generative", "Neural", "Standard", "LongForm"]) {
      expect(engine.capabilities(`polly:de-AT-${name}-Someone`)).toMatchObject({
        ...{ streaming: true, ssml: true, markup: false, speed: null, prompt: false, multiSpeaker: false },
        ...{ bitrate: false, maxTextBytes: 100_000, maxStreamBytes: 3_000, nativeSampleRateHertz: 16_000 },
        engine: { ssml: true, maxRequestBytes: 3_000 },
      });
    }
    expect(engine.tiers().map(({ modelType, families }) => [modelType, families])).toEqual([
      ["premium", ["Generative", "Neural", "Standard"]],
      ["ultra", ["LongForm"]],
    ]);
  });

  it.each([
    "polly:en-US-Joanna",
    "polly:en-US-Chirp-Joanna",
    "polly:en-US-Long-Form-Gregory",
    "polly:",
    "polly:en-US-constructor-X",
  ])("is nothing for %s", (voiceId) => {
    expect(() => engine.capabilities(voiceId)).toThrow(expect.objectContaining({ code: "VOICE_NOT_FOUND" }));
  });
});
