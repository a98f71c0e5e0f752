import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jsonOf } from "../support/backends.ts";
import { temporaryFolder } from "../support/folders.ts";
import { codeOf, eventually, type Home, longText, newHome, startProgram } from "../support/program.ts";
import { audioFiles, jobRows } from "../support/rows.ts";
import { runProgram, type ServeProgram, startServeProgram } from "../support/serve-program.ts";

const root = temporaryFolder();

const aittsm = async (home: Home, ...args: string[]): Promise<string> => (await runProgram(home, args)).stdout;

const newKey = async (home: Home, ...args: string[]) =>
  JSON.parse(await aittsm(home, "keys", "create", "--name", "test", "--scopes", "all", ...args, "--json"));

const api = (server: ServeProgram, key: string, path: string, init: RequestInit = {}) =>
  fetch(`${server.url}/api/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...init.headers },
  });

describe("aittsm serve", { timeout: 120_000 }, () => {
  it("says where it listens and how to make the first key, and takes that key at once", async () => {
    const home = newHome(root);
    const server = await startServeProgram(home);
    await eventually("the second line", () => server.lines()[1]?.includes("aittsm keys create"));
    const made = JSON.parse(await aittsm(home, "keys", "create", "--name", "first", "--json"));
    expect(made).toEqual({
      key: expect.stringMatching(/^tts_[\w-]{43}$/),
      key_id: expect.any(String),
      scopes: ["tts:generate", "tts:status", "usage:read", "voices:list"],
    });
    expect((await api(server, made.key, "/voices")).status).toBe(200);
    expect((await api(server, made.key, "/jobs")).status).toBe(403);
    expect(await aittsm(home, "keys", "list")).toContain(`${made.key_id}  first  local  active`);
    const week = await newKey(home, "--account", "guests", "--expires-in-days", "7");
    const listed = JSON.parse(await aittsm(home, "keys", "list", "--json"));
    const guest = listed.find(({ key_id }: { key_id: string }) => key_id === week.key_id);
    expect(guest).toMatchObject({ account: "guests", scopes: week.scopes, state: "active" });
    expect(Date.parse(guest.expires_at) - Date.parse(guest.created_at)).toBe(7 * 24 * 3_600_000);
    expect(JSON.stringify(listed)).not.toContain(week.key.slice(4));
    await aittsm(home, "keys", "revoke", made.key_id);
    expect((await api(server, made.key, "/voices")).status).toBe(401);
    expect(server.lines()).toHaveLength(2);
  });

  it("is all that the stdio server in remote mode needs", async () => {
    const home = newHome(root);
    const server = await startServeProgram(home);
    const { key } = await newKey(home, "--account", "remote");
    const mine = newHome(root);
    const env = { AITTSM_API_KEY: key, AITTSM_BASE_URL: server.url };
    const program = await startProgram(mine, { env });
    const job = await program.ok("generate_speech", { text: "Over the wire.", title: "Wire", save_to: "wire.mp3" });
    expect(job).toMatchObject({ status: "completed", file_path: expect.stringContaining("wire.mp3") });
    expect((await program.ok("list_jobs", { query: "wire" })).total).toBe(1);
    const share = await program.ok("create_share", { job_ids: [job.job_id] });
    expect((await fetch(share.share_url)).status).toBe(200);
    const qr = await program.ok("get_qr_code", { share_id: share.share_id, save_to: "qr.svg", format: "svg" });
    expect(qr.url).toBe(share.share_url);
    const limited = JSON.parse(await aittsm(home, "keys", "create", "--name", "small", "--json"));
    const small = await startProgram(newHome(root), { env: { ...env, AITTSM_API_KEY: limited.key } });
    expect(codeOf(await small.call("list_jobs"))).toBe("INSUFFICIENT_SCOPE");
    expect(codeOf(await small.call("get_audio_link", { job_id: job.job_id }))).toBe("NOT_FOUND");
  });

  it("ends at SIGTERM with what is running handed to the next server, which finishes it once", async () => {
    const home = newHome(root);
    const { key } = await newKey(home);
    const first = await startServeProgram(home);
    const body = JSON.stringify({ text: longText(10_000), output_format: "wav" });
    const submitted = await jsonOf(await api(first, key, "/tts", { method: "POST", body }));
    const { job_id } = submitted.data;
    await eventually("the job's beginning", async () => (await jobRows(home))[0]!.status === "processing");
    const ended = once(first.child, "exit");
    const asked = performance.now();
    first.child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - asked).toBeLessThan(15_000);
    await expect(fetch(`${first.url}/healthz`)).rejects.toThrow();

    const second = await startServeProgram(home);
    const job = await eventually("the job's end", async () => {
      const { data } = await jsonOf(await api(second, key, `/tts/${job_id}?wait_seconds=20`));
      return data.status === "completed" && data;
    });
    expect((await (await fetch(job.audio_url)).arrayBuffer()).byteLength).toBe(job.bytes);
    expect(await jobRows(home)).toHaveLength(1);
    expect(audioFiles(home)).toHaveLength(1);
  });

  it("logs requests by id and route, and neither texts nor keys nor tokens", async () => {
    const home = newHome(root);
    const server = await startServeProgram(home, { AITTSM_LOG_LEVEL: "trace" });
    const { key } = await newKey(home);
    const body = JSON.stringify({ text: "The canary sings.", title: "canary title", output_format: "wav" });
    const headers = { "x-request-id": "my-request-7" };
    const { data } = await jsonOf(await api(server, key, "/tts", { method: "POST", body, headers }));
    const done = await jsonOf(await api(server, key, `/tts/${data.job_id}?wait_seconds=20`));
    await (await fetch(done.data.audio_url)).arrayBuffer();
    const share = await jsonOf(
      await api(server, key, "/shares", { method: "POST", body: JSON.stringify({ job_ids: [data.job_id] }) }),
    );
    await (await fetch(share.data.share_url)).text();
    await api(server, key, "/tts", { method: "POST", body: JSON.stringify({ text: "canary", speed: 99 }) });
    // What is refused is not quoted either, whatever it came by.
    const wrong = { authorization: "Bearer tts_canary" };
    await api(server, key, "/tts", { method: "POST", body: '{"text": canary' });
    await api(server, key, "/tts", { method: "POST", body: '{"text": "canary"}', headers: wrong });
    await api(server, key, "/tts", {
      method: "POST",
      body: '{"text": "canary"}',
      headers: { "idempotency-key": "canary" },
    });
    await api(server, key, "/canary?canary=canary");
    const accept = { accept: "application/json, text/event-stream" };
    const tool = { name: "generate_speech", arguments: { text: "canary", title: "canary", canary: "canary" } };
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: tool };
    for (const message of [call, { ...call, method: "canary" }, { canary: "canary" }]) {
      await api(server, key, "/mcp", { method: "POST", body: JSON.stringify(message), headers: accept });
    }
    const openai = { model: "canary", input: "canary", voice: "canary" };
    await fetch(`${server.url}/v1/audio/speech`, { method: "POST", body: JSON.stringify(openai) });
    await (
      await fetch(new URL("/s/canary", server.url), { method: "POST", body: new URLSearchParams({ code: "canary" }) })
    ).text();
    await eventually("the log", () => server.log().includes('"method":"POST","route":"/s/:token"'));
    expect(server.log()).toContain('"requestId":"my-request-7","method":"POST","route":"/api/v1/tts","status":202');
    const token = new URL(share.data.share_url).pathname.split("/")[2]!;
    const signature = new URL(done.data.audio_url).searchParams.get("signature")!;
    for (const secret of ["canary", key.slice(4), token, signature]) expect(server.log()).not.toContain(secret);
  });

  it("does not start with an address that is taken, a bad setting or a folder that can't be written", async () => {
    const home = newHome(root);
    const { url } = await startServeProgram(home);
    const fails = async (env: Record<string, string>, ...args: string[]) => {
      const { code, stderr } = await runProgram(home, ["serve", ...args], env);
      return `${code} ${stderr}`;
    };
    expect(await fails({}, "--port", new URL(url).port)).toMatch(/^1 CONFIG_INVALID: .*EADDRINUSE.*Hint: .*--port/);
    expect(await fails({}, "--port", "70000")).toMatch(/^1 CONFIG_INVALID: AITTSM_PORT/);
    expect(await fails({ AITTSM_TRUSTED_PROXIES: "my-proxy" })).toMatch(/^1 CONFIG_INVALID: AITTSM_TRUSTED_PROXIES/);
    if (process.getuid?.() === 0) return; // root writes everywhere
    const locked = `${home.dataDir}-locked`;
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    expect(await fails({ AITTSM_DATA_DIR: locked }, "--port", "0")).toMatch(/^1 CONFIG_INVALID: .*AITTSM_DATA_DIR/s);
  });
});
