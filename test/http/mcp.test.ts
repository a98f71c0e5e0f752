import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createRuntime } from "mcporter";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { contract } from "../../src/contract/index.ts";
import { SCOPES } from "../../src/contract/scopes.ts";
import { tools } from "../../tools/index.ts";
import { jsonOf } from "../support/backends.ts";
import { temporaryFolder } from "../support/folders.ts";
import { README, SNAPSHOT } from "../support/generated.ts";
import { HTTP_CLIENTS, type HttpClient } from "../support/http-clients.ts";
import { SPAWNED_CLIENTS } from "../support/mcp-clients.ts";
import { codeOf, longText, newHome, type ToolAnswer, textOf } from "../support/program.ts";
import { sampleArguments } from "../support/sample-calls.ts";
import { startServer, type TestServer } from "../support/serve.ts";

let server: TestServer;
let key: string;
beforeAll(async () => {
  server = await startServer();
  ({ key } = await server.key());
});

const jobCount = async (of: TestServer = server) =>
  Number(
    (
      await of.store
        .selectFrom("jobs")
        .select(({ fn }) => fn.countAll().as("n"))
        .executeTakeFirstOrThrow()
    ).n,
  );

/** A finished job of the account that `key` opens, made over REST. */
async function madeJob(text = "Made over REST."): Promise<string> {
  const client = server.client(key);
  const { answer } = await client.submit({ text, output_format: "mp3" });
  return (await client.wait(answer.job_id, { seconds: 30 })).job.job_id;
}

