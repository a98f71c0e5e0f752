import type { Holding } from "../engines/engine.ts";
import { Lane } from "./lane.ts";
import type { WorkerSetup } from "./worker-protocol.ts";

/** A lane that a job's encoder lives in. */
export interface Seat {
  lane: Lane;
  /** The lane's life when the encoder was made. */
  life: number;
}

/** What the engine of a chunk wants of the threads. */
export interface Needs {
  holding?: Holding | undefined;
  /** The provider that is asked for the sound: then a thread has nothing to do but wait. */
  provider?: string | undefined;
}

/** Requests to one provider at a time; others of its wait, and nobody else does. */
const REQUESTS_PER_PROVIDER = 4;

interface Waiting {
  needs: Needs;
  begin(lane: Lane): void;
  reject(reason: unknown): void;
}

/**
 * The worker threads of the process, and who speaks next. A thread speaks one chunk at a time; waiting jobs take turns,
 * one chunk each. Encoding goes straight to the thread that holds the job's encoder, before it speaks again: only that
 * thread can do it, while any can speak. So synthesis and encoding together never use more threads than there are.
 *
 * Chunks that providers speak are fetched by one more thread, many at a time: that is waiting, and if threads that speak
 * did it, a provider that is slow would keep them from this machine's voices.
 */
export class SpeechPool {
  readonly #lanes: Lane[];
  readonly #fetching: Lane;
  /** How many requests are on their way to each provider. */
  readonly #requests = new Map<string, number>();
  readonly #idleTimeoutMs: number;
  /** Jobs in the order of their turns; a map keeps the order of insertion. */
  readonly #waiting = new Map<object, Waiting[]>();
  readonly #speaking = new Set<Lane>();
  /** How many encodings each thread has before it. */
  readonly #encoding = new Map<Lane, number>();
  readonly #seats = new Map<Lane, Set<Seat>>();
  /** Threads in which an engine holds much, and for how long they are kept for it. */
  readonly #kept = new Map<Lane, number>();
  #idleTimer: NodeJS.Timeout | undefined;

  /** @param idleTimeoutMs threads end when there was no job for so long */
  constructor(options: { threads: number; idleTimeoutMs: number; setup: WorkerSetup }) {
    this.#lanes = Array.from({ length: options.threads }, () => new Lane(options.setup));
    this.#fetching = new Lane(options.setup);
    this.#idleTimeoutMs = options.idleTimeoutMs;
    for (const lane of this.#lanes) this.#seats.set(lane, new Set());
  }

  get threads(): number {
    return this.#lanes.length;
  }

  /** Starts the first thread while something else is being loaded; failures show with the first task. */
  wake(): void {
    if (this.#lanes.some((lane) => lane.alive)) return;
    this.#lanes[0]!.run({ kind: "ready" }).catch(() => {});
    this.#watchIdleness();
  }

  /**
   * Runs `work` on a lane when it is the turn of `job` and a thread is free to speak.
   * @param job any object; the same for all chunks of a job
   */
  speak<T>(job: object, needs: Needs, work: (lane: Lane) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const begin = (lane: Lane) => {
        const leave = this.#enter(lane, needs);
        work(lane)
          .then(resolve, reject)
          .finally(() => {
            leave();
            this.#next();
          });
      };
      const queue = this.#waiting.get(job);
      if (queue) queue.push({ needs, begin, reject });
      else this.#waiting.set(job, [{ needs, begin, reject }]);
      this.#next();
    });
  }

