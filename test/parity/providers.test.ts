import { describe, expect, it } from "vitest";
import { estimateCost } from "../../src/contract/account.ts";
import { listProviders } from "../../src/contract/providers.ts";
import { getVoice, getVoiceSample, listVoices } from "../../src/contract/voices.ts";
import { createEngineRegistry } from "../../src/engines/registry.ts";
import { AppError } from "../../src/errors.ts";
import { BACKENDS, closeBackendsAfterEach, startBackend } from "../support/backends.ts";
import { MADE_UP_CAPABILITIES, MadeUpEngine, madeUpVoice } from "../support/made-up-engines.ts";
import { manyEngines, manyVoices } from "../support/many-voices.ts";

closeBackendsAfterEach();

const ENGLISH = "here:en-US-Test-Ann";
const GERMAN = "here:de-DE-Test-Uwe";
const GERMAN_TEXT = "Die Sitzung beginnt um zehn Uhr im großen Saal.";

/** One engine that works, one that is not set up, one that fails, and a model that is missing. */
function mixedEngines() {
  const here = new MadeUpEngine("here", [madeUpVoice(ENGLISH, { rank: 50 }), madeUpVoice(GERMAN)]);
  const off = new MadeUpEngine("off", [], { local: false });
  off.state = { available: false, whyUnavailable: "There is no key.", hint: "set OFF_KEY" };
  const broken = new MadeUpEngine("broken", [], { local: false });
  broken.list = () => Promise.reject(new AppError("PROVIDER_ERROR", "Broken answered 503."));
  const missing = { available: false, whyUnavailable: "Its model is not installed." };
  const model = new MadeUpEngine("model", [madeUpVoice("model:fr-FR-Neural-Eve", missing)]);
  model.state = { ...missing, available: false, hint: "run `aittsm models pull model`" };
  return [here, off, broken, model].map(({ entry }) => entry);
}

describe.each(BACKENDS)("providers on the %s backend", (kind) => {
  it("are listed with their state and what their tiers can do", async () => {
    const { client } = await startBackend(kind);
    const { providers } = (await client.call(listProviders, {})).data;
    const engines = createEngineRegistry().engines;
    expect(providers.map(({ id }) => id)).toEqual(engines.map(({ id }) => id));
    const flite = providers.find(({ id }) => id === "flite");
    expect(flite).toMatchObject({
      available: true,
      local: true,
      tiers: [
        {
          model_type: "premium",
          families: ["Clustergen", "Diphone"],
          text_bytes: 500_000,
          stream_bytes: 5_000,
          speed: { min: 0.25, max: 4 },
          bitrate: true,
        },
      ],
    });
  });

  it("that are not set up say why and what to do", async () => {
    const { client } = await startBackend(kind, { engines: mixedEngines() });
    const { providers } = (await client.call(listProviders, {})).data;
    expect(providers.map(({ id, available, local }) => [id, available, local])).toEqual([
      ["here", true, true],
      ["off", false, false],
      ["broken", true, false],
      ["model", false, true],
    ]);
    expect(providers[1]).toMatchObject({ why_unavailable: "There is no key.", hint: "set OFF_KEY" });
  });

  it("that fail leave the others' voices in the list, with a warning", async () => {
    const { client } = await startBackend(kind, { engines: mixedEngines() });
    const { data } = await client.call(listVoices, {});
    expect(data.voices.map(({ voice_id, available }) => [voice_id, available])).toEqual([
      [ENGLISH, true],
      [GERMAN, true],
      ["model:fr-FR-Neural-Eve", false],
    ]);
    expect(data.warnings).toEqual(["The voices of broken could not be listed: Broken answered 503."]);
    const asked = await client.call(listVoices, { provider: "off" });
    expect(asked.data.warnings).toContain("There is no key. Hint: set OFF_KEY.");
  });

  it("are refused by name when they can't speak, before anything is saved or charged", async () => {
    const { client, backend } = await startBackend(kind, { engines: mixedEngines() });
    const refusals = {
      "off:de-DE-Chirp3HD-Aoede": { code: "PROVIDER_DISABLED", hint: expect.stringContaining("set OFF_KEY") },
      "model:fr-FR-Neural-Eve": { code: "PROVIDER_DISABLED", hint: expect.stringContaining("models pull model") },
      "broken:en-US-Test-Zed": { code: "PROVIDER_ERROR", message: "Broken answered 503." },
      "nobody:en-US-Test-Zed": { code: "VOICE_NOT_FOUND" },
    };
    for (const [voice_id, refusal] of Object.entries(refusals)) {
      await expect(client.submit({ text: "Hello.", voice_id })).rejects.toMatchObject(refusal);
      await expect(client.call(getVoiceSample, { voice_id })).rejects.toMatchObject(refusal);
      await expect(client.call(estimateCost, { text: "Hello.", voice_id })).rejects.toMatchObject(refusal);
    }
    await expect(client.submit({ text: "Hello.", voice_id: "off:de-DE-Chirp3HD-Aoede" })).rejects.toMatchObject({
      status: 400,
      details: { nearest: GERMAN },
    });
    // What is listed can be looked at.
    const { data } = await client.call(getVoice, { voice_id: "model:fr-FR-Neural-Eve" });
    expect(data).toMatchObject({ available: false, why_unavailable: "Its model is not installed." });
    expect(await backend.store.selectFrom("jobs").selectAll().execute()).toEqual([]);
  });
});