describe.each(HTTP_CLIENTS)("MCP over HTTP with a %s", (name, connect, protocol) => {
  let client: HttpClient;
  beforeAll(async () => {
    client = await connect(server.url, key);
  });

  it("lists what the server on stdio lists", async () => {
    const [, , spawn] = SPAWNED_CLIENTS.find(([other]) => other === name)!;
    const stdio = await spawn(newHome(temporaryFolder()));
    const listed = await client.listTools();
    expect(listed.tools).toEqual((await stdio.listTools()).tools);
    expect(listed.tools).toEqual(JSON.parse(readFileSync(SNAPSHOT, "utf8")));
    expect((await client.listPrompts()).prompts).toEqual((await stdio.listPrompts()).prompts);
    expect((await client.listResourceTemplates()).resourceTemplates).toEqual(
      (await stdio.listResourceTemplates()).resourceTemplates,
    );
    await stdio.end();
  });

  it("speaks, and answers with a URL that plays without a key, and no path of the server's machine", async () => {
    const answer = await client.call("generate_speech", { text: "Over the wire.", title: "Wire" });
    const job = answer.structuredContent;
    expect(job).toMatchObject({ status: "completed", content_type: "audio/mpeg", audio_url: expect.any(String) });
    expect(job.audio_url.startsWith(`${server.url}/audio/`)).toBe(true);
    const audio = await fetch(job.audio_url);
    expect([audio.status, audio.headers.get("content-type")]).toEqual([200, "audio/mpeg"]);
    expect((await audio.arrayBuffer()).byteLength).toBe(job.bytes);
    for (const tool of ["generate_speech", "get_job_status", "get_audio_link"] as const) {
      const again =
        tool === "generate_speech"
          ? answer
          : await client.call(tool, { job_id: job.job_id, ...(tool === "get_job_status" && { wait_seconds: 1 }) });
      expect(again.isError).toBeFalsy();
      expect(again.structuredContent).not.toHaveProperty("file_path");
      expect(JSON.stringify(again)).not.toContain(server.dataDir);
    }
  });

  it("sends the audio along when asked, without a detour over the network", async () => {
    const answer = await client.call("generate_speech", { text: "Inline.", include: ["audio", "resource_link"] });
    const [, link, audio] = answer.content;
    expect(Buffer.from(audio.data, "base64").byteLength).toBe(answer.structuredContent.bytes);
    const { contents } = await client.readResource({ uri: link.uri });
    expect(contents).toMatchObject([{ mimeType: "audio/mpeg", blob: audio.data }]);
  });

  it("refuses save_to by name, before anything is made", async () => {
    const job_id = await madeJob();
    const { data: share } = await server.client(key).call(contract.createShare, { job_ids: [job_id], access: "code" });
    const { share_id } = share;
    const before = await jobCount();
    const takers = tools.filter((tool) => "save_to" in tool.input.shape).map((tool) => tool.name);
    const calls: Record<string, Record<string, unknown>> = {
      generate_speech: { text: "Not saved." },
      get_audio_link: { job_id },
      export_access_codes: { share_id, format: "csv" },
      get_qr_code: { share_id },
    };
    expect(Object.keys(calls).sort()).toEqual(takers.sort());
    for (const [tool, args] of Object.entries(calls)) {
      const answer = await client.call(tool, { ...args, save_to: "a.mp3" });
      expect(codeOf(answer)).toBe("INVALID_INPUT");
      expect(textOf(answer)).toMatch(/^INVALID_INPUT: save_to .* Hint: /);
    }
    expect(await jobCount()).toBe(before);
  });

  it("shows all tools to a key with few scopes, and lists the scopes that a tool needs and the key lacks", async () => {
    const small = await connect(server.url, (await server.key({ scopes: ["voices:list"] })).key);
    expect((await small.listTools()).tools).toHaveLength(34);
    const before = await jobCount();
    const speech = await small.call("generate_speech", { text: "No." });
    expect(codeOf(speech)).toBe("INSUFFICIENT_SCOPE");
    expect(textOf(speech)).toMatch(/tts:generate, tts:status.* Hint: add tts:generate, tts:status to the key/);
    expect((await small.call("search_voices")).isError).toBeFalsy();
    const half = await connect(server.url, (await server.key({ scopes: ["tts:generate"] })).key);
    const hint = textOf(await half.call("generate_speech", { text: "No." })).split("Hint: ")[1];
    expect(hint).toMatch(/^add tts:status to the key, /);
    expect(await jobCount()).toBe(before);
  });

  it("tells nothing of another account's jobs", async () => {
    const job_id = await madeJob("Ours only.");
    const stranger = await connect(server.url, (await server.key({ account: "strangers" })).key);
    for (const tool of ["get_job_status", "get_audio_link", "get_job_text", "delete_job_audio"]) {
      const answer = await stranger.call(tool, { job_id });
      expect(codeOf(answer)).toBe("NOT_FOUND");
      expect(JSON.stringify(answer)).not.toContain("Ours");
    }
    await expect(stranger.readResource({ uri: `aittsm://jobs/${job_id}/audio` })).rejects.toThrow("NOT_FOUND");
    expect((await stranger.call("list_jobs")).structuredContent).toMatchObject({ total: 0 });
    expect(codeOf(await client.call("get_job_text", { job_id }))).toBeUndefined();
  });

  it("gives a repeat with the same idempotency_key the first job", async () => {
    const args = { text: "Only once.", idempotency_key: `once with a ${name}` };
    const first = await client.call("generate_speech", args);
    const second = await (await connect(server.url, key)).call("generate_speech", args);
    expect(second.structuredContent).toMatchObject({
      job_id: first.structuredContent.job_id,
      idempotent_replay: true,
    });
  });

  it("names the nearest tool to an unknown one, as a protocol error", async () => {
    await expect(client.call("generate_speach")).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining("generate_speech"),
    });
  });

  it("asks the person where the protocol has a way back to them, else goes on, and hangs nowhere", async () => {
    const elicitation = vi.fn(async () => ({ action: "accept" as const, content: {} }));
    const asking = await connect(server.url, key, { elicitation });
    const job_id = await madeJob("To be deleted.");
    expect((await asking.call("delete_job_audio", { job_id })).structuredContent).toMatchObject({ preview: true });
    const deleted = await asking.call("delete_job_audio", { job_id, confirm: true }, { timeout: 10_000 });
    expect(deleted.structuredContent).toMatchObject({ job_id, deleted: true });
    // Without a session the 2025 era has none: a question would wait for an answer that goes to another server object.
    expect(elicitation).toHaveBeenCalledTimes(protocol === "2026-07-28" ? 1 : 0);
  });

  it("takes 100 calls at once on one key, and gives each its own answer", { timeout: 120_000 }, async () => {
    const { key: busy } = await server.key({ account: `busy with a ${name}` });
    const crowd = await connect(server.url, busy);
    const calls = Array.from({ length: 100 }, (_, i) =>
      i % 2
        ? crowd.call("estimate_cost", { chars: i })
        : crowd.call("generate_speech", { text: `Number ${i}.`, title: `call ${i}`, wait_seconds: 0 }),
    );
    const answers = await Promise.all(calls);
    expect(answers.filter((answer) => answer.isError)).toEqual([]);
    for (const [i, { structuredContent }] of answers.entries()) if (i % 2) expect(structuredContent.chars).toBe(i);
    const ids = answers.flatMap(({ structuredContent }) => structuredContent.job_id ?? []);
    expect(new Set(ids).size).toBe(50);
    const listed = (await crowd.call("list_jobs", { limit: 100 })).structuredContent;
    expect(new Set(listed.jobs.map((job: { job_id: string }) => job.job_id))).toEqual(new Set(ids));
  });

  it("counts one request for each POST, and not again what the tool asks of the service", async () => {
    const left: number[] = [];
    const counting: typeof fetch = async (...args) => {
      const response = await fetch(...args);
      if (response.headers.has("x-ratelimit-remaining"))
        left.push(Number(response.headers.get("x-ratelimit-remaining")));
      return response;
    };
    const { key: counted } = await server.key();
    const counter = await connect(server.url, counted, { fetch: counting });
    await counter.call("generate_speech", { text: "Counted.", include: ["audio"] });
    expect(left.length).toBeGreaterThan(0);
    expect(left).toEqual(left.map((_, i) => 1_199 - i));
  });

  it("refuses a key that is unknown, or revoked meanwhile", async () => {
    await expect(connect(server.url, "tts_unknown")).rejects.toThrow(/401|nauthorized|INVALID_API_KEY/);
    const { key: soon, keyId } = await server.key();
    const revoked = await connect(server.url, soon);
    expect((await revoked.call("search_voices")).isError).toBeFalsy();
    await server.keys.revoke(keyId);
    await expect(revoked.call("search_voices")).rejects.toThrow(/401|nauthorized|INVALID_API_KEY/);
  });
});

