import { describe, expect, it, vi } from "vitest";
import { InProcessQueue, LeaseLost, QueueClosed } from "../../../src/queue/in-process.ts";
import type { Lease, LeaseSource } from "../../../src/queue/queue.ts";

/** Jobs in an array instead of a table. */
class Jobs implements LeaseSource<Lease> {
  waiting: string[] = [];
  givenBack: string[] = [];
  ours = true;
  async claim() {
    const jobId = this.waiting.shift();
    return jobId === undefined ? undefined : { jobId, attempt: 1 };
  }
  async renew() {
    return this.ours;
  }
  async giveBack(lease: Lease) {
    this.givenBack.push(lease.jobId);
  }
}

const options = { concurrency: 2, heartbeatMs: 5, sweepMs: 10, onError: () => {} };
const untilAborted = (signal: AbortSignal) => new Promise<void>((r) => signal.addEventListener("abort", () => r()));

describe("the job queue", () => {
  it("runs every job once, no more at a time than allowed", async () => {
    const jobs = new Jobs();
    jobs.waiting = Array.from({ length: 20 }, (_, i) => `j${i}`);
    const done: string[] = [];
    let running = 0;
    let most = 0;
    const queue = new InProcessQueue(
      jobs,
      async ({ jobId }) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        done.push(jobId);
      },
      options,
    );
    queue.wake();
    await vi.waitFor(() => expect(done).toHaveLength(20));
    expect(new Set(done).size).toBe(20);
    expect(most).toBe(2);
    await queue.close();
  });

  it("has places of their own for jobs that wait for others, and neither kind keeps the other from its places", async () => {
    const pending = ["wait1", "wait2", "wait3", "work1", "work2", "work3"];
    let looks = 0;
    const source: LeaseSource<Lease> = {
      claim: async (room) => {
        looks += 1;
        const at = pending.findIndex((jobId) => (jobId.startsWith("wait") ? room.waiting : room.work));
        const [jobId] = at < 0 ? [] : pending.splice(at, 1);
        return jobId === undefined ? undefined : { jobId, attempt: 1, waits: jobId.startsWith("wait") };
      },
      renew: async () => true,
      giveBack: async () => {},
    };
    const running = new Map<string, () => void>();
    const queue = new InProcessQueue(
      source,
      ({ jobId }) => new Promise<void>((resolve) => running.set(jobId, resolve)),
      { ...options, waitingPlaces: 2, sweepMs: 1e6 },
    );
    const end = async (jobId: string) => {
      running.get(jobId)!();
      running.delete(jobId);
    };
    queue.wake();
    await vi.waitFor(() => expect([...running.keys()]).toEqual(["wait1", "wait2", "work1", "work2"]));
    await end("work1");
    await vi.waitFor(() => expect(running.has("work3")).toBe(true));
    expect(running.has("wait3")).toBe(false);
    await end("wait1");
    await vi.waitFor(() => expect(running.has("wait3")).toBe(true));
    await end("wait2");
    // With all places for work taken, it is looked only for what may be there.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = looks;
    queue.wake(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(looks).toBe(before);
    // Also when one of them ends: then one is looked for, once.
    pending.push("work4");
    await end("work2");
    await vi.waitFor(() => expect(running.has("work4")).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(looks).toBe(before + 1);
    pending.push("wait4");
    queue.wake();
    await vi.waitFor(() => expect(running.has("wait4")).toBe(true));
    for (const jobId of running.keys()) running.get(jobId)!();
    await queue.close();
  });

  it("finds jobs that nobody told it of", async () => {
    const jobs = new Jobs();
    const done: string[] = [];
    const queue = new InProcessQueue(jobs, async ({ jobId }) => void done.push(jobId), options);
    jobs.waiting.push("left by another process");
    await vi.waitFor(() => expect(done).toHaveLength(1));
    await queue.close();
  });

  it("aborts a job that another process took over, and does not give it back", async () => {
    const jobs = new Jobs();
    jobs.waiting.push("taken");
    jobs.ours = false;
    let reason: unknown;
    const queue = new InProcessQueue(
      jobs,
      async (_, signal) => {
        await untilAborted(signal);
        reason = signal.reason;
      },
      options,
    );
    queue.wake();
    await vi.waitFor(() => expect(reason).toBeInstanceOf(LeaseLost));
    await queue.close();
    expect(jobs.givenBack).toEqual([]);
  });

  it("gives running jobs back when it closes, and takes no new ones", async () => {
    const jobs = new Jobs();
    jobs.waiting.push("running");
    let reason: unknown;
    let started = false;
    const queue = new InProcessQueue(
      jobs,
      async (_, signal) => {
        started = true;
        await untilAborted(signal);
        reason = signal.reason;
      },
      options,
    );
    queue.wake();
    await vi.waitFor(() => expect(started).toBe(true));
    await queue.close();
    expect(reason).toBeInstanceOf(QueueClosed);
    expect(jobs.givenBack).toEqual(["running"]);
    jobs.waiting.push("late");
    queue.wake();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(jobs.waiting).toEqual(["late"]);
  });

  it("gives a job back and reports the error when the machine fails, without spinning", async () => {
    const jobs = new Jobs();
    jobs.waiting.push("unlucky");
    const errors: unknown[] = [];
    const queue = new InProcessQueue(jobs, () => Promise.reject(new Error("disk")), {
      ...options,
      onError: (error) => errors.push(error),
    });
    queue.wake();
    await vi.waitFor(() => expect(jobs.givenBack).toEqual(["unlucky"]));
    expect(errors).toHaveLength(1);
    await queue.close();
  });
});
