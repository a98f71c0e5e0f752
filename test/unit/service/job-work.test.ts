import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { tidy } from "../../../src/service/tidy.ts";
import { makeProcessId } from "../../../src/store/process-id.ts";
import { jobsWorkbench } from "../../support/jobs.ts";

const never = new AbortController().signal;
/** A process of this machine that is gone: no pid is that high (Linux: at most 2^22). */
const gone = makeProcessId().replace(`/${process.pid}/`, "/99999999/");

describe("a claimed job", () => {
  it("ends with its audio under its own name and a row that says so", async () => {
    const bench = jobsWorkbench();
    const jobId = await bench.submit("Hello.");
    bench.speech.run = async (_, sink) => {
      await sink(Uint8Array.of(1, 2, 3, 4));
      return { durationSeconds: 1.5, patches: [{ offset: 1, bytes: Uint8Array.of(9) }] };
    };
    const claim = (await bench.leases("a").claim())!;
    await bench.work.run(claim, never);
    const row = await bench.row(jobId);
    expect(row).toMatchObject({ status: "completed", attempt: 1, bytes: 4, duration_seconds: 1.5, progress_done: 6 });
    expect([...readFileSync(bench.blobs.localPath(row.blob_name!))]).toEqual([1, 9, 3, 4]);
    expect(readdirSync(bench.audioFolder)).toEqual([row.blob_name]);
  });

  it("gives the charge back once when it fails, and leaves no file", async () => {
    const bench = jobsWorkbench({ credits: 100 });
    const jobId = await bench.submit("Hello.");
    expect(await bench.balance()).toBe(94);
    bench.speech.run = async (_, sink) => {
      await sink(new Uint8Array(100));
      throw new AppError("GENERATION_FAILED", "The engine stumbled.", { hint: "try again" });
    };
    const claim = (await bench.leases("a").claim())!;
    await bench.work.run(claim, never);
    await bench.work.run(claim, never);
    expect(await bench.row(jobId)).toMatchObject({ status: "failed", error_message: "The engine stumbled." });
    expect(await bench.balance()).toBe(100);
    expect(readdirSync(bench.audioFolder)).toEqual([]);
  });

  it("fails with STORAGE_FULL when the disk is full", async () => {
    const bench = jobsWorkbench({ credits: 100 });
    const jobId = await bench.submit("Hello.");
    bench.speech.run = async () => {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    };
    await bench.work.run((await bench.leases("a").claim())!, never);
    expect(await bench.row(jobId)).toMatchObject({ status: "failed", error_code: "STORAGE_FULL" });
    expect(await bench.balance()).toBe(100);
  });

  it("tells nothing of an unknown error to the caller", async () => {
    const bench = jobsWorkbench();
    const jobId = await bench.submit("Hello.");
    bench.speech.run = () => Promise.reject(new Error("secret path /home/x"));
    await bench.work.run((await bench.leases("a").claim())!, never);
    const row = await bench.row(jobId);
    expect(row.error_code).toBe("GENERATION_FAILED");
    expect(row.error_message).not.toContain("secret");
  });

  it("changes nothing when it wakes after another process has taken the job over and finished it", async () => {
    const bench = jobsWorkbench();
    const jobId = await bench.submit("Hello.");
    const slow = (await bench.leases(gone).claim())!;
    const ours = bench.leases("b");
    bench.speech.run = async (_, sink) => {
      // While the slow one works, its job is claimed and finished by another.
      bench.speech.run = async (_request, otherSink) => {
        await otherSink(Uint8Array.of(2, 2));
        return { durationSeconds: 2, patches: [] };
      };
      const taken = (await ours.claim())!;
      expect(taken).toMatchObject({ jobId, attempt: 2 });
      await bench.work.run(taken, never);
      await sink(Uint8Array.of(1));
      return { durationSeconds: 1, patches: [] };
    };
    await bench.work.run(slow, never);
    const row = await bench.row(jobId);
    expect(row).toMatchObject({ status: "completed", attempt: 2, bytes: 2 });
    expect(readdirSync(bench.audioFolder)).toEqual([row.blob_name]);
  });

  it("does not fail a job that another process has taken over", async () => {
    const bench = jobsWorkbench({ credits: 100 });
    const jobId = await bench.submit("Hello.");
    const slow = (await bench.leases(gone).claim())!;
    await bench.leases("b").claim();
    bench.speech.run = () => Promise.reject(new Error("late failure"));
    await bench.work.run(slow, never);
    expect(await bench.row(jobId)).toMatchObject({ status: "processing", owner_id: "b" });
    expect(await bench.balance()).toBe(94);
  });

  it("leaves the row alone when it is aborted, for the queue to give it back", async () => {
    const bench = jobsWorkbench();
    const jobId = await bench.submit("Hello.");
    const leases = bench.leases("a");
    const claim = (await leases.claim())!;
    const controller = new AbortController();
    bench.speech.run = async (_, sink) => {
      await sink(new Uint8Array(10));
      controller.abort(new Error("closing"));
      throw controller.signal.reason;
    };
    await bench.work.run(claim, controller.signal);
    expect((await bench.row(jobId)).status).toBe("processing");
    expect(readdirSync(bench.audioFolder)).toEqual([]);
    await leases.giveBack(claim);
    expect(await bench.row(jobId)).toMatchObject({ status: "pending", owner_id: null });
  });
});

