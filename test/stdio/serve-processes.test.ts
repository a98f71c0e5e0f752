import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openLibsql } from "../../src/store/libsql-connection.ts";
import { jsonOf } from "../support/backends.ts";
import { temporaryFolder } from "../support/folders.ts";
import { eventually, type Home, longText, newHome } from "../support/program.ts";
import { creditsOf, inStore, jobRows, setCredits } from "../support/rows.ts";
import { runProgram, type ServeProgram, startServeProgram } from "../support/serve-program.ts";

const root = temporaryFolder();
const REPEATS = 100;

async function newKey(home: Home): Promise<string> {
  const args = ["keys", "create", "--name", "test", "--scopes", "all", "--json"];
  return JSON.parse((await runProgram(home, args)).stdout).key;
}

const post = (server: ServeProgram, path: string, key: string, body: object, idempotencyKey?: string) =>
  fetch(server.url + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
    },
    body: JSON.stringify(body),
  });

describe("two servers on one data directory", { timeout: 120_000 }, () => {
  it("make one job of a hundred repeats of a key at the same moment, and give all of them the same bytes", async () => {
    const home = newHome(root);
    const key = await newKey(home);
    await setCredits(home, 1_000);
    const servers = await Promise.all([startServeProgram(home), startServeProgram(home)]);
    const answers = await Promise.all(
      Array.from({ length: REPEATS }, (_, i) => post(servers[i % 2]!, "/api/v1/tts", key, { text: "Once." }, "storm")),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(REPEATS).fill(202));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === null)).toHaveLength(1);
    expect(await jobRows(home)).toHaveLength(1);
    expect(await creditsOf(home)).toBe(1_000 - "Once.".length);
    const other = await post(servers[1]!, "/api/v1/tts", key, { text: "Twice." }, "storm");
    expect(other.status).toBe(422);
  });
});

describe("a database that another process holds for long", { timeout: 120_000 }, () => {
  it("is told as busy, with when to try again, and nothing is charged", async () => {
    const home = newHome(root);
    const key = await newKey(home);
    await setCredits(home, 1_000);
    const server = await startServeProgram(home);
    expect((await post(server, "/api/v1/tts", key, { text: "Before." })).status).toBe(202);
    await eventually("the first job's end", async () => (await jobRows(home))[0]!.status === "completed");
    const holder = openLibsql(home.databaseFile, "normal");
    holder.exec("begin immediate");
    const refused = await post(server, "/api/v1/tts", key, { text: "During." }, "during");
    holder.exec("rollback");
    holder.close();
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect((await jsonOf(refused)).error).toMatchObject({ code: "UNAVAILABLE", hint: expect.any(String) });
    expect(await creditsOf(home)).toBe(1_000 - "Before.".length);
    expect((await post(server, "/api/v1/tts", key, { text: "During." }, "during")).status).toBe(202);
  });
});

describe("SIGTERM", { timeout: 120_000 }, () => {
  it("is no reason to leave a long poll unanswered, nor to wait for it", async () => {
    const home = newHome(root);
    const key = await newKey(home);
    const server = await startServeProgram(home);
    const submitted = await post(server, "/api/v1/tts", key, { text: longText(400_000), output_format: "wav" });
    const { job_id } = (await jsonOf(submitted)).data;
    const headers = { authorization: `Bearer ${key}` };
    const polls = [1, 2].map(() => fetch(`${server.url}/api/v1/tts/${job_id}?wait_seconds=55`, { headers }));
    // Too long for a stream, so the answer waits for the whole of it.
    const speech = { model: "tts-1", voice: "nova", input: longText(400_000) };
    const whole = post(server, "/v1/audio/speech", key, speech, "whole");
    await eventually("both jobs", async () => (await jobRows(home)).length === 2);
    await sleep(500);
    const asked = performance.now();
    const ended = once(server.child, "exit");
    server.child.kill("SIGTERM");
    for (const poll of await Promise.all(polls)) {
      expect(poll.status).toBe(200);
      expect((await jsonOf(poll)).data.status).toMatch(/^(pending|processing)$/);
    }
    const refused = await whole;
    expect(refused.status).toBe(503);
    expect((await jsonOf(refused)).error).toMatchObject({ code: "unavailable" });
    expect(await ended).toEqual([0, null]);
    // Far less than the ten seconds after which connections are cut.
    expect(performance.now() - asked).toBeLessThan(8_000);
    const owners = await inStore(home, (store) => store.selectFrom("jobs").select(["status", "owner_id"]).execute());
    expect(owners).toEqual(Array(2).fill({ status: "pending", owner_id: null }));
  });
});
