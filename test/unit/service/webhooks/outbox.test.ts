import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { InProcessQueue } from "../../../../src/queue/in-process.ts";
import { LOCAL_ACCOUNT_ID } from "../../../../src/service/accounts.ts";
import { removeAudio } from "../../../../src/service/audio-removal.ts";
import { completeJob } from "../../../../src/service/job-end.ts";
import { tidy } from "../../../../src/service/tidy.ts";
import { MEMORY_MS } from "../../../../src/service/webhooks/outbox.ts";
import { retryDelayMs } from "../../../../src/service/webhooks/retry.ts";
import { makeProcessId } from "../../../../src/store/process-id.ts";
import { eventually } from "../../../support/eventually.ts";
import { ACCEPTED, outboxWorkbench, REFUSED } from "../../../support/outbox.ts";
import { isSigned } from "../../../support/receiver.ts";

const never = new AbortController().signal;
/** A process of this machine that is gone: no pid is that high (Linux: at most 2^22). */
const gone = makeProcessId().replace(`/${process.pid}/`, "/99999999/");
const alive = makeProcessId();
const HOUR_MS = 60 * 60 * 1000;

afterEach(() => void vi.useRealTimers());

/** Only the clock is the test's: the database and the promises run as ever. */
function fakeClock(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-03-01T12:00:00Z") });
}

describe("the end of a job", () => {
  it("is told of once, with what is published, signed", async () => {
    const bench = await outboxWorkbench();
    const secret = await bench.setWebhook();
    const jobId = await bench.end();
    await bench.store.updateTable("jobs").set({ metadata: '{"order":"17"}' }).execute();
    expect(await bench.sender("a").sendDue()).toBe(1);
    const [{ url, headers, raw, body }] = bench.posted as [(typeof bench.posted)[0]];
    expect(url).toBe("https://hooks.example.com/a");
    const row = await bench.row(jobId);
    expect(body).toEqual({
      event: "job.completed",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: {
        job_id: jobId,
        status: "completed",
        audio_endpoint: `/api/v1/tts/${jobId}/audio`,
        audio_url: expect.stringMatching(new RegExp(`^http://audio\\.test/audio/${jobId}\\.wav\\?`)),
        audio_url_expires_at: expect.stringMatching(/Z$/),
        chars_charged: row.chars_charged,
        metadata: { order: "17" },
      },
    });
    expect(headers).toMatchObject({ "Content-Type": "application/json", "X-TTS-Event": "job.completed" });
    const [delivery] = await bench.deliveries();
    expect(headers["X-TTS-Delivery-ID"]).toBe(delivery!.delivery_id);
    const wire = { signature: headers["X-TTS-Signature"]!, raw: Buffer.from(raw) };
    expect(isSigned(wire as never, secret)).toBe(true);
    expect(isSigned({ ...wire, raw: Buffer.from(`${raw} `) } as never, secret)).toBe(false);
    expect(
      isSigned(
        wire as never,
        secret.replace(/./, (c) => (c === "0" ? "1" : "0")),
      ),
    ).toBe(false);
    expect(delivery).toMatchObject({ outcome: "delivered", attempt: 1, last_status: 200, last_error: null });
    expect(await bench.sender("b").sendDue()).toBe(0);
  });

  it("is told of a failure, too: with the reason, and nothing charged", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    const jobId = await bench.end("failed");
    await bench.sender("a").sendDue();
    expect(bench.posted.map(({ body }) => body)).toEqual([
      {
        event: "job.failed",
        created_at: expect.any(String),
        data: {
          job_id: jobId,
          status: "failed",
          chars_charged: 0,
          metadata: {},
          error: { code: "GENERATION_FAILED", message: "The speech could not be made." },
        },
      },
    ]);
    expect(bench.posted[0]!.headers["X-TTS-Event"]).toBe("job.failed");
  });

  it("is told of a job that took down twenty processes", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    await bench.submit("Hello.");
    await bench.store.updateTable("jobs").set({ attempt: 20 }).execute();
    expect(await bench.leases("a").claim()).toBeUndefined();
    expect((await bench.deliveries()).map(({ event }) => event)).toEqual(["job.failed"]);
  });

  it("is told to nobody when there is no webhook, when it is disabled, and of samples", async () => {
    const bench = await outboxWorkbench();
    await bench.end();
    await bench.webhooks.set(LOCAL_ACCOUNT_ID, { url: "https://hooks.example.com/a", enabled: false });
    await bench.end();
    await bench.webhooks.set(LOCAL_ACCOUNT_ID, { url: "https://hooks.example.com/a", enabled: true });
    await bench.submit("A sample.");
    await bench.store.updateTable("jobs").set({ kind: "sample" }).where("status", "=", "pending").execute();
    await bench.work.run((await bench.leases("a").claim())!, never);
    expect(await bench.deliveries()).toEqual([]);
  });

  it("and the outbox's row are one transaction: neither is there without the other", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    const jobId = await bench.submit("Hello.");
    const claim = (await bench.leases("a").claim())!;
    const result = { bytes: 1, durationSeconds: 1 };
    const cut = bench.store.transaction().execute(async (trx) => {
      expect(await completeJob(trx, claim, result)).toBe(true);
      throw new Error("killed here");
    });
    await expect(cut).rejects.toThrow("killed here");
    expect((await bench.row(jobId)).status).toBe("processing");
    expect(await bench.deliveries()).toEqual([]);
    await bench.store.transaction().execute((trx) => completeJob(trx, claim, result));
    // A second completion, as of a process that wakes late, changes nothing and tells nothing.
    expect(await bench.store.transaction().execute((trx) => completeJob(trx, claim, result))).toBe(false);
    expect(await bench.deliveries()).toHaveLength(1);
  });
});

