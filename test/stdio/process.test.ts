import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { codeOf, eventually, INITIALIZE, longText, newHome, Program, startProgram } from "../support/program.ts";
import { audioFiles, jobRows } from "../support/rows.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";

const root = temporaryFolder();
const PARSE_ERROR = -32700;

describe("the program on stdin and stdout", { timeout: 120_000 }, () => {
  it("answers what is right between lines of garbage", async () => {
    const program = await startProgram(newHome(root));
    const before = program.postCall("search_voices", { limit: 1 });
    const garbage = ["hello there", "{", '{"jsonrpc":"1.0","id":1}', "[]", "null", "\u0000\u0001", '"\\ud800"'];
    for (const line of garbage) program.write(`${line}\n`);
    program.write(Buffer.from([0xff, 0xfe, 0x80, 0x0a]));
    program.write("\n\r\n   \n");
    const after = program.postCall("generate_speech", { text: "Still here." });
    expect((await program.answerTo(before)).result.structuredContent.voices).toHaveLength(1);
    expect((await program.answerTo(after)).result.structuredContent.status).toBe("completed");
    const refused = program.messages.filter(({ error }) => error);
    expect(refused).toHaveLength(garbage.length + 1);
    expect(refused.filter(({ error }) => error!.code === PARSE_ERROR)).toHaveLength(4);
  });

  it("throws a huge line away and goes on", async () => {
    const program = await startProgram(newHome(root));
    const mib = "x".repeat(2 ** 20);
    for (let i = 0; i < 20; i++) program.write(mib);
    program.write("\n");
    const refusal = await program.next(({ error }) => error !== undefined);
    expect(refusal).toMatchObject({ id: null, error: { code: PARSE_ERROR, message: expect.stringContaining("long") } });
    const tooLong = await program.call("generate_speech", { text: "x".repeat(2_000_000) });
    expect(["TEXT_TOO_LONG", "PAYLOAD_TOO_LARGE"]).toContain(codeOf(tooLong));
    expect(await program.toolNames()).toEqual(TOOL_NAMES);
  });

  it("reads requests whose bytes arrive one by one, and characters that are cut in two", async () => {
    const program = await startProgram(newHome(root));
    const request = { jsonrpc: "2.0", id: "bytes", method: "tools/call" };
    const params = { name: "generate_speech", arguments: { text: "A café, naïve and plain.", wait_seconds: 30 } };
    for (const byte of Buffer.from(`${JSON.stringify({ ...request, params })}\n`)) {
      program.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { result } = await program.next(({ id }) => id === "bytes");
    expect(result.structuredContent).toMatchObject({ status: "completed", chars_charged: 26 });
  });

  it("answers requests that are piped in, and ends by itself", async () => {
    const program = new Program(newHome(root));
    program.post("initialize", INITIALIZE);
    program.send({ method: "notifications/initialized" });
    const list = program.post("tools/list", {});
    const voices = program.postCall("search_voices", { query: "scottish" });
    program.endInput();
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect((await program.answerTo(list)).result.tools).toHaveLength(TOOL_NAMES.length);
    expect((await program.answerTo(voices)).result.structuredContent.voices[0].voice_id).toMatch(/Awb$/);
  });

  it("ends with 0 when stdin closes, and the next process finishes the running job unasked", async () => {
    const home = newHome(root);
    const first = await startProgram(home);
    const { job_id } = await first.ok("generate_speech", { text: longText(4_000), wait_seconds: 0 });
    await eventually("the job's begin", async () => (await jobRows(home))[0]!.status === "processing");
    first.endInput();
    expect(await first.exit).toEqual({ code: 0, signal: null });
    expect((await jobRows(home))[0]!.status).not.toBe("completed");

    // No tool is called: not even a session is opened.
    new Program(home);
    const row = await eventually("the job's end", async () => {
      const [job] = await jobRows(home);
      return job!.status === "completed" && job;
    });
    expect(row.job_id).toBe(job_id);
    const bytes = readFileSync(path.join(home.audioDir, row.blob_name!));
    expect(bytes.length).toBe(row.bytes);
    expect((await decode(bytes, row.content_type)).seconds).toBeCloseTo(row.duration_seconds!, 1);
    expect(audioFiles(home)).toEqual([row.blob_name]);
  });

  it("answers a call that waits with its job when stdin closes", async () => {
    const program = await startProgram(newHome(root));
    // The first call loads what a call needs; the second then waits for its job, and not for the loading.
    await program.ok("generate_speech", { text: "Warm up." });
    const id = program.postCall("generate_speech", { text: longText(100_000), wait_seconds: 55 });
    program.endInput();
    expect((await program.exit).code).toBe(0);
    const { structuredContent } = (await program.answerTo(id)).result;
    expect(structuredContent).toMatchObject({ next: expect.stringContaining(structuredContent.job_id) });
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends with 0 on %s", async (signal) => {
    const program = await startProgram(newHome(root));
    await program.ok("generate_speech", { text: longText(100_000), wait_seconds: 0 });
    process.kill(program.pid, signal);
    expect(await program.exit).toEqual({ code: 0, signal: null });
  });

  it("offers the groups of tools that AITTSM_TOOLSETS names", async () => {
    const one = await startProgram(newHome(root), { env: { AITTSM_TOOLSETS: "account" } });
    expect(await one.toolNames()).toEqual(["get_usage", "estimate_cost"]);
    const some = await startProgram(newHome(root), { env: { AITTSM_TOOLSETS: " Generation , storage" } });
    expect(await some.toolNames()).toEqual([
      ...["search_voices", "generate_speech", "get_job_status", "get_audio_link"],
      ...["get_storage_usage", "bulk_delete_audio"],
    ]);
  });
});
