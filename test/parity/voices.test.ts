import { describe, expect, it, vi } from "vitest";
import { getVoice, getVoiceSample, listVoices } from "../../src/contract/voices.ts";
import { decode, loudness } from "../support/audio.ts";
import { BACKENDS, jsonOf, startBackend } from "../support/backends.ts";

describe.each(BACKENDS)("voices on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const ids = async (query: object = {}) =>
    (await service.client.call(listVoices, query as never)).data.voices.map(({ voice_id }) => voice_id);

  it("are all listed without a limit, with the published fields and the default first", async () => {
    const { data } = await service.client.call(listVoices, {});
    expect(data.total).toBe(data.voices.length);
    expect(data.voices[0]!.voice_id).toBe("flite:en-US-Clustergen-Rms");
    for (const voice of data.voices) {
      expect(voice.voice_id).toBe(`${voice.provider}:${voice.language}-${voice.family}-${voice.name}`);
      expect(voice).toMatchObject({ model_type: "premium", supports_ssml: true, supports_multispeaker: true });
      expect(voice.capabilities).toMatchObject({
        streaming: true,
        limits: { text_bytes: 500_000, stream_bytes: 5_000 },
      });
    }
    expect(await ids()).toEqual(
      expect.arrayContaining(["flite:en-US-Clustergen-Slt", "flite:en-GB-Clustergen-Awb", "flite:en-US-Diphone-Kal"]),
    );
  });

  it.each([
    [{ language: "en-GB" }, ["flite:en-GB-Clustergen-Awb"]],
    [{ language: "EN_gb" }, ["flite:en-GB-Clustergen-Awb"]],
    [{ gender: "female" }, ["flite:en-US-Clustergen-Slt"]],
    [{ query: "scottish" }, ["flite:en-GB-Clustergen-Awb"]],
    [{ query: "British male" }, ["flite:en-GB-Clustergen-Awb"]],
    [{ voice_id: "FLITE:en-us-clustergen-SLT" }, ["flite:en-US-Clustergen-Slt"]],
    [{ language: "de" }, []],
    [{ provider: "nobody" }, []],
    [{ supports: ["prompt"] }, []],
    [{ model_type: "ultra" }, []],
  ])("are found by %o", async (query, found) => {
    expect(await ids(query)).toEqual(found);
  });

  it("come in pages that hold each once", async () => {
    const all = await ids();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await service.client.call(listVoices, { limit: 2, cursor });
      expect(data.voices.length).toBeLessThanOrEqual(2);
      seen.push(...data.voices.map(({ voice_id }) => voice_id));
      cursor = data.next_cursor;
    } while (cursor);
    expect(seen).toEqual(all);
    const bad = await service.client.call(listVoices, { cursor: "nonsense" }).catch((error) => error);
    expect(bad).toMatchObject({ code: "INVALID_INPUT", details: { fields: [{ field: "cursor" }] } });
  });

  it("are given one by one, also when the id's colon is written plainly", async () => {
    const { data } = await service.client.call(getVoice, { voice_id: "flite:en-US-Clustergen-Slt" });
    expect(data.gender).toBe("female");
    const response = await service.fetch("/api/v1/voices/flite:en-US-Clustergen-Slt");
    expect((await jsonOf(response)).data.voice_id).toBe("flite:en-US-Clustergen-Slt");
  });

  it("that do not exist are answered with the nearest three", async () => {
    const error = await service.client.call(getVoice, { voice_id: "flite:en-US-Clustergen-Sld" }).catch((e) => e);
    expect(error).toMatchObject({ code: "VOICE_NOT_FOUND", status: 404 });
    expect(error.details.nearest).toHaveLength(3);
    expect(error.details.nearest[0]).toBe("flite:en-US-Clustergen-Slt");
  });

  it("have a sample: first it is made, then it is there, and it is made once", async () => {
    const voice_id = "flite:en-US-Clustergen-Slt";
    const first = await service.client.call(getVoiceSample, { voice_id });
    expect(first.status).toBe(202);
    expect(first.data.retry_after).toBeGreaterThan(0);
    const sample = await vi.waitFor(async () => {
      const { data } = await service.client.call(getVoiceSample, { voice_id });
      expect(data.sample_url).toBeTruthy();
      return data;
    }, 20_000);
    expect(sample.content_type).toBe("audio/ogg");
    const bytes = new Uint8Array(await (await fetch(sample.sample_url!)).arrayBuffer());
    const audio = await decode(bytes, "audio/ogg");
    expect(audio.seconds).toBeGreaterThan(2);
    expect(loudness(audio.samples)).toBeGreaterThan(0.01);
    const jobs = await service.backend.store.selectFrom("jobs").selectAll().where("kind", "=", "sample").execute();
    expect(jobs.map(({ chars_charged }) => chars_charged)).toEqual([0]);
  });

  it("give a wav sample for aac, and say so", async () => {
    const voice_id = "flite:en-US-Diphone-Kal";
    const { data } = await service.client.call(getVoiceSample, { voice_id, formats: ["aac"] });
    expect(data.warnings?.[0]).toMatch(/aac/);
    await vi.waitFor(async () => {
      const again = await service.client.call(getVoiceSample, { voice_id, formats: ["aac"] });
      expect(again.data.content_type).toBe("audio/wav");
    }, 20_000);
  });
});