describe("a delivery that is not accepted", () => {
  it("is tried eight times in about a day, under one id, and then given up", async () => {
    fakeClock();
    const bench = await outboxWorkbench();
    const secret = await bench.setWebhook();
    await bench.end();
    bench.receiver.respond = () => REFUSED;
    const sender = bench.sender("a");
    const start = Date.now();
    for (let minute = 0; minute < 40 * 60; minute++) {
      await sender.sendDue();
      vi.setSystemTime(start + minute * 60_000);
    }
    expect(bench.posted).toHaveLength(8);
    expect(new Set(bench.posted.map(({ headers }) => headers["X-TTS-Delivery-ID"])).size).toBe(1);
    const hours = (bench.posted.at(-1)!.at - start) / HOUR_MS;
    expect(hours).toBeGreaterThan(18);
    expect(hours).toBeLessThan(30);
    const gaps = bench.posted.slice(1).map(({ at }, i) => at - bench.posted[i]!.at);
    // The first gaps are near the minute by which this clock moves; later ones grow by 2.4 at least, jitter included.
    for (const [i, gap] of gaps.slice(3).entries()) expect(gap).toBeGreaterThan(gaps[i + 2]! * 2);
    const [delivery] = await bench.deliveries();
    expect(delivery).toMatchObject({ outcome: "failed", attempt: 8, last_status: 500, owner_id: null });
    expect(bench.logged.at(-1)).toBe("a webhook was given up");

    // Each try has a signature of its own moment, and a link that lives a day from then.
    vi.setSystemTime(bench.posted[7]!.at);
    const { headers, raw, at, body } = bench.posted[7]!;
    expect(isSigned({ signature: headers["X-TTS-Signature"]!, raw: Buffer.from(raw) } as never, secret, 1)).toBe(true);
    expect(Date.parse(body.data.audio_url_expires_at) - at).toBeGreaterThan(24 * HOUR_MS - 2_000);
    expect(body.created_at).toBe(bench.posted[0]!.body.created_at);
  });

  it("waits longer each time, give or take a fifth", () => {
    const middle = [1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelayMs(attempt, 0.5));
    expect(middle[0]).toBe(30_000);
    expect(middle.reduce((sum, delay) => sum + delay) / HOUR_MS).toBeCloseTo(24, 0);
    for (const [i, delay] of middle.entries()) {
      expect(retryDelayMs(i + 1, 0) / delay).toBeCloseTo(0.8, 3);
      expect(retryDelayMs(i + 1, 1) / delay).toBeCloseTo(1.2, 3);
    }
  });

  it("is delivered when the receiver is back, and not tried before its time", async () => {
    fakeClock();
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    await bench.end();
    bench.receiver.respond = () => REFUSED;
    const sender = bench.sender("a", () => 0.5);
    expect(await sender.sendDue()).toBe(1);
    vi.setSystemTime(Date.now() + 29_999);
    expect(await sender.sendDue()).toBe(0);
    bench.receiver.respond = () => ACCEPTED;
    vi.setSystemTime(Date.now() + 1);
    expect(await sender.sendDue()).toBe(1);
    expect((await bench.deliveries())[0]).toMatchObject({ outcome: "delivered", attempt: 2 });
  });

  it("goes to where the webhook points by then, and nowhere once it is disabled or removed", async () => {
    fakeClock();
    const bench = await outboxWorkbench();
    const first = await bench.setWebhook();
    await bench.end();
    bench.receiver.respond = () => REFUSED;
    const sender = bench.sender("a", () => 0);
    await sender.sendDue();
    const moved = await bench.webhooks.set(LOCAL_ACCOUNT_ID, {
      url: "https://hooks.example.com/b",
      regenerateSecret: true,
    });
    vi.setSystemTime(Date.now() + HOUR_MS);
    await sender.sendDue();
    expect(bench.posted.map(({ url }) => url)).toEqual(["https://hooks.example.com/a", "https://hooks.example.com/b"]);
    const { headers, raw } = bench.posted[1]!;
    const wire = { signature: headers["X-TTS-Signature"]!, raw: Buffer.from(raw) } as never;
    expect([isSigned(wire, moved.secret!), isSigned(wire, first)]).toEqual([true, false]);
    await bench.webhooks.set(LOCAL_ACCOUNT_ID, { url: "https://hooks.example.com/b", enabled: false });
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await sender.sendDue()).toBe(0);
    expect((await bench.deliveries())[0]).toMatchObject({ outcome: "cancelled" });

    await bench.webhooks.set(LOCAL_ACCOUNT_ID, { url: "https://hooks.example.com/b", enabled: true });
    await bench.end();
    await sender.sendDue();
    expect(await bench.webhooks.remove(LOCAL_ACCOUNT_ID)).toEqual({ removed: true });
    expect(await bench.webhooks.remove(LOCAL_ACCOUNT_ID)).toEqual({ removed: false });
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await sender.sendDue()).toBe(0);
    expect((await bench.deliveries()).map(({ outcome }) => outcome)).toEqual(["cancelled"]);
    expect(bench.posted).toHaveLength(3);
  });

  it("counts as a try when it can't even be made, and says why in the log only", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    await bench.end();
    // As if the row were another account's, or the key another one.
    await bench.store.updateTable("webhooks").set({ secret_sealed: "none.AAAA" }).execute();
    await bench.sender("a").sendDue();
    expect(bench.posted).toEqual([]);
    expect((await bench.deliveries())[0]).toMatchObject({
      attempt: 1,
      outcome: null,
      last_error: "it could not be sent",
    });
    expect(bench.logged).toContain("a webhook could not be sent");
  });
});

