import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { getSpeech, submitSpeech } from "../../src/contract/tts.ts";
import { decode, loudness } from "../support/audio.ts";
import { BACKENDS, jsonOf, startBackend, type TestBackend } from "../support/backends.ts";

const SENTENCE = "The birch canoe slid on the smooth planks.";

async function finished({ client }: TestBackend, jobId: string) {
  const { job } = await client.wait(jobId, { seconds: 30 });
  expect(job.status).toBe("completed");
  return job;
}

async function bytesOf(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

describe.each(BACKENDS)("speech on the %s backend", async (kind) => {
  const service = await startBackend(kind);

  it.each([
    ["wav", 16_000, "audio/wav"],
    ["wav", 44_100, "audio/wav"],
    ["mp3", 24_000, "audio/mpeg"],
    ["ogg_opus", 48_000, "audio/ogg"],
  ] as const)("makes %s at %i Hz that decodes to sound of the length it says", async (output_format, rate, type) => {
    const { answer } = await service.client.submit({ text: SENTENCE, output_format, sample_rate_hertz: rate });
    const job = await finished(service, answer.job_id);
    expect(job.content_type).toBe(type);
    const bytes = await bytesOf(job.audio_url!);
    expect(bytes.length).toBe(job.bytes);
    const audio = await decode(bytes, type);
    expect(audio.sampleRateHertz).toBe(rate);
    expect(Math.abs(audio.seconds - job.duration_seconds!)).toBeLessThan(0.05);
    expect(job.duration_seconds).toBeGreaterThan(1.5);
    expect(job.duration_seconds).toBeLessThan(5);
    expect(loudness(audio.samples)).toBeGreaterThan(0.01);
  });

  it("speaks mp3 when no format is named, with the best voice, and says why", async () => {
    const { answer } = await service.client.submit({ text: "Hello world!" });
    expect(answer.voice_id).toBe("flite:en-US-Clustergen-Rms");
    expect(answer.voice_reason).toMatch(/best available/);
    expect(answer.chars_charged).toBe(12);
    expect((await finished(service, answer.job_id)).content_type).toBe("audio/mpeg");
  });

  it("tells where the file is to a caller on this machine only", async () => {
    const { answer } = await service.client.submit({ text: "Where is it?", output_format: "wav" });
    const job = await finished(service, answer.job_id);
    if (kind === "remote") expect(job.file_path).toBeUndefined();
    else expect(readFileSync(job.file_path!).length).toBe(job.bytes);
  });

  it("answers a long poll the moment the job ends, and at once when it has ended", async () => {
    const { answer } = await service.client.submit({ text: SENTENCE.repeat(5) });
    const first = await service.client.call(getSpeech, { job_id: answer.job_id, wait_seconds: 30 });
    expect(first.data.status).toBe("completed");
    expect(first.data.progress).toBeUndefined();
  });

  it("redirects the audio endpoint to a URL that needs no key", async () => {
    const { answer } = await service.client.submit({ text: "Follow me." });
    await finished(service, answer.job_id);
    const response = await service.fetch(`/api/v1/tts/${answer.job_id}/audio`);
    expect(response.status).toBe(302);
    expect((await bytesOf(response.headers.get("location")!)).length).toBeGreaterThan(1000);
  });

  it("says that a running job has no audio yet", async () => {
    const { answer } = await service.client.submit({ text: `${SENTENCE} `.repeat(2000) });
    const response = await service.fetch(`/api/v1/tts/${answer.job_id}/audio`);
    expect(response.status).toBe(409);
    expect(await jsonOf(response)).toMatchObject({ success: false, error: { code: "JOB_NOT_COMPLETED" } });
  });

  it("accepts voice as the old name of voice_id, and refuses two different ones", async () => {
    const submit = (body: object) =>
      service.fetch("/api/v1/tts", { method: "POST", body: JSON.stringify({ text: "Hi there.", ...body }) });
    const good = await submit({ voice: "flite:en-US-Clustergen-Slt" });
    expect(good.status).toBe(202);
    expect((await jsonOf(good)).data.voice_id).toBe("flite:en-US-Clustergen-Slt");
    const bad = await submit({ voice: "flite:en-US-Clustergen-Slt", voice_id: "flite:en-US-Clustergen-Rms" });
    expect(bad.status).toBe(400);
  });

  it("warns of what a voice can't speak, and speaks the rest", async () => {
    const { answer } = await service.client.submit({ text: "Hello 世界, how are you? 🎉" });
    expect(answer.warnings?.join(" ")).toMatch(/世|CJK|Han|Chinese/);
    await finished(service, answer.job_id);
  });

  it.each([
    [{ text: "世界" }, "INVALID_INPUT", "text"],
    [{ text: "   \n " }, "INVALID_INPUT", "text"],
    [{ text: "" }, "INVALID_INPUT", "text"],
    [{ text: "Hi", speed: 9 }, "INVALID_INPUT", "speed"],
    [{ text: "Hi", voice_id: "flite:en-US-Clustergen-Rsm" }, "VOICE_NOT_FOUND", undefined],
    [{ text: "Hi", format: "ssml" }, "INVALID_SSML", "text"],
    [{ text: "Hi", prompt: "Cheerfully." }, "PROMPT_NOT_SUPPORTED", "prompt"],
    [{ text: "Hi", model: "big" }, "UNSUPPORTED_MODIFIER", "model"],
    [{ text: "Hi", speaker_type: "multi" }, "INVALID_INPUT", "text"],
    [{ text: "Hi", language: "de" }, "INVALID_INPUT", "language"],
    [{ text: "Hi", output_format: "wav", output_bitrate_kbps: 64 }, "UNSUPPORTED_FORMAT", "output_bitrate_kbps"],
    [{ text: "Hi", output_format: "ogg_opus", sample_rate_hertz: 44_100 }, "UNSUPPORTED_FORMAT", "sample_rate_hertz"],
    [{ text: "Hi", delivery_mode: "stream", output_bitrate_kbps: 64 }, "UNSUPPORTED_MODIFIER", "output_bitrate_kbps"],
    [{ text: "x".repeat(500_001) }, "TEXT_TOO_LONG", "text"],
    [{ text: `${SENTENCE} `.repeat(200), delivery_mode: "stream" }, "TEXT_TOO_LONG", "text"],
    [{ text: "Hi", metadata: { big: "x".repeat(16_384) } }, "INVALID_INPUT", "metadata"],
    [{ text: "Hi", webhook_url: "http://example.com" }, "INVALID_INPUT", "webhook_url"],
    [
      { text: `${SENTENCE} `.repeat(11_000), output_format: "wav", sample_rate_hertz: 48_000, speed: 0.25 },
      "UNSUPPORTED_FORMAT",
      "output_format",
    ],
  ] as const)("refuses %o with %s before anything is saved", async (input, code, field) => {
    const jobs = () => service.backend.store.selectFrom("jobs").select("job_id").execute();
    const before = (await jobs()).length;
    const failure = await service.client.call(submitSpeech, input as never).catch((error) => error);
    expect(failure).toMatchObject({ code });
    expect(failure.hint).toBeTruthy();
    if (field) expect(failure.details.fields.map((entry: { field: string }) => entry.field)).toContain(field);
    expect((await jobs()).length).toBe(before);
  });

  it("names the nearest field for an unknown one", async () => {
    const failure = await service.client.call(submitSpeech, { text: "Hi", voice_idd: "x" } as never).catch((e) => e);
    expect(failure).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("voice_id?") });
  });

  it("takes null for absent and a numeric string for a number", async () => {
    const body = { text: "Kindly.", voice_id: null, speed: "1.5", sample_rate_hertz: "24000" };
    const response = await service.fetch("/api/v1/tts", { method: "POST", body: JSON.stringify(body) });
    expect(response.status).toBe(202);
  });

  it("answers what is not JSON, not an object, or too large with our envelope", async () => {
    const post = (body: string) => service.fetch("/api/v1/tts", { method: "POST", body });
    for (const [body, status, code] of [
      ["{", 400, "INVALID_INPUT"],
      ["[1]", 400, "INVALID_INPUT"],
      [JSON.stringify({ text: "x".repeat(3_000_000) }), 413, "PAYLOAD_TOO_LARGE"],
    ] as const) {
      const response = await post(body);
      expect(response.status).toBe(status);
      expect(await jsonOf(response)).toMatchObject({ success: false, error: { code, request_id: expect.any(String) } });
    }
  });

  it("answers an unknown route and an unknown job with NOT_FOUND", async () => {
    for (const path of ["/api/v1/nothing", "/api/v1/tts/0b9f0b0a-0000-4000-8000-000000000000", "/elsewhere"]) {
      const response = await service.fetch(path);
      expect(response.status).toBe(404);
      expect((await jsonOf(response)).error.code).toBe("NOT_FOUND");
    }
  });

  it("speaks slower and faster as asked", async () => {
    const seconds = async (speed: number) => {
      const { answer } = await service.client.submit({ text: SENTENCE, speed, output_format: "wav" });
      return (await finished(service, answer.job_id)).duration_seconds!;
    };
    const [slow, normal, fast] = [await seconds(0.5), await seconds(1), await seconds(2)];
    expect(slow / normal).toBeGreaterThan(1.6);
    expect(normal / fast).toBeGreaterThan(1.6);
  });
});
