import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { jsonOf } from "../support/backends.ts";
import { temporaryFolder } from "../support/folders.ts";
import { codeOf, eventually, type Home, newHome, startProgram, textOf } from "../support/program.ts";
import { isSigned, Receiver } from "../support/receiver.ts";
import { inStore } from "../support/rows.ts";
import { runProgram, type ServeProgram, startServeProgram } from "../support/serve-program.ts";

const root = temporaryFolder();
const servers: ServeProgram[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.kill();
});

interface World {
  home: Home;
  receiver: Receiver;
  env: Record<string, string>;
  secret: string;
  key: string;
}

/** A data directory with an account that has a key and a webhook, made by commands. */
async function world(account = "acme"): Promise<World> {
  const home = newHome(root);
  const receiver = await Receiver.start();
  const env = { AITTSM_WEBHOOK_ALLOWED_HOSTS: receiver.host };
  const made = await runProgram(
    home,
    ["keys", "create", "--name", "test", "--account", account, "--scopes", "all"],
    env,
  );
  expect(made.code).toBe(0);
  const set = await runProgram(home, ["webhook", "set", receiver.url, "--account", account], env);
  expect(set.code).toBe(0);
  return { home, receiver, env, secret: set.stdout.trim(), key: made.stdout.trim() };
}

async function serve({ home, env }: World): Promise<ServeProgram> {
  const server = await startServeProgram(home, env);
  servers.push(server);
  return server;
}

/** Submits a job as a script does; gives its id. */
async function submit(server: ServeProgram, key: string, body: object): Promise<string> {
  const response = await fetch(`${server.url}/api/v1/tts`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ output_format: "wav", sample_rate_hertz: 8_000, ...body }),
  });
  expect(response.status).toBe(202);
  return (await jsonOf(response)).data.job_id;
}

const deliveries = (home: Home) =>
  inStore(home, (store) => store.selectFrom("webhook_deliveries").selectAll().orderBy("created_at").execute());

describe("the program's webhooks", { timeout: 180_000 }, () => {
  it("tell of a job that `serve` made, signed with the secret that the command showed", async () => {
    const given = await world();
    const server = await serve(given);
    const jobId = await submit(server, given.key, { text: "Hello.", metadata: { order: "17" } });
    const [hook] = await given.receiver.get(1);
    expect(hook).toMatchObject({
      event: "job.completed",
      body: { event: "job.completed", data: { job_id: jobId, status: "completed", metadata: { order: "17" } } },
    });
    expect(isSigned(hook!, given.secret)).toBe(true);
    expect(hook!.body.data.audio_url.startsWith(`${server.url}/audio/`)).toBe(true);
    const audio = await fetch(hook!.body.data.audio_url);
    expect(
      Buffer.from(await audio.arrayBuffer())
        .subarray(0, 4)
        .toString(),
    ).toBe("RIFF");
    await eventually("the record", async () => (await deliveries(given.home))[0]!.outcome === "delivered");
    // It ends in peace with nothing to send.
    await server.kill("SIGTERM");
    expect(given.receiver.received).toHaveLength(1);
  });

  it("survive a kill in the middle of a delivery: the next process sends it again, under the same id", async () => {
    const given = await world();
    given.receiver.answer = () => {}; // never
    const first = await serve(given);
    await submit(first, given.key, { text: "Hello." });
    await given.receiver.get(1);
    await first.kill();
    expect((await deliveries(given.home))[0]).toMatchObject({ attempt: 1, outcome: null });
    given.receiver.answer = (_, response) => void response.writeHead(200).end();
    await serve(given);
    const [before, after] = await given.receiver.get(2);
    expect(after!.deliveryId).toBe(before!.deliveryId);
    expect(isSigned(after!, given.secret)).toBe(true);
    await eventually("the record", async () => (await deliveries(given.home))[0]!.outcome === "delivered");
  });

  it("lose nothing to kills at any moment: each job is told of, under one id", async () => {
    const given = await world();
    const jobIds: string[] = [];
    for (let kill = 0; kill < 8; kill++) {
      const server = await serve(given);
      for (let i = 0; i < 3; i++) jobIds.push(await submit(server, given.key, { text: `Hello ${kill} ${i}.` }));
      // From before the jobs begin to after the last was told of.
      await sleep(kill * 60);
      await server.kill();
    }
    await serve(given);
    await eventually("every job", () => {
      const told = new Set(given.receiver.received.map(({ body }) => body.data.job_id));
      return jobIds.every((jobId) => told.has(jobId));
    });
    await eventually("the records", async () =>
      (await deliveries(given.home)).every(({ outcome }) => outcome === "delivered"),
    );
    expect(await deliveries(given.home)).toHaveLength(jobIds.length);
    const ids = new Map<string, Set<string | undefined>>();
    for (const { body, deliveryId } of given.receiver.received) {
      const { job_id } = body.data;
      ids.set(job_id, (ids.get(job_id) ?? new Set()).add(deliveryId));
    }
    expect([...ids.keys()].sort()).toEqual([...jobIds].sort());
    for (const of of ids.values()) expect(of.size).toBe(1);
    for (const hook of given.receiver.received) expect(isSigned(hook, given.secret)).toBe(true);
  });

  it("are sent by one of two processes on one data directory, once", async () => {
    const given = await world();
    // Slow, so that the other process looks for due ones meanwhile, more than once.
    given.receiver.answer = (_, response) => void setTimeout(() => response.writeHead(200).end(), 6_000);
    const both = [await serve(given), await serve(given)];
    const JOBS = 8;
    for (let i = 0; i < JOBS; i++) await submit(both[i % 2]!, given.key, { text: `Hello ${i}.` });
    await eventually("the records", async () => {
      const rows = await deliveries(given.home);
      return rows.length === JOBS && rows.every(({ outcome }) => outcome === "delivered");
    });
    expect(given.receiver.received).toHaveLength(JOBS);
    expect(new Set(given.receiver.received.map(({ deliveryId }) => deliveryId)).size).toBe(JOBS);
    expect((await deliveries(given.home)).map(({ attempt }) => attempt)).toEqual(Array(JOBS).fill(1));
  });

  it("are sent by the embedded server, too: to the account's webhook, or to a host that the person listed", async () => {
    const given = await world("local");
    const own = await Receiver.start();
    const env = {
      AITTSM_WEBHOOK_ALLOWED_HOSTS: `${given.receiver.host},${own.host}`,
      AITTSM_WEBHOOK_HOSTS: "127.0.0.1",
    };
    const program = await startProgram(given.home, { env });
    const job = await program.ok("generate_speech", { text: "Hello." });
    const [hook] = await given.receiver.get(1);
    expect(hook!.body.data.job_id).toBe(job.job_id);
    expect(isSigned(hook!, given.secret)).toBe(true);
    expect((await fetch(hook!.body.data.audio_url)).status).toBe(200);

    const other = await program.ok("generate_speech", { text: "Hello.", webhook_url: own.url });
    expect(other.warnings).toBeUndefined();
    expect((await own.get(1))[0]!.body.data.job_id).toBe(other.job_id);
    const refused = await program.call("generate_speech", {
      text: "Hello.",
      webhook_url: "https://other.example.com/",
    });
    expect(codeOf(refused)).toBe("INVALID_INPUT");
    expect(textOf(refused)).toContain("AITTSM_WEBHOOK_HOSTS");

    await runProgram(given.home, ["webhook", "set", given.receiver.url, "--disable"], env);
    const silent = await program.ok("generate_speech", { text: "Hello.", webhook_url: own.url });
    expect(silent.warnings.join(" ")).toContain("no webhook enabled");
    expect(given.receiver.received).toHaveLength(1);
    expect(own.received).toHaveLength(1);
  });
});