describe("several processes", () => {
  it("have a delivery in one hand: whoever claims it, alone, however many ask at once", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    for (let i = 0; i < 12; i++) await bench.end();
    const all = Array.from({ length: 4 }, (_, i) => bench.sender(`elsewhere/${i}/x`));
    // Each account has four at work: what is claimed is settled before more is asked for.
    const claimed: string[] = [];
    for (let round = 0; round < 3; round++) {
      const asked = await Promise.all(
        all.flatMap(({ leases, work }) => [0, 1, 2].map(async () => ({ claim: await leases.claim(), work }))),
      );
      const got = asked.filter(({ claim }) => claim !== undefined);
      expect(got).toHaveLength(4);
      for (const { claim, work } of got) {
        claimed.push(claim!.deliveryId);
        await work.run(claim!, never);
      }
    }
    expect(new Set(claimed).size).toBe(12);
    expect(bench.posted).toHaveLength(12);
  });

  it("never send one delivery at the same time, with slow receivers that refuse at first", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    const JOBS = 10;
    for (let i = 0; i < JOBS; i++) await bench.end();
    const atWork = new Map<string, number>();
    const tries = new Map<string, number>();
    let together = 0;
    bench.receiver.respond = async ({ headers }) => {
      const id = headers["X-TTS-Delivery-ID"]!;
      atWork.set(id, (atWork.get(id) ?? 0) + 1);
      together = Math.max(together, atWork.get(id)!);
      await sleep(20);
      atWork.set(id, atWork.get(id)! - 1);
      tries.set(id, (tries.get(id) ?? 0) + 1);
      return tries.get(id)! < 3 ? REFUSED : ACCEPTED;
    };
    const errors: unknown[] = [];
    const queues = [0, 1, 2].map((i) => {
      // No waiting between the tries: jitter aside, the next one is due at once.
      const { leases, work } = bench.sender(`elsewhere/${i}/x`);
      return new InProcessQueue(leases, (claim, signal) => work.run(claim, signal), {
        concurrency: 8,
        heartbeatMs: 1_000,
        sweepMs: 5,
        onError: (error) => errors.push(error),
      });
    });
    const hurry = setInterval(() => {
      void bench.store.updateTable("webhook_deliveries").set({ next_attempt_at: 0 }).execute();
    }, 10);
    await eventually("the deliveries", async () =>
      (await bench.deliveries()).every(({ outcome }) => outcome === "delivered"),
    );
    clearInterval(hurry);
    for (const queue of queues) await queue.close();
    expect(errors).toEqual([]);
    expect(together).toBe(1);
    expect([...tries.values()]).toEqual(Array(JOBS).fill(3));
  });

  it("take over at once from one that is gone, and from any whose lease has run out", async () => {
    fakeClock();
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    await bench.end();
    const killed = (await bench.sender(gone).leases.claim())!;
    const slow = bench.sender(alive);
    const taken = (await slow.leases.claim())!;
    expect(taken).toMatchObject({ deliveryId: killed.deliveryId, attempt: 2 });
    expect(await bench.sender("b").leases.claim()).toBeUndefined();
    vi.setSystemTime(Date.now() + 30_001);
    const other = bench.sender("b");
    const again = (await other.leases.claim())!;
    expect(again).toMatchObject({ deliveryId: killed.deliveryId, attempt: 3 });
    // The slow one wakes: it sees before it sends that the delivery is not its own any more.
    await slow.work.run(taken, never);
    expect(bench.posted).toEqual([]);
    expect(await slow.leases.renew(taken)).toBe(false);
    expect(await slow.leases.record(taken, ACCEPTED)).toBeUndefined();
    await slow.leases.giveBack(taken);
    await other.work.run(again, never);
    expect(bench.posted).toHaveLength(1);
    expect((await bench.deliveries())[0]).toMatchObject({ outcome: "delivered", attempt: 3 });
  });

  it("give up what each of eight processes died of", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    await bench.end();
    for (let i = 1; i <= 8; i++) expect(await bench.sender(gone.replace(/x?$/, `${i}`)).leases.claim()).toBeDefined();
    expect(await bench.sender("a").leases.claim()).toBeUndefined();
    expect((await bench.deliveries())[0]).toMatchObject({ outcome: "failed", attempt: 8 });
  });

  it("give back what they were at when they end, and that was no try", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    await bench.end();
    bench.receiver.respond = (_, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    const { leases, work } = bench.sender(alive);
    const queue = new InProcessQueue(leases, (claim, signal) => work.run(claim, signal), {
      concurrency: 1,
      heartbeatMs: 1_000,
      sweepMs: 1_000,
      onError: (error) => expect.fail(String(error)),
    });
    queue.wake();
    await eventually("the try", () => bench.posted.length === 1);
    await queue.close();
    expect((await bench.deliveries())[0]).toMatchObject({ attempt: 0, owner_id: null, outcome: null });
    bench.receiver.respond = () => ACCEPTED;
    expect(await bench.sender("b").sendDue()).toBe(1);
    expect(new Set(bench.posted.map(({ headers }) => headers["X-TTS-Delivery-ID"])).size).toBe(1);
  });

  it("do not let one account's slow receiver hold up another account", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    for (let i = 0; i < 6; i++) await bench.end();
    await bench.store.insertInto("accounts").values({ account_id: "other", unlimited: 1, credit_balance: 0 }).execute();
    await bench.webhooks.set("other", { url: "https://other.example.com/" });
    const theirs = await bench.end();
    await bench.store
      .updateTable("webhook_deliveries")
      .set({ account_id: "other" })
      .where("job_id", "=", theirs)
      .execute();
    const { leases } = bench.sender(alive);
    const claims = [];
    for (let claim = await leases.claim(); claim; claim = await leases.claim()) claims.push(claim.row.account_id);
    expect(claims.filter((account) => account === "local")).toHaveLength(4);
    expect(claims).toContain("other");
  });
});