  /** Counts a chunk that begins on a lane; gives what counts its end. */
  #enter(lane: Lane, { holding, provider }: Needs): () => void {
    if (provider !== undefined) {
      const count = (change: number) => this.#requests.set(provider, this.#requestsTo(provider) + change);
      count(1);
      return () => count(-1);
    }
    this.#speaking.add(lane);
    if (holding) this.#kept.set(lane, Math.max(holding.idleMs, this.#kept.get(lane) ?? 0));
    return () => this.#speaking.delete(lane);
  }

  #requestsTo(provider: string): number {
    return this.#requests.get(provider) ?? 0;
  }

  /** Runs `work` on the lane of a job's encoder. That thread speaks again when all it has to encode is done. */
  async encode<T>({ lane }: Seat, work: (lane: Lane) => Promise<T>): Promise<T> {
    const count = (change: number) => this.#encoding.set(lane, (this.#encoding.get(lane) ?? 0) + change);
    count(1);
    try {
      return await work(lane);
    } finally {
      count(-1);
      this.#next();
    }
  }

  /** Takes what waits for `job` out of the queue. */
  withdraw(job: object, reason: unknown): void {
    const queue = this.#waiting.get(job);
    this.#waiting.delete(job);
    for (const { reject } of queue ?? []) reject(reason);
  }

  /** Keeps a lane's thread for the encoder that a job made there in `life`, until `leave`. */
  sit(lane: Lane, life: number): Seat {
    const seat = { lane, life };
    this.#seats.get(lane)!.add(seat);
    return seat;
  }

  leave(seat: Seat): void {
    this.#seats.get(seat.lane)!.delete(seat);
    this.#next();
  }

  /** Drops a job's state in all threads that may hold some. */
  async drop(jobId: number): Promise<void> {
    const alive = this.#everyLane().filter((lane) => lane.alive);
    await Promise.allSettled(alive.map((lane) => lane.run({ kind: "drop", jobId })));
  }

  async close(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await Promise.all(this.#everyLane().map((lane) => this.#release(lane)));
  }

  #next(): void {
    for (let turn = this.#turn(); turn; turn = this.#turn()) {
      const { job, queue, lane } = turn;
      // To the end of the row of jobs
      this.#waiting.delete(job);
      const first = queue.shift()!;
      if (queue.length > 0) this.#waiting.set(job, queue);
      first.begin(lane);
    }
    this.#watchIdleness();
  }

  /** The first job whose next chunk can begin; those whose engine or provider has its share at work are passed over. */
  #turn(): { job: object; queue: Waiting[]; lane: Lane } | undefined {
    for (const [job, queue] of this.#waiting) {
      const { provider, holding } = queue[0]!.needs;
      const lane = provider === undefined ? this.#freeLane(holding?.mostThreads) : this.#laneTo(provider);
      if (lane) return { job, queue, lane };
    }
    return undefined;
  }

  #laneTo(provider: string): Lane | undefined {
    return this.#requestsTo(provider) < REQUESTS_PER_PROVIDER ? this.#fetching : undefined;
  }

  /** The free lane with the fewest encoders, among the first `most`; a running thread rather than a new one. */
  #freeLane(most = this.#lanes.length): Lane | undefined {
    const cost = (lane: Lane) => this.#seats.get(lane)!.size * 2 + (lane.alive ? 0 : 1);
    let best: Lane | undefined;
    for (const lane of this.#lanes.slice(0, most)) {
      if (this.#speaking.has(lane) || (this.#encoding.get(lane) ?? 0) > 0) continue;
      if (!best || cost(lane) < cost(best)) best = lane;
    }
    return best;
  }

  /** Ends threads when nothing was spoken for as long as each is kept. @param idleMs how long that is already */
  #watchIdleness(idleMs = 0): void {
    clearTimeout(this.#idleTimer);
    const busy =
      this.#speaking.size > 0 ||
      [...this.#requests.values()].some((count) => count > 0) ||
      [...this.#seats.values()].some((seats) => seats.size > 0);
    if (busy) return;
    const alive = this.#everyLane().filter((lane) => lane.alive);
    if (alive.length === 0) return;
    const lifeOf = (lane: Lane) => Math.max(this.#idleTimeoutMs, this.#kept.get(lane) ?? 0);
    const next = Math.min(...alive.map(lifeOf));
    this.#idleTimer = setTimeout(() => {
      for (const lane of alive) if (lifeOf(lane) <= next) this.#release(lane).catch(() => {});
      this.#watchIdleness(next);
    }, next - idleMs);
    this.#idleTimer.unref();
  }

  #everyLane(): Lane[] {
    return [...this.#lanes, this.#fetching];
  }

  async #release(lane: Lane): Promise<void> {
    await lane.release(this.#kept.delete(lane));
  }
}
