import { beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { tools } from "../../../tools/index.ts";
import { CAPABILITIES, FakeService, type Seen, VOICE } from "../client/fake-service.ts";
import { CLIENTS, optionsFor, textOf } from "./connect.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});

describe.each(CLIENTS)("the MCP server under %s", (_, connect) => {
  it("lists the tools it was given, without reaching for the service", async () => {
    const unreachable = { ...optionsFor(service), connect: () => Promise.reject(new Error("not now")) };
    const listed = (await (await connect(unreachable)).listTools()).tools;
    expect(listed.map((tool) => tool.name)).toEqual(tools.map((tool) => tool.name));
  });

  it("answers every tool with content that its output schema allows", async () => {
    const client = await connect(optionsFor(service));
    // v1 clients check answers only of tools they have listed.
    await client.listTools();
    const speech = await client.call("generate_speech", { text: "Hello", save_to: undefined });
    expect(speech.structuredContent).toMatchObject({ job_id: "job-1", status: "completed", duration_seconds: 1.25 });
    expect((await client.call("get_job_status", { job_id: "job-1" })).structuredContent).toMatchObject({
      status: "completed",
    });
    expect((await client.call("get_audio_link", { job_id: "job-1" })).structuredContent).toMatchObject({ bytes: 3000 });
    expect((await client.call("search_voices", {})).structuredContent).toMatchObject({ total: 1 });
    const stream = await client.call("generate_speech", { text: "Hello", delivery_mode: "stream" });
    expect(stream.structuredContent).toMatchObject({ stream_url: expect.any(String), transport_format: "ogg_opus" });
  });

  it("answers in one text block that never repeats the text", async () => {
    const client = await connect(optionsFor(service));
    const result = await client.call("generate_speech", { text: "Xylophone" });
    expect(result.content).toEqual([{ type: "text", text: expect.stringContaining("job-1") }]);
    expect(JSON.stringify(result)).not.toContain("Xylophone");
  });

  it("refuses bad arguments with our code, the nearest name and no structuredContent", async () => {
    const client = await connect(optionsFor(service));
    const result = await client.call("generate_speech", { txt: "hi", speed: 9 });
    expect(result.isError).toBe(true);
    expect(result.structuredContent).toBeUndefined();
    const [line, json] = textOf(result).split("\n");
    expect(line).toMatch(/^INVALID_INPUT: .*did you mean text\?.*speed.* Hint: /);
    expect(JSON.parse(json!)).toEqual({ code: "INVALID_INPUT", retryable: false, request_id: expect.any(String) });
  });

  it("takes null for absent and numbers as text", async () => {
    const client = await connect(optionsFor(service));
    const args = { text: "hi", voice_id: null, speed: "1.5", wait_seconds: "10" };
    const result = await client.call("generate_speech", args);
    expect(result.isError).toBeFalsy();
    expect(service.seen[0]!.body).toMatchObject({ speed: 1.5 });
    expect(service.seen[0]!.body).not.toHaveProperty("voice_id");
  });

  it("tells the model when it may come again", async () => {
    service.scripted.push(() =>
      Response.json(
        {
          success: false,
          error: { code: "RATE_LIMITED", message: "Slow down.", retry_after_ms: 60_000, request_id: "r" },
        },
        { status: 429 },
      ),
    );
    const client = await connect(optionsFor(service));
    const result = await client.call("search_voices", {});
    const facts = { code: "RATE_LIMITED", retryable: true, retry_after_ms: 60_000, request_id: "r" };
    expect(JSON.parse(textOf(result).split("\n")[1]!)).toEqual(facts);
  });

  it("hides what an unexpected error says, and reports it", async () => {
    const reported: unknown[] = [];
    const options = {
      ...optionsFor(service),
      connect: () => Promise.reject(new Error("/home/me/secret")),
      report: (error: unknown, facts: object) => reported.push(error, facts),
    };
    const result = await (await connect(options)).call("search_voices", {});
    expect(textOf(result)).toMatch(/^INTERNAL: /);
    expect(textOf(result)).not.toContain("secret");
    const { request_id } = JSON.parse(textOf(result).split("\n")[1]!);
    expect(reported).toEqual([expect.any(Error), { request_id, tool: "search_voices" }]);
  });

  it("with a bad setting answers each call with it", async () => {
    const bad = new AppError("CONFIG_INVALID", 'AITTSM_BACKEND is "x".', { hint: "remove it" });
    const client = await connect({ ...optionsFor(service), connect: () => Promise.reject(bad) });
    for (const name of ["search_voices", "search_voices"]) {
      expect(textOf(await client.call(name, {}))).toMatch(/^CONFIG_INVALID: .* Hint: remove it\./);
    }
  });

  it("names the nearest tool to an unknown one, as a protocol error", async () => {
    const client = await connect(optionsFor(service));
    const call = client.call("generate_speach", {});
    await expect(call).rejects.toMatchObject({ code: -32602, message: expect.stringContaining("generate_speech") });
  });

  it("reports progress only to who asked for it", async () => {
    service.looksNeeded = 3;
    const client = await connect(optionsFor(service));
    const seen: unknown[] = [];
    const onprogress = (progress: unknown) => seen.push(progress);
    await client.call("generate_speech", { text: "hi" }, { onprogress });
    const asked = seen.length;
    expect(seen[0]).toMatchObject({ progress: 1, total: 10 });
    await client.call("get_job_status", { job_id: "job-1" });
    expect(seen).toHaveLength(asked);
  });

  it("gives media blocks only when they are asked for", async () => {
    const client = await connect(optionsFor(service));
    const args = { text: "hi", include: ["audio", "resource_link"] };
    const { content } = (await client.call("generate_speech", args)) as { content: object[] };
    expect(content).toMatchObject([
      { type: "text" },
      { type: "resource_link", uri: "aittsm://jobs/job-1/audio", mimeType: "audio/mpeg", size: 3000 },
      { type: "audio", mimeType: "audio/mpeg" },
    ]);
    expect(Buffer.from((content[2] as { data: string }).data, "base64")).toEqual(Buffer.from(service.audio));
  });

  it("reads audio and voices as resources", async () => {
    service.jobs.set("a:b", { job_id: "a:b" });
    const client = await connect(optionsFor(service));
    const audio = await client.readResource({ uri: "aittsm://jobs/a%3Ab/audio" });
    expect(audio.contents).toMatchObject([
      { mimeType: "audio/mpeg", blob: Buffer.from(service.audio).toString("base64") },
    ]);
    for (const id of [VOICE.voice_id, encodeURIComponent(VOICE.voice_id)]) {
      const voice = await client.readResource({ uri: `aittsm://voices/${id}` });
      expect(JSON.parse((voice.contents[0] as { text: string }).text)).toMatchObject({ capabilities: CAPABILITIES });
    }
  });

  it.each([["aittsm://jobs/x"], ["aittsm://jobs/%E0%A4%A/audio"], ["file:///etc/passwd"], ["aittsm://voices/nobody"]])(
    "has no resource %s",
    async (uri) => {
      const client = await connect(optionsFor(service));
      await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602 });
    },
  );

  it("refuses a resource that is too large for one message, naming the tool", async () => {
    service.jobs.set("a", { job_id: "a" });
    service.outcome = { bytes: 9 * 1024 * 1024 };
    const client = await connect(optionsFor(service));
    const reading = client.readResource({ uri: "aittsm://jobs/a/audio" });
    await expect(reading).rejects.toThrow(/PAYLOAD_TOO_LARGE: .*get_audio_link/);
  });

  it("lists and completes the jobs of this session", async () => {
    const client = await connect(optionsFor(service));
    expect((await client.listResources()).resources).toEqual([]);
    await client.call("generate_speech", { text: "hi" });
    expect((await client.listResources()).resources).toMatchObject([{ uri: "aittsm://jobs/job-1/audio" }]);
    const ref = { type: "ref/resource", uri: "aittsm://jobs/{job_id}/audio" } as const;
    const { completion } = await client.complete({ ref, argument: { name: "job_id", value: "JOB" } });
    expect(completion.values).toEqual(["job-1"]);
  });

  it("completes voice ids by any part, beginnings first", async () => {
    service.voices = ["a:en-US-F-Eno", "b:de-DE-F-A", "en:fr-FR-F-B"].map((voice_id) => ({ ...VOICE, voice_id }));
    const client = await connect(optionsFor(service));
    const ref = { type: "ref/resource", uri: "aittsm://voices/{voice_id}" } as const;
    const { completion } = await client.complete({ ref, argument: { name: "voice_id", value: "en" } });
    expect(completion).toMatchObject({ values: ["en:fr-FR-F-B", "a:en-US-F-Eno"], total: 2, hasMore: false });
  });

  it("stops waiting when the client cancels, and the job goes on", async () => {
    const controller = new AbortController();
    const waiting = new Promise<AbortSignal>((resolve) => {
      const held = (seen: Seen) => {
        resolve(seen.signal);
        return new Promise<Response>(() => {});
      };
      service.scripted.push(() => undefined, held);
    });
    const client = await connect(optionsFor(service));
    const call = client.call("generate_speech", { text: "hi" }, { signal: controller.signal });
    const refused = expect(call).rejects.toThrow();
    const signal = await waiting;
    const left = new Promise((resolve) => signal.addEventListener("abort", resolve));
    controller.abort();
    await left;
    await refused;
    expect(service.jobs.has("job-1")).toBe(true);
  });
});
