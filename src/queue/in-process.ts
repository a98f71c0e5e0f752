import { setTimeout as sleep } from "node:timers/promises";
import type { JobQueue, Lease, LeaseSource, Room, Work } from "./queue.ts";

export interface InProcessQueueOptions {
  /** Jobs at a time in this process. */
  concurrency: number;
  /** As many more that only wait for others. */
  waitingPlaces?: number;
  /** How often a running job's lease is prolonged. */
  heartbeatMs: number;
  /** How often jobs that others left are looked for. */
  sweepMs: number;
  onError: (error: unknown) => void;
}

/** The reason of the abort when a queue closes: the job goes on elsewhere. */
export class QueueClosed extends Error {}
/** The reason of the abort when another process took the job over. */
export class LeaseLost extends Error {}

/** Runs the jobs of a lease source in this process. */
export class InProcessQueue<L extends Lease> implements JobQueue {
  readonly #source: LeaseSource<L>;
  readonly #work: Work<L>;
  readonly #options: InProcessQueueOptions;
  readonly #running = new Map<Promise<void>, { lease: L; controller: AbortController }>();
  readonly #sweep: NodeJS.Timeout;
  #claiming: Promise<void> | undefined;
  #wokenWhileClaiming = false;
  /** Whether there may be jobs for the waiting places: while all others are taken, they are looked for only then. */
  #mayWait = true;
  #closed = false;

  constructor(source: LeaseSource<L>, work: Work<L>, options: InProcessQueueOptions) {
    this.#source = source;
    this.#work = work;
    this.#options = options;
    this.#sweep = setInterval(() => this.wake(), options.sweepMs).unref();
  }

  wake(waits = true): void {
    if (this.#closed) return;
    this.#mayWait ||= waits;
    if (this.#claiming) {
      this.#wokenWhileClaiming = true;
      return;
    }
    this.#claiming = this.#claimAll()
      .catch(this.#options.onError)
      .finally(() => {
        this.#claiming = undefined;
        if (this.#wokenWhileClaiming) {
          this.#wokenWhileClaiming = false;
          this.wake(false);
        }
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    await this.#claiming;
    for (const { controller } of this.#running.values()) controller.abort(new QueueClosed("the process ends"));
    await Promise.all(this.#running.keys());
  }

  async #claimAll(): Promise<void> {
    for (let room = this.#room(); !this.#closed && (room.work || room.waiting); room = this.#room()) {
      const mayWait = this.#mayWait;
      // Before it is looked, so that whoever says so meanwhile is not overheard.
      if (room.waiting) this.#mayWait = false;
      const lease = await this.#source.claim(room);
      if (!lease) return;
      this.#mayWait ||= mayWait || lease.waits === true;
      const controller = new AbortController();
      const run = this.#run(lease, controller).finally(() => {
        this.#running.delete(run);
        this.wake(lease.waits);
      });
      this.#running.set(run, { lease, controller });
    }
  }

  #room(): Room {
    const { concurrency, waitingPlaces = 0 } = this.#options;
    const waiting = [...this.#running.values()].filter(({ lease }) => lease.waits).length;
    const work = this.#running.size - waiting < concurrency;
    return { work, waiting: waiting < waitingPlaces && (work || this.#mayWait) };
  }

  async #run(lease: L, controller: AbortController): Promise<void> {
    const heartbeat = setInterval(() => {
      this.#source.renew(lease).then(
        (ours) => ours || controller.abort(new LeaseLost("another process took the job over")),
        this.#options.onError, // the lease still has time; the next heartbeat tries again
      );
    }, this.#options.heartbeatMs).unref();
    try {
      await this.#work(lease, controller.signal);
      if (controller.signal.reason instanceof QueueClosed) await this.#source.giveBack(lease);
    } catch (error) {
      this.#options.onError(error);
      await this.#source.giveBack(lease).catch(this.#options.onError);
      // The machine is at fault (a full disk, say), not the job: trying again at once would only spin.
      await sleep(this.#options.heartbeatMs, undefined, { signal: controller.signal, ref: false }).catch(() => {});
    } finally {
      clearInterval(heartbeat);
    }
  }
}
