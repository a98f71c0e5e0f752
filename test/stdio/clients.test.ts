import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { decode, loudness } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { SPAWNED_CLIENTS, type SpawnedClient } from "../support/mcp-clients.ts";
import { codeOf, eventually, type Home, longText, newHome, type ToolAnswer, textOf } from "../support/program.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";

const root = temporaryFolder();
/** So much work that no machine ends it during a test: there is always something to report and to cancel. */
const LONG = longText(200_000);

const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const ok = (answer: ToolAnswer) => {
  expect(answer.isError, textOf(answer)).toBeFalsy();
  return answer.structuredContent;
};

describe.each(SPAWNED_CLIENTS)("a %s over stdio", { timeout: 120_000 }, (_name, protocol, connect) => {
  let home: Home;
  let client: SpawnedClient;
  beforeAll(async () => {
    home = newHome(root);
    client = await connect(home);
    // Its end is part of what is tested: it fails if anything but JSON-RPC was on stdout.
    return () => client.end();
  });
  const speak = async (args: Record<string, unknown>) => ok(await client.call("generate_speech", args));
  const finished = (jobId: string) =>
    eventually(`job ${jobId}`, async () => {
      const job = ok(await client.call("get_job_status", { job_id: jobId, wait_seconds: 10 }));
      return job.status === "completed" && job;
    });

  it("agrees on its protocol revision, reads the instructions and lists the tools", async () => {
    expect(client.protocol()).toBe(protocol);
    expect(client.instructions()).toContain("generate_speech");
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(TOOL_NAMES);
    for (const tool of tools) expect(tool.outputSchema?.type).toBe("object");
  });

  it("has prompts that name the tools, and the account's usage and prices", async () => {
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toContain("narrate_document");
    const { messages } = await client.getPrompt({ name: "narrate_document", arguments: { document: "My diary." } });
    expect(messages).toHaveLength(1);
    expect(messages[0]!.content).toMatchObject({
      type: "text",
      text: expect.stringMatching(/diary[\s\S]*generate_speech/),
    });
    expect(ok(await client.call("estimate_cost", { chars: 1_000 }))).toMatchObject({
      chars: 1_000,
      estimated_cost: 0,
      within_limits: true,
      limit: 500_000,
    });
    expect(ok(await client.call("get_usage", { group_by: "day" }))).toMatchObject({ unlimited: true });
  });

  it.each([
    ["wav", "audio/wav", 24_000],
    ["mp3", "audio/mpeg", 22_050],
    ["ogg_opus", "audio/ogg", 48_000],
  ])("speaks %s into a file that decodes, with a URL that plays the same", async (output_format, type, rate) => {
    const job = await speak({ text: "Hello world!", output_format, sample_rate_hertz: rate });
    expect(job).toMatchObject({ status: "completed", content_type: type, chars_charged: 12 });
    expect(path.isAbsolute(job.file_path)).toBe(true);
    const file = readFileSync(job.file_path);
    expect(file.length).toBe(job.bytes);
    const audio = await decode(file, type);
    expect(audio.sampleRateHertz).toBe(rate);
    expect(Math.abs(audio.seconds - job.duration_seconds)).toBeLessThan(0.05);
    expect(job.duration_seconds).toBeGreaterThan(0.4);
    expect(job.duration_seconds).toBeLessThan(3);
    expect(loudness(audio.samples)).toBeGreaterThan(0.01);
    const response = await fetch(job.audio_url);
    expect(response.headers.get("content-type")).toBe(type);
    expect(sha(new Uint8Array(await response.arrayBuffer()))).toBe(sha(file));
  });

  it("finds voices, and can speak with what it found", async () => {
    const found = ok(await client.call("search_voices", { query: "british male" }));
    expect(found.voices[0].voice_id).toBe("flite:en-GB-Clustergen-Awb");
    expect(found.voices[0].capabilities.formats).toContain("mp3");
    const all = ok(await client.call("search_voices", { language: "en", limit: 2 }));
    const rest = ok(await client.call("search_voices", { language: "en", limit: 2, cursor: all.next_cursor }));
    expect(all.total).toBeGreaterThanOrEqual(4);
    const ids = [...all.voices, ...rest.voices].map((voice: { voice_id: string }) => voice.voice_id);
    expect(new Set(ids).size).toBe(4);
    const job = await speak({ text: "Good morning.", voice_id: found.voices[0].voice_id });
    expect(job).toMatchObject({ status: "completed", voice_id: "flite:en-GB-Clustergen-Awb" });
  });

  it("asks for a job's status, and saves its audio under a name in the output folder", async () => {
    const { job_id } = await speak({ text: "Save me, please.", output_format: "ogg_opus" });
    const job = ok(await client.call("get_job_status", { job_id }));
    expect(job).toMatchObject({ job_id, status: "completed", content_type: "audio/ogg" });
    const link = ok(await client.call("get_audio_link", { job_id, save_to: "greetings/first.ogg" }));
    expect(link.file_path).toBe(path.join(home.outputDir, "greetings", "first.ogg"));
    expect(sha(readFileSync(link.file_path))).toBe(sha(readFileSync(job.file_path)));
    const again = await client.call("get_audio_link", { job_id, save_to: "greetings/first.ogg" });
    expect(codeOf(again)).toBe("FILE_EXISTS");
    const outside = await client.call("get_audio_link", { job_id, save_to: "../outside.ogg" });
    expect(codeOf(outside)).toBe("OUTPUT_PATH_REFUSED");
    expect(readdirSync(home.outputDir)).toEqual(["greetings"]);
  });

  it("gets media blocks only when it asks for them", async () => {
    const plain = await client.call("generate_speech", { text: "Hello." });
    expect(plain.content.map(({ type }) => type)).toEqual(["text"]);
    const include = ["audio", "resource_link"];
    const rich = await client.call("generate_speech", { text: "Hello.", output_format: "mp3", include });
    const audio = rich.content.find(({ type }) => type === "audio");
    expect(audio.mimeType).toBe("audio/mpeg");
    const bytes = Buffer.from(audio.data, "base64");
    expect(bytes.length).toBe(ok(rich).bytes);
    expect((await decode(bytes, "audio/mpeg")).seconds).toBeGreaterThan(0.2);
    const link = rich.content.find(({ type }) => type === "resource_link");
    expect(link.uri).toBe(`aittsm://jobs/${ok(rich).job_id}/audio`);
  });

  it("reads voices and audio as resources, and completes their ids", async () => {
    const { resourceTemplates } = await client.listResourceTemplates();
    const templates = resourceTemplates.map(({ uriTemplate }) => uriTemplate);
    expect(templates).toEqual(["aittsm://jobs/{job_id}/audio", "aittsm://voices/{voice_id}"]);
    const voice = await client.readResource({ uri: "aittsm://voices/flite:en-US-Clustergen-Slt" });
    expect(JSON.parse((voice.contents[0] as { text: string }).text)).toMatchObject({ gender: "female" });

    const job = await speak({ text: "I am a resource." });
    const { contents } = await client.readResource({ uri: `aittsm://jobs/${job.job_id}/audio` });
    const { blob, mimeType } = contents[0] as { blob: string; mimeType: string };
    expect(mimeType).toBe("audio/mpeg");
    expect(sha(Buffer.from(blob, "base64"))).toBe(sha(readFileSync(job.file_path)));
    expect((await client.listResources()).resources[0]!.uri).toBe(`aittsm://jobs/${job.job_id}/audio`);

    const complete = async (uri: string, name: string, value: string) =>
      (await client.complete({ ref: { type: "ref/resource", uri }, argument: { name, value } })).completion.values;
    expect(await complete(templates[1]!, "voice_id", "flite:en-GB")).toEqual(["flite:en-GB-Clustergen-Awb"]);
    expect(await complete(templates[0]!, "job_id", job.job_id.slice(0, 8))).toContain(job.job_id);
    await expect(client.readResource({ uri: "aittsm://voices/nobody" })).rejects.toThrow(/VOICE_NOT_FOUND/);
  });

  it("leaves a job going whose call it cancels, and hears of progress only when it gave a token", async () => {
    // A server of its own, which it leaves in the middle of the job.
    const mine = await connect(newHome(root));
    const request = { text: LONG, idempotency_key: randomUUID(), wait_seconds: 55 };
    const cancel = new AbortController();
    const onprogress = () => cancel.abort(new Error("enough"));
    await expect(mine.call("generate_speech", request, { signal: cancel.signal, onprogress })).rejects.toThrow();
    const replay = ok(await mine.call("generate_speech", { ...request, wait_seconds: 0 }));
    expect(replay).toMatchObject({ idempotent_replay: true, status: "processing" });

    const { job_id } = replay;
    const reports: { progress: number; total?: number }[] = [];
    const watch = { onprogress: (report: (typeof reports)[number]) => reports.push(report) };
    // Without a token first: a report of a token that it never gave would be an error, which the client's end tells.
    const before = ok(await mine.call("get_job_status", { job_id, wait_seconds: 1 }));
    const after = await eventually("progress", async () => {
      const job = ok(await mine.call("get_job_status", { job_id, wait_seconds: 2 }, watch));
      return reports.length > 0 && job.progress.done > before.progress.done && job;
    });
    expect(before.status).toBe("processing");
    expect(after.status).toBe("processing");
    expect(reports.map(({ total }) => total)).toEqual(reports.map(() => LONG.length));
    await mine.end();
  });

  it("plays a stream while it is made, and finds the same bytes saved", async () => {
    const text = longText(4_900);
    const answer = await speak({ text, delivery_mode: "stream", output_format: "wav" });
    expect(answer).toMatchObject({ transport_format: "wav", next: expect.stringContaining("get_audio_link") });
    expect(answer.status).not.toBe("completed");
    const response = await fetch(answer.stream_url);
    expect(response.status).toBe(200);
    const streamed = Buffer.from(await response.arrayBuffer());
    const job = await finished(answer.job_id);
    expect(sha(readFileSync(job.file_path))).toBe(sha(streamed));
    expect((await decode(streamed, "audio/wav")).seconds).toBeCloseTo(job.duration_seconds, 1);
    expect((await fetch(answer.stream_url)).status).toBe(410);
  });

  it("gets the first job back for a repeated idempotency_key, also after a restart", async () => {
    const request = { text: "Once and only once.", idempotency_key: `key ${randomUUID()}` };
    const first = await speak(request);
    expect(first.idempotent_replay).toBeUndefined();
    // What is not part of the request may differ.
    const second = await speak({ ...request, wait_seconds: 1 });
    expect(second).toMatchObject({ job_id: first.job_id, idempotent_replay: true, status: "completed" });
    const other = await client.call("generate_speech", { ...request, text: "Another text." });
    expect(codeOf(other)).toBe("IDEMPOTENCY_KEY_REUSED");

    await client.end();
    client = await connect(home);
    const third = await speak(request);
    expect(third).toMatchObject({ job_id: first.job_id, idempotent_replay: true, status: "completed" });
    expect(sha(readFileSync(third.file_path))).toBe(sha(readFileSync(first.file_path)));
  });

  it("is told by name which argument is wrong, and what would be right", async () => {
    const answer = await client.call("generate_speech", { text: "Hi.", voice: 3, speeed: 1 });
    expect(codeOf(answer)).toBe("INVALID_INPUT");
    expect(textOf(answer)).toMatch(/speed/);
    expect(textOf(answer)).toContain("Hint: ");
    const voice = await client.call("generate_speech", { text: "Hi.", voice_id: "flite:en-US-Clustergen-Rsm" });
    expect(codeOf(voice)).toBe("VOICE_NOT_FOUND");
    expect(textOf(voice)).toContain("flite:en-US-Clustergen-Rms");
  });

  it("that can ask its person does so before a delete, and only a yes deletes", async () => {
    const asked: string[] = [];
    const answers = ["No", "Yes"];
    const elicit = (question: string) => {
      asked.push(question);
      return { action: "accept" as const, content: { answer: answers[asked.length - 1]! } };
    };
    const mine = await connect(newHome(root), { elicit });
    const tags = async () => ok(await mine.call("list_tags", {})).tags.map(({ tag }: { tag: string }) => tag);
    ok(await mine.call("create_tag", { tag: "old" }));
    expect(codeOf(await mine.call("delete_tag", { tag: "old", confirm: true }))).toBe("DECLINED");
    expect(await tags()).toEqual(["old"]);
    expect(ok(await mine.call("delete_tag", { tag: "old", confirm: true }))).toMatchObject({ deleted: true });
    expect(await tags()).toEqual([]);
    expect(codeOf(await mine.call("delete_tag", { tag: "old", confirm: true }))).toBe("NOT_FOUND");
    expect(asked).toEqual(Array(2).fill('Tag "old" would be deleted; it was on 0 jobs.\nGo on?'));
    await mine.end();
  });
});
