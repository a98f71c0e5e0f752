import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import Keyv from "keyv";
import { beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../../../src/client/client.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { AUDIO, clientOf, FakeService, fail, ok } from "../client/fake-service.ts";
import { callTool, type Data } from "./call.ts";

let service: FakeService;
let outputDir: string;
beforeEach(() => {
  service = new FakeService();
  outputDir = path.join(temporaryFolder(), "out");
});
const generate = (args: Data = {}, context: Parameters<typeof callTool>[3] = {}) =>
  callTool(
    service,
    "generate_speech",
    { text: "Hello", ...args },
    { ...context, config: { outputDir, ...context.config } },
  );
const submitted = () => service.seen.find((seen) => seen.method === "POST")!;
/** The same service as one on another machine. */
const remote = (): Client => ({ ...clientOf(service), local: false });

describe("generate_speech", () => {
  it("waits and answers with everything about the audio", async () => {
    const { data, text } = await generate();
    expect(data).toEqual({
      job_id: "job-1",
      status: "completed",
      voice_id: "flite:en-US-Clustergen-Rms",
      chars_charged: 5,
      audio_endpoint: "/api/v1/tts/job-1/audio",
      audio_url: "http://127.0.0.1:1/audio/job-1",
      content_type: "audio/mpeg",
      bytes: 3000,
      duration_seconds: 1.25,
    });
    expect(text).toBe(
      [
        "Job job-1 is completed, voice flite:en-US-Clustergen-Rms.",
        "Audio: 1.25 s, 3 kB, audio/mpeg",
        "URL: http://127.0.0.1:1/audio/job-1",
      ].join("\n"),
    );
  });

  it("sends to the service what belongs there and nothing of the tool's own", async () => {
    await generate({ speed: 2, wait_seconds: 3, save_to: "a.wav", include: ["audio"], idempotency_key: "k" });
    expect(submitted().body).toEqual({ text: "Hello", speed: 2, output_format: "wav" });
    expect(submitted().headers.get("idempotency-key")).toBe("k");
  });

  it("names the format: the one given, that of the file's name, else mp3, or ogg_opus for a stream", async () => {
    await generate({ output_format: "wav" });
    await generate({ save_to: "a.opus" });
    await generate();
    await generate({ delivery_mode: "stream" });
    const formats = service.seen.filter((seen) => seen.method === "POST").map((seen) => seen.body!.output_format);
    expect(formats).toEqual(["wav", "ogg_opus", "mp3", "ogg_opus"]);
  });

  it("answers with the next call when the job is not done in time", async () => {
    service.looksNeeded = 1e9;
    const { data, text } = await generate({ wait_seconds: 0.1 });
    expect(data).toMatchObject({ status: "processing", progress: { done: expect.any(Number), total: 10 } });
    expect(data.next).toBe('call get_job_status with job_id "job-1" and wait_seconds 45');
    expect(text).toContain(`Next: ${data.next}.`);
    expect(data).not.toHaveProperty("audio_url");
  });

  it("doesn't look at the job at all with wait_seconds 0", async () => {
    expect((await generate({ wait_seconds: 0 })).data).toMatchObject({ status: "pending", next: expect.any(String) });
    expect(service.seen).toHaveLength(1);
  });

  it("answers a stream at once, without waiting", async () => {
    const { data, text } = await generate({ delivery_mode: "stream" });
    expect(data).toMatchObject({
      status: "pending",
      stream_url: "http://127.0.0.1:1/stream/x",
      transport_format: "ogg_opus",
    });
    expect(data.next).toContain('get_audio_link with job_id "job-1"');
    expect(text).toContain("http://127.0.0.1:1/stream/x");
    expect(service.seen).toHaveLength(1);
  });

  it("fails with the job's reason", async () => {
    service.outcome = {
      status: "failed",
      error: { code: "PROVIDER_ERROR", message: "The voice broke.", hint: "try kal" },
    };
    await expect(generate()).rejects.toMatchObject({
      code: "GENERATION_FAILED",
      message: "Job job-1 failed: The voice broke. (PROVIDER_ERROR)",
      hint: "try kal",
    });
  });

  it("says to use a new key when a failed job's key is sent again", async () => {
    service.outcome = { status: "failed", error: { code: "PROVIDER_ERROR", message: "The voice broke." } };
    const disk = new Map();
    const client = clientOf(service, { memory: async () => new Keyv({ store: disk }) });
    const again = () => generate({ idempotency_key: "k" }, { client });
    await expect(again()).rejects.toMatchObject({ hint: expect.not.stringContaining("idempotency_key") });
    await expect(again()).rejects.toMatchObject({
      hint: expect.stringContaining("idempotency_key belongs to the failed"),
    });
    expect(service.count("POST", /./)).toBe(1);
  });

  it("says that a repeat got the first job, and why a voice was chosen", async () => {
    service.scripted.push(() => {
      service.jobs.set("j", { job_id: "j" });
      return ok({ job_id: "j", status: "pending", voice_reason: "best for de" }, 202, {
        "Idempotent-Replayed": "true",
      });
    });
    const { data, text } = await generate({ idempotency_key: "k" });
    expect(data).toMatchObject({ idempotent_replay: true, voice_reason: "best for de" });
    expect(text).toContain("best for de");
  });

  it("keeps the job's id when the wait breaks off", async () => {
    service.scripted.push(
      () => undefined,
      () => fail(401, { code: "INVALID_API_KEY", message: "revoked" }),
    );
    const { data } = await generate();
    expect(data).toMatchObject({ job_id: "job-1", next: expect.any(String) });
    expect(data.warnings).toEqual([expect.stringContaining("INVALID_API_KEY: revoked")]);
  });

  it("tells each warning once, wherever it comes from", async () => {
    service.outcome = { warnings: ["emoji are not spoken", "slow"] };
    service.scripted.push(() => {
      service.jobs.set("j", { job_id: "j" });
      return ok({ job_id: "j", status: "pending", warnings: ["emoji are not spoken"] }, 202);
    });
    const { data, text } = await generate();
    expect(data.warnings).toEqual(["emoji are not spoken", "slow"]);
    expect(text).toContain("Warning: slow");
  });

  it("reports progress in characters", async () => {
    service.looksNeeded = 2;
    const seen: number[][] = [];
    await generate({}, { progress: (done, total) => seen.push([done, total]) });
    expect(seen).toEqual([[1, 10]]);
  });
});

describe("the voice of generate_speech", () => {
  const config = { defaultVoice: "google:en-US-Studio-A" };

  it("is AITTSM_DEFAULT_VOICE on another machine's service, and the reason is told", async () => {
    const { data } = await generate({}, { client: remote(), config });
    expect(submitted().body).toMatchObject({ voice_id: "google:en-US-Studio-A" });
    expect(data.voice_reason).toContain("AITTSM_DEFAULT_VOICE");
  });

  it("is the default voice also when its own language is wished for", async () => {
    await generate({ language: "EN" }, { client: remote(), config });
    expect(submitted().body).toMatchObject({ voice_id: "google:en-US-Studio-A", language: "EN" });
  });

  it.each([
    ["a voice is named", { voice_id: "x:y" }],
    ["another language is wished for", { language: "de" }],
    ["two voices speak", { speaker_type: "multi", voice_speaker_1: "a", voice_speaker_2: "b" }],
  ])("is not the default when %s", async (_, args) => {
    await generate(args, { client: remote(), config });
    expect(submitted().body!.voice_id).toBe((args as Data).voice_id);
  });
});

describe("save_to of generate_speech", () => {
  it("writes the file and answers with its path", async () => {
    const { data, text } = await generate({ save_to: "hello" });
    expect(data.file_path).toBe(path.join(outputDir, "hello.mp3"));
    expect(new Uint8Array(readFileSync(data.file_path as string))).toEqual(AUDIO);
    expect(text).toContain(`File: ${data.file_path}`);
  });

  it.each([
    ["../x.mp3", "OUTPUT_PATH_REFUSED"],
    ["/etc/x.mp3", "OUTPUT_PATH_REFUSED"],
    ["x.txt", "OUTPUT_PATH_REFUSED"],
    ["there.mp3", "FILE_EXISTS"],
  ])("%s is refused before anything is submitted", async (save_to, code) => {
    mkdirSync(outputDir);
    writeFileSync(path.join(outputDir, "there.mp3"), "");
    await expect(generate({ save_to })).rejects.toMatchObject({ code });
    expect(service.seen).toHaveLength(0);
  });

  it("whose extension contradicts output_format is refused before anything is submitted", async () => {
    await expect(generate({ save_to: "a.mp3", output_format: "wav" })).rejects.toMatchObject({
      code: "OUTPUT_PATH_REFUSED",
    });
    expect(service.seen).toHaveLength(0);
  });

  it("is refused for callers that are not on this machine, who get no path either", async () => {
    const far = { config: { outputDir: undefined } };
    await expect(generate({ save_to: "a.mp3" }, far)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    service.outcome = { file_path: "/data/audio/1.mp3" };
    expect((await generate({}, far)).data).not.toHaveProperty("file_path");
    expect((await generate({})).data).toMatchObject({ file_path: "/data/audio/1.mp3" });
  });

  it("gives no path of another machine", async () => {
    service.outcome = { file_path: "/srv/audio/1.mp3" };
    expect((await generate({}, { client: remote() })).data).not.toHaveProperty("file_path");
  });

  it("says how to save when the job is not done in time", async () => {
    service.looksNeeded = 1e9;
    const { data } = await generate({ save_to: "a.mp3", wait_seconds: 0 });
    expect(data.warnings).toEqual([expect.stringContaining('get_audio_link with job_id "job-1" and save_to "a.mp3"')]);
    expect(existsSync(path.join(outputDir, "a.mp3"))).toBe(false);
  });

  it("that fails at the end keeps the job, leaves no file and says what to do", async () => {
    service.audio = AUDIO.subarray(0, 10);
    service.outcome = { bytes: 3_000 };
    service.scripted.push(
      () => undefined,
      () => undefined,
      () => new Response(AUDIO.subarray(0, 10), { headers: { "Content-Type": "audio/mpeg" } }),
    );
    const { data } = await generate({ save_to: "a.mp3" });
    expect(data).toMatchObject({ job_id: "job-1", status: "completed" });
    expect(data).not.toHaveProperty("file_path");
    expect(data.warnings).toEqual([
      expect.stringMatching(/not saved: NETWORK_ERROR: .*get_audio_link with job_id "job-1"/),
    ]);
    expect(readdirSync(outputDir)).toEqual([]);
  });
});

describe("include of generate_speech", () => {
  it("gives audio that is small enough", async () => {
    const { attachments } = await generate({ include: ["audio"] });
    expect(attachments).toEqual([{ type: "audio", mimeType: "audio/mpeg", data: Buffer.from(AUDIO) }]);
  });

  it.each([
    ["the job says its size", { bytes: 500_001 }],
    ["nobody says its size", { bytes: undefined }],
  ])("gives a warning instead of large audio when %s", async (_, outcome) => {
    service.audio = new Uint8Array(500_001);
    service.outcome = outcome;
    const { attachments, data } = await generate({ include: ["audio"] });
    expect(attachments).toEqual([]);
    expect(data.warnings).toEqual([expect.stringContaining("500000 bytes")]);
  });
});

describe("webhook_url of generate_speech", () => {
  const config = { webhookHosts: ["Hooks.example.com"] };

  it("goes to the service when its host is listed", async () => {
    await generate({ webhook_url: "https://hooks.example.com/x" }, { config });
    expect(submitted().body).toMatchObject({ webhook_url: "https://hooks.example.com/x" });
  });

  it.each([
    "https://evil.example/x",
    "https://hooks.example.com.evil.example/",
    "https://hooks.example.com@evil.example/",
    "nonsense",
  ])("%s is refused, naming the setting", async (webhook_url) => {
    const refused = { code: "INVALID_INPUT", hint: expect.stringContaining("AITTSM_WEBHOOK_HOSTS") };
    await expect(generate({ webhook_url }, { config })).rejects.toMatchObject(refused);
    expect(service.seen).toHaveLength(0);
  });
});