describe.each(BACKENDS)("a prompt on the %s backend", (kind) => {
  it("is measured in bytes against what the voice takes, before anything is saved or charged", async () => {
    const engine = new MadeUpEngine("here", [madeUpVoice(ENGLISH)]);
    engine.can = () => ({ ...MADE_UP_CAPABILITIES, prompt: true, maxPromptBytes: 30 });
    const { client, backend } = await startBackend(kind, { engines: [engine.entry] });
    await expect(client.submit({ text: "Hello.", voice_id: ENGLISH, prompt: "声".repeat(11) })).rejects.toMatchObject({
      code: "TEXT_TOO_LONG",
      message: `The prompt has 33 bytes; ${ENGLISH} takes 30.`,
      details: { fields: [{ field: "prompt" }], limit: 30, got: 33 },
    });
    expect(await backend.store.selectFrom("jobs").selectAll().execute()).toEqual([]);
    const { answer } = await client.submit({ text: "Hello.", voice_id: ENGLISH, prompt: "声".repeat(10) });
    expect(answer.chars_charged).toBe(36);
  });
});

describe.each(BACKENDS)("a text without a voice on the %s backend", (kind) => {
  it("is spoken in its own language, and the answer says which and why", async () => {
    const { client } = await startBackend(kind, { engines: mixedEngines() });
    const { answer } = await client.submit({ text: GERMAN_TEXT });
    expect(answer).toMatchObject({ voice_id: GERMAN, voice_reason: expect.stringContaining("detected German") });
    expect(answer.warnings).toBeUndefined();
    const { data } = await client.call(estimateCost, { text: GERMAN_TEXT });
    expect(data).toMatchObject({ voice_id: GERMAN, estimated_cost: 0 });
  });

  it("in a language without a voice gets the default one and a warning of what to install", async () => {
    const { client } = await startBackend(kind, { engines: mixedEngines() });
    const { answer } = await client.submit({ text: "Bonjour, je m'appelle Anna et je vous fais la lecture." });
    expect(answer.voice_id).toBe(ENGLISH);
    expect(answer.warnings?.join()).toMatch(/seems to be French.*models pull model/);
    await expect(client.submit({ text: "Bonjour.", language: "fr" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringMatching(/models pull model.*de-DE, en-US/),
    });
  });
});

describe.each(BACKENDS)("5,000 voices on the %s backend", (kind) => {
  it("come in pages that hold each once", async () => {
    const engines = manyEngines(manyVoices(5_000));
    const { client } = await startBackend(kind, { engines: engines.map(({ entry }) => entry) });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await client.call(listVoices, { query: "german", limit: 50, cursor });
      seen.push(...data.voices.map(({ voice_id }) => voice_id));
      cursor = data.next_cursor;
    } while (cursor);
    const { data } = await client.call(listVoices, { query: "german" });
    expect(data.total).toBeGreaterThan(150);
    expect(seen).toEqual(data.voices.map(({ voice_id }) => voice_id));
  });
});