describe("progress", () => {
  it.each(HTTP_CLIENTS)("reaches a %s while it waits", async (_, connect) => {
    const slow = await startServer();
    const client = await connect(slow.url, (await slow.key()).key);
    const seen: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => void seen.push(progress);
    const args = { text: longText(400_000), output_format: "wav", wait_seconds: 4 };
    const answer = await client.call("generate_speech", args, { onprogress });
    expect(answer.structuredContent).toMatchObject({ status: "processing" });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    await slow.close();
  });
});

describe("scopes over HTTP", () => {
  it("of every tool are all named when a key lacks them", async () => {
    for (const tool of tools) {
      const scopes = SCOPES.filter((scope) => !tool.scopes.includes(scope));
      const lacking = await HTTP_CLIENTS[0]![1](server.url, (await server.key({ scopes })).key);
      const { inputSchema } = (await lacking.listTools()).tools.find(({ name }) => name === tool.name)!;
      const answer = await lacking.call(tool.name, sampleArguments({ ...tool, inputSchema } as never));
      expect([tool.name, codeOf(answer)]).toEqual([tool.name, "INSUFFICIENT_SCOPE"]);
      expect(textOf(answer)).toContain(`add ${tool.scopes.join(", ")} to the key`);
    }
  });
});

describe("every scope of a tool", () => {
  const lacking = tools.flatMap((tool) => tool.scopes.map((scope) => [scope, tool.name, tool] as const));

  it.each(lacking)("%s is needed for %s", async (scope, _, tool) => {
    const client = await HTTP_CLIENTS[0]![1](
      server.url,
      (await server.key({ scopes: SCOPES.filter((one) => one !== scope) })).key,
    );
    const { inputSchema } = (await client.listTools()).tools.find(({ name }) => name === tool.name)!;
    const answer = await client.call(tool.name, sampleArguments({ ...tool, inputSchema } as never));
    expect(codeOf(answer)).toBe("INSUFFICIENT_SCOPE");
    expect(textOf(answer)).toContain(`add ${scope} to the key`);
  });
});