describe("what is kept", () => {
  it("holds the secret sealed, bound to its account", async () => {
    const bench = await outboxWorkbench();
    const secret = await bench.setWebhook();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const files = readdirSync(bench.folder).filter((name) => name.includes(".db"));
    for (const name of files) {
      expect(readFileSync(path.join(bench.folder, name)).toString("latin1")).not.toContain(secret);
    }
    const { secret_sealed } = await bench.store.selectFrom("webhooks").selectAll().executeTakeFirstOrThrow();
    expect(bench.signer.open("webhook-secret", LOCAL_ACCOUNT_ID, secret_sealed)).toBe(secret);
    expect(() => bench.signer.open("webhook-secret", "other", secret_sealed)).toThrow();
  });

  it("names no URL and nothing of the job in the outbox", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    await bench.end();
    await bench.store
      .updateTable("jobs")
      .set({ metadata: '{"a":"Xylophagous"}', webhook_url: "https://own.example.com/x" })
      .execute();
    bench.receiver.respond = () => REFUSED;
    await bench.sender("a").sendDue();
    expect(bench.posted[0]).toMatchObject({
      url: "https://own.example.com/x",
      body: { data: { metadata: { a: "Xylophagous" } } },
    });
    expect(JSON.stringify(await bench.deliveries())).not.toMatch(/Xylophagous|example\.com|http/);
  });

  it("goes with the words of the job when these are erased, also in the middle of a try", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    const jobId = await bench.end();
    const other = await bench.end();
    const row = await bench.row(jobId);
    const erase = () =>
      bench.store.transaction().execute((trx) => removeAudio(trx, [row], { eraseText: true, dryRun: false }));
    bench.receiver.respond = async ({ body }) => {
      if (body.data.job_id === jobId) await erase();
      return REFUSED;
    };
    await bench.sender("a").sendDue();
    expect((await bench.deliveries()).map(({ job_id }) => job_id)).toEqual([other]);
  });

  it("has no link to audio that was deleted meanwhile", async () => {
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    const jobId = await bench.end();
    const row = await bench.row(jobId);
    await bench.store.transaction().execute((trx) => removeAudio(trx, [row], { eraseText: false, dryRun: false }));
    await bench.sender("a").sendDue();
    expect(Object.keys(bench.posted[0]!.body.data)).toEqual(["job_id", "status", "chars_charged", "metadata"]);
  });

  it("is forgotten a week after its end, by the next delivery or the next start; what waits stays", async () => {
    fakeClock();
    const bench = await outboxWorkbench();
    await bench.setWebhook();
    for (let i = 0; i < 3; i++) await bench.end();
    const sender = bench.sender("a");
    await sender.sendDue();
    vi.setSystemTime(Date.now() + MEMORY_MS - 1);
    await bench.end();
    await sender.sendDue();
    expect(await bench.deliveries()).toHaveLength(4);
    vi.setSystemTime(Date.now() + 2);
    await bench.end();
    bench.receiver.respond = () => REFUSED;
    await sender.sendDue();
    expect(await bench.deliveries()).toHaveLength(5);
    await tidy(bench.store, bench.blobs);
    expect(await bench.deliveries()).toHaveLength(2);
    vi.setSystemTime(Date.now() + 2 * MEMORY_MS);
    bench.receiver.respond = () => ACCEPTED;
    await sender.sendDue();
    expect((await bench.deliveries()).map(({ outcome }) => outcome)).toEqual(["delivered"]);
  });
});
