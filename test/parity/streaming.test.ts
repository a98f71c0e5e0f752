import { createHash } from "node:crypto";
import { request } from "node:http";
import { describe, expect, it, vi } from "vitest";
import { streamSpeech } from "../../src/contract/tts.ts";
import { decode } from "../support/audio.ts";
import { BACKENDS, jsonOf, startBackend } from "../support/backends.ts";

const TEXT = "The first sentence is short. ".repeat(1) + "The soft cushion broke the man's fall. ".repeat(60);
const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe.each(BACKENDS)("streaming on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const start = async (input: object = {}) =>
    (await service.client.call(streamSpeech, { text: TEXT, ...input } as never)).data;
  const saved = async (jobId: string) => {
    const { job } = await service.client.wait(jobId, { seconds: 55 });
    expect(job.status).toBe("completed");
    return { job, bytes: new Uint8Array(await (await fetch(job.audio_url!)).arrayBuffer()) };
  };

  it.each(["wav", "mp3", "ogg_opus"] as const)(
    "sends %s while it is made, and saves the same bytes",
    async (format) => {
      const answer = await start({ output_format: format });
      expect(answer).toMatchObject({ transport_format: format, audio_endpoint: `/api/v1/tts/${answer.job_id}/audio` });
      const response = await fetch(answer.stream_url!);
      const chunks: Uint8Array[] = [];
      let statusAtFirstBytes: string | undefined;
      for await (const chunk of response.body!) {
        statusAtFirstBytes ??= (await service.client.wait(answer.job_id, { seconds: 0 })).job.status;
        chunks.push(chunk);
      }
      expect(statusAtFirstBytes).toBe("processing");
      const streamed = Buffer.concat(chunks);
      const { job, bytes } = await saved(answer.job_id);
      expect(sha(streamed)).toBe(sha(bytes));
      if (format === "wav") expect(streamed.readUInt32LE(40)).toBe(0xffffffff);
      const audio = await decode(streamed, job.content_type!);
      expect(Math.abs(audio.seconds - job.duration_seconds!)).toBeLessThan(format === "mp3" ? 0.15 : 0.05);
    },
  );

  it("streams ogg_opus when no format is named, also through POST /tts with delivery_mode stream", async () => {
    const response = await service.fetch("/api/v1/tts", {
      method: "POST",
      body: JSON.stringify({ text: "Hello.", delivery_mode: "stream" }),
    });
    expect(response.status).toBe(201);
    const { data } = await jsonOf(response);
    expect(data.transport_format).toBe("ogg_opus");
    expect((await fetch(data.stream_url)).headers.get("content-type")).toBe("audio/ogg");
  });

  it("plays a stream URL once, and says where the audio is afterwards", async () => {
    const answer = await start({ text: "Once only." });
    expect((await fetch(answer.stream_url!)).status).toBe(200);
    const second = await fetch(answer.stream_url!);
    expect(second.status).toBe(410);
    expect((await jsonOf(second)).error).toMatchObject({ code: "STREAM_CONSUMED", details: { job_id: answer.job_id } });
  });

  it("keeps a stream URL for five minutes, and says where the audio is afterwards", async () => {
    const answer = await start({ text: "In time, or not." });
    const late = await start({ text: "In time, or not." });
    expect(Date.parse(answer.stream_url_expires_at!) - Date.now()).toBeLessThanOrEqual(300_000);
    try {
      vi.useFakeTimers({ now: Date.now() + 290_000, toFake: ["Date"] });
      expect((await fetch(answer.stream_url!)).status).toBe(200);
      vi.useFakeTimers({ now: Date.now() + 15_000, toFake: ["Date"] });
      const over = await fetch(late.stream_url!);
      expect(over.status).toBe(410);
      expect((await jsonOf(over)).error).toMatchObject({
        code: "STREAM_CONSUMED",
        message: expect.stringContaining("expired"),
        hint: expect.stringContaining("audio_endpoint"),
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("gives a stream to one of two readers that come at the same moment", async () => {
    const answer = await start({ text: "For one of you." });
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await fetch(answer.stream_url!)).status));
    expect(statuses.sort()).toEqual([200, ...Array(7).fill(410)]);
  });

  it("is not used up by HEAD or a prefetch", async () => {
    const answer = await start({ text: "Still here." });
    expect((await fetch(answer.stream_url!, { method: "HEAD" })).ok).toBe(false);
    expect((await fetch(answer.stream_url!, { headers: { "sec-purpose": "prefetch" } })).ok).toBe(false);
    expect((await fetch(answer.stream_url!)).status).toBe(200);
  });

  it("ignores Range", async () => {
    const answer = await start({ text: "Whole." });
    expect((await fetch(answer.stream_url!, { headers: { range: "bytes=0-1" } })).status).toBe(200);
  });

  it("finishes the job when the reader leaves", async () => {
    const answer = await start();
    await new Promise<void>((resolve, reject) => {
      const get = request(answer.stream_url!, (response) => {
        response.once("data", () => {
          get.destroy();
          resolve();
        });
      });
      get.on("error", reject).end();
    });
    const { job, bytes } = await saved(answer.job_id);
    expect(bytes.length).toBe(job.bytes);
  });

  it("gives the saved audio to a reader that comes after the end", async () => {
    const answer = await start({ text: "Late." });
    const { bytes } = await saved(answer.job_id);
    const late = new Uint8Array(await (await fetch(answer.stream_url!)).arrayBuffer());
    expect(sha(late)).toBe(sha(bytes));
  });

  it("knows no stream that was never made", async () => {
    const url = new URL((await start({ text: "Hello." })).stream_url!);
    url.pathname = `/stream/${"A".repeat(43)}`;
    expect((await fetch(url)).status).toBe(404);
  });
});
