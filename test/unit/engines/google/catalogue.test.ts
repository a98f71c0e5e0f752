import { afterEach, describe, expect, it } from "vitest";
import { GoogleCatalogue } from "../../../../src/engines/google/catalogue.ts";
import { GoogleEngine } from "../../../../src/engines/google/index.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FAKE_KEY, FakeGoogle, googleError } from "../../../support/fake-google.ts";

const google = await FakeGoogle.start();
const settings = { endpoint: google.endpoint, credentials: { kind: "api-key", key: FAKE_KEY } as const };
const DAY_MS = 24 * 60 * 60 * 1_000;

afterEach(() => {
  google.requests.length = 0;
  google.troubles.length = 0;
});

const premium = (voices: { voiceId: string; modelType: string }[]) =>
  voices.filter(({ modelType }) => modelType === "premium").map(({ voiceId }) => voiceId);

describe("Google's catalogue", () => {
  it("is Google's own list in the published layout, and Gemini's speakers in each of its languages", async () => {
    const voices = await new GoogleCatalogue(emptyContext().cache).voices(settings);
    expect(premium(voices)).toEqual([
      "google:cmn-CN-Wavenet-A",
      "google:de-DE-Chirp3HD-Kore",
      "google:en-GB-Neural2-A",
      "google:en-US-Casual-K",
      "google:en-US-Chirp3HD-Aoede",
      "google:en-US-Chirp3HD-Puck",
      "google:en-US-ChirpHD-D",
      "google:en-US-Neural2-C",
      "google:en-US-Standard-A",
      "google:en-US-Studio-O",
      "google:en-US-Wavenet-A",
      "google:es-ES-Polyglot-1",
      "google:es-US-News-D",
      "google:ja-JP-Standard-B",
    ]);
    const gemini = voices.filter(({ family, language }) => family === "Gemini" && language === "fr-FR");
    expect(gemini).toHaveLength(30);
    expect(gemini.find(({ name }) => name === "Kore")).toMatchObject({
      ...{ voiceId: "google:fr-FR-Gemini-Kore", gender: "female", modelType: "ultra" },
      characteristics: { styles: ["firm"], accent: "France" },
    });
    expect(gemini[0]!.availableModels[0]).toBe("gemini-2.5-flash-tts");
    expect(voices.find(({ voiceId }) => voiceId === "google:en-US-ChirpHD-D")).toMatchObject({
      gender: "male",
      availableModels: [],
    });
  });

  it("is asked for once a day, also by many at a time and after a restart", async () => {
    let now = 1_000_000;
    const { cache } = emptyContext();
    const first = new GoogleCatalogue(cache, () => now);
    await Promise.all([first.voices(settings), first.voices(settings), first.voices(settings)]);
    now += DAY_MS - 1;
    await first.voices(settings);
    const second = new GoogleCatalogue(cache, () => now);
    expect(premium(await second.voices(settings))).toEqual(premium(await first.voices(settings)));
    expect(google.requests).toHaveLength(1);
    now += 2;
    await second.voices(settings);
    expect(google.requests).toHaveLength(2);
  });

  it("is the old list while Google does not answer, which is asked again after a minute", async () => {
    let now = 1_000_000;
    const catalogue = new GoogleCatalogue(emptyContext().cache, () => now);
    const old = await catalogue.voices(settings);
    now += DAY_MS + 1;
    for (let i = 0; i < 2; i++) google.troubles.push({ status: 500 });
    expect(await catalogue.voices(settings)).toEqual(old);
    await catalogue.voices(settings);
    expect(google.requests).toHaveLength(3);
    now += 60_001;
    google.names = ["en-US-Wavenet-B"];
    expect(premium(await catalogue.voices(settings))).toEqual(["google:en-US-Wavenet-B"]);
  });

  it("fails with Google's words when there is no old list, and keeps nobody waiting for the same again", async () => {
    const catalogue = new GoogleCatalogue(emptyContext().cache);
    google.troubles.push({
      status: 403,
      body: googleError(403, "PERMISSION_DENIED", "It is disabled.", "SERVICE_DISABLED"),
    });
    const failure = { code: "PROVIDER_DISABLED", details: { provider_message: "It is disabled." } };
    await expect(catalogue.voices(settings)).rejects.toMatchObject(failure);
    await expect(catalogue.voices(settings)).rejects.toMatchObject(failure);
    expect(google.requests).toHaveLength(1);
  });

  it("is empty without credentials, and the engine says what to set", async () => {
    const engine = new GoogleEngine(emptyContext());
    expect(await engine.voices()).toEqual([]);
    expect(await engine.status()).toEqual({
      ...{ available: false, whyUnavailable: "Google's voices are not set up." },
      hint: expect.stringContaining("GOOGLE_API_KEY"),
    });
    await expect(engine.workerData()).rejects.toMatchObject({ code: "PROVIDER_DISABLED" });
    // An id alone tells what a voice can do.
    expect(engine.capabilities("google:en-US-Wavenet-Z").speed).toEqual({ min: 0.25, max: 2 });
    expect(engine.local).toBe(false);
  });
});