describe.each(BACKENDS)("the choice of a voice on the %s backend", (kind) => {
  it("follows the language, and says why", async () => {
    const { client } = await startBackend(kind);
    const british = await client.submit({ text: "Hello.", language: "en-GB" });
    expect(british.answer).toMatchObject({
      voice_id: "flite:en-GB-Clustergen-Awb",
      voice_reason: expect.stringContaining("en-GB"),
    });
    const australian = await client.submit({ text: "Hello.", language: "en-AU" });
    expect(australian.answer.voice_id).toMatch(/^flite:en-/);
    const named = await client.submit({ text: "Hello.", voice_id: "flite:en-US-Clustergen-Slt", language: "de" });
    expect(named.answer.voice_reason).toBeUndefined();
    expect(named.answer.warnings?.[0]).toMatch(/not de/);
  });

  it("follows AITTSM_DEFAULT_VOICE when neither voice nor language is named", async () => {
    const { client } = await startBackend(kind, { env: { AITTSM_DEFAULT_VOICE: "flite:en-US-Clustergen-Slt" } });
    expect((await client.submit({ text: "Hello." })).answer).toMatchObject({
      voice_id: "flite:en-US-Clustergen-Slt",
      voice_reason: expect.stringContaining("AITTSM_DEFAULT_VOICE"),
    });
    expect((await client.submit({ text: "Hello.", language: "en-GB" })).answer.voice_id).toBe(
      "flite:en-GB-Clustergen-Awb",
    );
  });

  it("falls back to the nearest voice only when asked to, with a warning", async () => {
    const wish = { text: "Hello.", voice_id: "nobody:en-GB-Neural2-A" };
    const strict = await startBackend(kind);
    await expect(strict.client.submit(wish)).rejects.toMatchObject({ code: "VOICE_NOT_FOUND" });
    const lenient = await startBackend(kind, { env: { AITTSM_VOICE_FALLBACK: "nearest" } });
    const { answer } = await lenient.client.submit(wish);
    expect(answer.voice_id).toBe("flite:en-GB-Clustergen-Awb");
    expect(answer.warnings?.[0]).toContain("nobody:en-GB-Neural2-A");
  });
});

describe("a key", async () => {
  const service = await startBackend("remote");

  it("that is missing or unknown is refused, with what to send", async () => {
    for (const authorization of ["", "Bearer tts_unknown", "Basic dHRz"]) {
      const response = await service.fetch("/api/v1/voices", { headers: { authorization } });
      expect(response.status).toBe(401);
      expect((await jsonOf(response)).error).toMatchObject({ code: "INVALID_API_KEY", hint: expect.any(String) });
    }
  });

  it("without the scope is refused, with the scope's name", async () => {
    const client = service.withKey("tts_voices");
    expect((await client.call(listVoices, {})).data.voices.length).toBeGreaterThan(0);
    await expect(client.submit({ text: "Hello." })).rejects.toMatchObject({
      code: "INSUFFICIENT_SCOPE",
      details: { required_scope: "tts:generate" },
    });
  });

  it("of another account sees no job of ours", async () => {
    const { answer } = await service.client.submit({ text: "Private." });
    const other = service.withKey("tts_other");
    await expect(other.wait(answer.job_id, { seconds: 0 })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(other.openAudio({ job_id: answer.job_id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