describe("leases", () => {
  it("are given to one of two processes, and renewed by their owner only", async () => {
    const bench = jobsWorkbench();
    await bench.submit("Hello.");
    const alive = makeProcessId();
    const [a, b] = [bench.leases(alive), bench.leases("b")];
    const claim = (await a.claim())!;
    expect(await b.claim()).toBeUndefined();
    expect(await a.renew(claim)).toBe(true);
    expect(await b.renew(claim)).toBe(false);
  });

  it("are taken over at once from a process that is certainly gone, and from any when they run out", async () => {
    const bench = jobsWorkbench();
    const jobId = await bench.submit("Hello.");
    await bench.leases(gone).claim();
    expect(await bench.leases("elsewhere/1/x").claim()).toMatchObject({ jobId, attempt: 2 });
    expect(await bench.leases("b").claim()).toBeUndefined();
    await bench.store
      .updateTable("jobs")
      .set({ lease_expires_at: Date.now() - 1 })
      .execute();
    expect(await bench.leases("b").claim()).toMatchObject({ jobId, attempt: 3 });
  });

  it("prefer streams, then the oldest", async () => {
    const bench = jobsWorkbench();
    const ids = [await bench.submit("one"), await bench.submit("two"), await bench.submit("three")];
    await bench.store.updateTable("jobs").set({ priority: 1 }).where("job_id", "=", ids[2]!).execute();
    const leases = bench.leases("a");
    const first = (await leases.claim())!.jobId;
    expect(first).toBe(ids[2]);
    expect([(await leases.claim())!.jobId, (await leases.claim())!.jobId].sort()).toEqual([ids[0], ids[1]].sort());
  });

  it("are refused to a job that took down twenty processes: it fails, and the next is claimed", async () => {
    const bench = jobsWorkbench({ credits: 100 });
    const bad = await bench.submit("Hello.");
    await bench.store.updateTable("jobs").set({ attempt: 20 }).execute();
    const good = await bench.submit("Good.");
    expect(await bench.leases("a").claim()).toMatchObject({ jobId: good });
    expect(await bench.row(bad)).toMatchObject({ status: "failed", error_code: "GENERATION_FAILED" });
  });
});

describe("tidying", () => {
  it("removes what no row names and spares what a running job has reserved", async () => {
    const bench = jobsWorkbench();
    await bench.submit("Hello.");
    const claim = (await bench.leases(makeProcessId()).claim())!;
    const writer = await bench.blobs.create(claim.blobName);
    for (const name of ["lost-1.wav", "lost-2.mp3.part"]) writeFileSync(path.join(bench.audioFolder, name), "x");
    await tidy(bench.store, bench.blobs);
    expect(readdirSync(bench.audioFolder)).toEqual([`${claim.blobName}.part`]);
    await writer.discard();
  });
});