describe("aittsm webhook", { timeout: 120_000 }, () => {
  it("sets, shows, tries and removes the webhook of an account; the secret is shown once and alone on stdout", async () => {
    const { home, receiver, env, secret } = await world();
    const run = (...args: string[]) => runProgram(home, ["webhook", ...args, "--account", "acme"], env);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);

    const shown = await run("show");
    expect(shown).toMatchObject({ code: 0, stdout: `${receiver.url}  enabled  has a secret\n` });
    const again = await run("set", receiver.url, "--disable");
    expect(again).toMatchObject({ code: 0, stdout: "" });
    expect(again.stderr).toContain("disabled");
    const anew = await run("set", receiver.url, "--enable", "--regenerate-secret", "--json");
    const { secret: newSecret, ...rest } = JSON.parse(anew.stdout);
    expect(newSecret).toMatch(/^[0-9a-f]{64}$/);
    expect(newSecret).not.toBe(secret);
    const json = await run("show", "--json");
    expect(JSON.parse(json.stdout)).toEqual(rest);
    for (const { stdout, stderr } of [shown, again, json]) expect(stdout + stderr).not.toMatch(/[0-9a-f]{64}/);

    const tested = await run("test", "--json");
    expect(JSON.parse(tested.stdout)).toEqual({ test_id: receiver.received[0]!.deliveryId });
    expect(receiver.received[0]!.event).toBe("test");
    expect(isSigned(receiver.received[0]!, newSecret)).toBe(true);
    receiver.answer = (_, response) => void response.writeHead(404).end();
    const failed = await run("test");
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toMatch(/^WEBHOOK_FAILED: .*answered 404/m);

    expect(await run("remove")).toMatchObject({ code: 0, stdout: "The webhook was removed.\n" });
    expect(await run("remove")).toMatchObject({ code: 0, stdout: "There was no webhook.\n" });
    expect((await run("show")).stderr).toMatch(/^NOT_FOUND/m);
  });

  it("refuses an account that is not there, a URL that is not public, and options that fight", async () => {
    const { home, env } = await world();
    const stranger = await runProgram(home, ["webhook", "show", "--account", "nobody"], env);
    expect(stranger).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_FOUND") });
    const local = await runProgram(home, ["webhook", "set", "http://127.0.0.1:1/"], env);
    expect(local).toMatchObject({ code: 1, stderr: expect.stringContaining("INVALID_INPUT") });
    const both = await runProgram(home, ["webhook", "set", "https://a.example.com", "--enable", "--disable"], env);
    expect(both.code).toBe(2);
  });

  it("is told in help that `all` is without admin, and a key can have it by name", async () => {
    const { home } = await world();
    const help = await runProgram(home, ["keys", "create", "--help"]);
    expect(help.stdout).toMatch(/admin \(webhooks\) is not in\s+all/);
    const scopesOf = async (scopes: string) => {
      const made = await runProgram(home, ["keys", "create", "--name", "k", "--scopes", scopes, "--json"]);
      return JSON.parse(made.stdout).scopes;
    };
    expect(await scopesOf("all")).not.toContain("admin");
    expect(await scopesOf("admin")).toEqual(["admin"]);
    expect(await scopesOf("all,admin")).toEqual([...(await scopesOf("all")), "admin"]);
    expect(await scopesOf("tts:generate,admin")).toEqual(["tts:generate", "admin"]);
    const wrong = await runProgram(home, ["keys", "create", "--name", "k", "--scopes", "admim"]);
    expect(wrong.stderr).toContain("did you mean admin?");
  });
});