describe("a public address with a path", () => {
  it("is in the URLs, and the tools still find the audio inside", async () => {
    const behind = await startServer({ AITTSM_PUBLIC_URL: "https://example.com/speech" });
    const client = await HTTP_CLIENTS[0]![1](behind.url, (await behind.key()).key);
    const answer = await client.call("generate_speech", { text: "Behind a proxy.", include: ["audio"] });
    expect(answer.structuredContent.audio_url).toMatch(/^https:\/\/example\.com\/speech\/audio\//);
    expect(answer.content[1]).toMatchObject({ type: "audio" });
    expect(answer.structuredContent.warnings).toBeUndefined();
    await behind.close();
  });
});

describe("AITTSM_TOOLSETS and AITTSM_WEBHOOK_HOSTS", () => {
  it("hold over HTTP as they do over stdio", async () => {
    const small = await startServer({ AITTSM_TOOLSETS: "generation", AITTSM_WEBHOOK_HOSTS: "hooks.example.com" });
    const client = await HTTP_CLIENTS[0]![1](small.url, (await small.key()).key);
    expect((await client.listTools()).tools).toHaveLength(4);
    const foreign = await client.call("generate_speech", { text: "Hi.", webhook_url: "https://evil.example/" });
    expect(textOf(foreign)).toMatch(/^INVALID_INPUT: webhook_url .*AITTSM_WEBHOOK_HOSTS/);
    await small.close();
  });
});

describe("the end of the server", () => {
  it.each(HTTP_CLIENTS)("answers a %s that waits, with what is known", async (_, connect) => {
    const ending = await startServer();
    const client = await connect(ending.url, (await ending.key()).key);
    const call = client.call("generate_speech", { text: longText(400_000), output_format: "wav", wait_seconds: 50 });
    await vi.waitFor(async () => expect(await jobCount(ending)).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const asked = performance.now();
    const closed = ending.close();
    const answer = await call;
    expect(answer.structuredContent).toMatchObject({
      status: expect.stringMatching(/pending|processing/),
      next: expect.stringContaining("get_job_status"),
    });
    expect(performance.now() - asked).toBeLessThan(3_000);
    await closed;
  });
});

describe("requests at work", () => {
  it("count until the whole answer is sent", async () => {
    const small = await startServer({ AITTSM_MAX_CONCURRENT_REQUESTS: "1" });
    const { key: one } = await small.key();
    const { answer } = await small.client(one).submit({ text: longText(200_000), output_format: "wav" });
    const leaving = new AbortController();
    const params = { name: "get_job_status", arguments: { job_id: answer.job_id, wait_seconds: 30 } };
    const waiting = await fetch(`${small.url}/api/v1/mcp`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${one}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
      signal: leaving.signal,
    });
    expect(waiting.status).toBe(200);
    const ask = () => fetch(`${small.url}/api/v1/voices`, { headers: { authorization: `Bearer ${one}` } });
    const busy = await ask();
    expect(busy.status).toBe(503);
    expect((await jsonOf(busy)).error.code).toBe("UNAVAILABLE");
    leaving.abort();
    await vi.waitFor(async () => expect((await ask()).status).toBe(200));
    await small.close();
  });
});

describe("the README's settings for a remote URL", () => {
  const blocks = [...readFileSync(README, "utf8").matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json!));
  const remote = blocks.map((block) => block.mcpServers ?? block.servers).filter((servers) => servers?.aittsm?.url);

  it("work in a client that reads such settings, with one's own address and key put in", async () => {
    expect(remote.length).toBeGreaterThanOrEqual(2);
    for (const servers of remote) {
      const settings = JSON.stringify({ mcpServers: servers, imports: [] })
        .replace("https://tts.example.com", server.url)
        .replace("tts_YOUR_KEY", key);
      const folder = temporaryFolder();
      const configPath = path.join(folder, "mcp.json");
      writeFileSync(configPath, settings);
      const runtime = await createRuntime({ configPath, rootDir: folder });
      try {
        expect(await runtime.listTools("aittsm")).toHaveLength(34);
        const result = await runtime.callTool("aittsm", "generate_speech", { args: { text: "Hello from afar." } });
        expect((result as ToolAnswer).structuredContent).toMatchObject({ status: "completed" });
      } finally {
        await runtime.close();
      }
    }
  });
});
