import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../support/folders.ts";
import { AUDIO, FakeService } from "../client/fake-service.ts";
import { callTool, type Data } from "./call.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
  service.jobs.set("a", { job_id: "a" });
});
const broken = { status: "failed", error: { code: "PROVIDER_ERROR", message: "The voice broke." } };

describe("get_job_status", () => {
  const status = (args: Data = {}) => callTool(service, "get_job_status", { job_id: "a", ...args });

  it("reads the job once when it is not told to wait", async () => {
    service.looksNeeded = 9;
    const { data, text } = await status();
    expect(data).toEqual({
      job_id: "a",
      status: "processing",
      progress: { done: 1, total: 10 },
      next: 'call get_job_status with job_id "a" and wait_seconds 45',
    });
    expect(text).toMatch(/^Job a is processing, 1 of 10 characters\.\nNext: /);
    expect(service.seen).toHaveLength(1);
  });

  it("waits until the job is over when it is told to", async () => {
    service.looksNeeded = 2;
    expect((await status({ wait_seconds: 45 })).data).toMatchObject({
      status: "completed",
      audio_url: expect.any(String),
    });
  });

  it("fails with the reason of a failed job, and with NOT_FOUND for an unknown one", async () => {
    service.outcome = broken;
    await expect(status()).rejects.toMatchObject({
      code: "GENERATION_FAILED",
      message: expect.stringContaining("broke"),
    });
    await expect(status({ job_id: "b" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("get_audio_link", () => {
  const outputDir = path.join(temporaryFolder(), "out");
  const link = (args: Data = {}) =>
    callTool(service, "get_audio_link", { job_id: "a", ...args }, { config: { outputDir } });

  it("gives the link and what is known of the audio", async () => {
    const { data, text, attachments } = await link();
    expect(data).toEqual({
      audio_endpoint: "/api/v1/tts/a/audio",
      audio_url: "http://127.0.0.1:1/audio/a",
      content_type: "audio/mpeg",
      bytes: 3000,
      duration_seconds: 1.25,
    });
    expect(text).toContain("http://127.0.0.1:1/audio/a");
    expect(attachments).toEqual([]);
  });

  it("saves the audio under the name with the extension of its format", async () => {
    service.audioType = "audio/wav";
    const { data } = await link({ save_to: "sub/speech" });
    expect(data.file_path).toBe(path.join(outputDir, "sub", "speech.wav"));
    expect(new Uint8Array(readFileSync(data.file_path as string))).toEqual(AUDIO);
  });

  it("refuses a name of another format, and a name that is taken", async () => {
    await expect(link({ save_to: "x.wav" })).rejects.toMatchObject({ code: "OUTPUT_PATH_REFUSED" });
    mkdirSync(outputDir, { recursive: true });
    writeFileSync(path.join(outputDir, "taken.mp3"), "theirs");
    await expect(link({ save_to: "taken.mp3" })).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect(readFileSync(path.join(outputDir, "taken.mp3"), "utf8")).toBe("theirs");
  });

  it("of a job that still runs says how to wait for it", async () => {
    service.looksNeeded = 9;
    const waiting = { code: "JOB_NOT_COMPLETED", hint: 'call get_job_status with job_id "a" and wait_seconds 45' };
    await expect(link()).rejects.toMatchObject(waiting);
  });

  it("of a failed job gives the reason", async () => {
    service.outcome = broken;
    await expect(link()).rejects.toMatchObject({ code: "GENERATION_FAILED" });
  });

  it("gives the audio and a resource link when they are asked for", async () => {
    const { attachments } = await link({ include: ["resource_link", "audio"] });
    expect(attachments.map((attachment) => attachment.type)).toEqual(["resource_link", "audio"]);
  });
});
