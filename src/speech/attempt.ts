import { AppError } from "../errors.ts";
import { WorkerDied } from "./lane.ts";
import type { SpeechOutcome, SpeechRequest } from "./pipeline.ts";
import type { Needs, Seat, SpeechPool } from "./pool.ts";
import type { ScriptChunk } from "./script/plan-script.ts";
import type { EncodedPart, SpeakOrder, SpokenChunk } from "./worker-protocol.ts";

/** What is tried: a job, which lives through its attempts. */
export interface AttemptedJob {
  readonly pool: SpeechPool;
  readonly signal: AbortSignal;
  readonly request: SpeechRequest;
  /** The chunks from the first; each attempt begins anew. */
  plan(): Iterator<ScriptChunk>;
  orderFor(chunk: ScriptChunk): SpeakOrder;
  /** What a chunk's engine wants of the threads. */
  needsOf(order: SpeakOrder): Needs;
  /** Gives bytes to the sink, then tells how far the text is done. */
  deliver(bytes: Uint8Array, doneChars: number): Promise<void>;
  /** Notes that a chunk failed. @throws AppError when it may not be tried again */
  failed(chunk: ScriptChunk, error: unknown): void;
}

/** A chunk that is being spoken, or is spoken and waits for those before it. */
interface InFlight {
  chunk: ScriptChunk;
  spoken: Promise<SpokenChunk>;
  /** Set as soon as `spoken` is. */
  value?: SpokenChunk;
}

/** The job's encoder is gone with its thread. */
export class EncoderLost extends Error {}

/** One try to make the whole job, with one encoder in one thread. */
export class Attempt {
  readonly #job: AttemptedJob;
  readonly #jobId: number;
  readonly #tasks = new Set<Promise<unknown>>();
  readonly #window: InFlight[] = [];
  readonly #rest: Iterator<ScriptChunk>;
  #upcoming: ScriptChunk | undefined;
  #seat: Seat | undefined;
  #over = false;
  /** The encoder has ended and is gone. */
  #encoded = false;

  constructor(job: AttemptedJob, jobId: number) {
    this.#job = job;
    this.#jobId = jobId;
    this.#rest = job.plan();
  }

  /** The first chunk alone, all the way to the sink; then the rest, several at a time. */
  async run(): Promise<SpeechOutcome> {
    const first = this.#pull();
    this.#upcoming = this.#pull();
    const firstEnd = first?.span.end ?? 0;
    // Somebody may be listening already: they get the first moment before the rest of the chunk is encoded.
    const early = this.#job.request.settings.streaming && first !== undefined;
    let part = await this.#start(first, early);
    await this.#job.deliver(part.bytes, early ? 0 : firstEnd);
    if (early) {
      const rest = this.#encode([]);
      this.#fill();
      part = await rest;
      await this.#job.deliver(part.bytes, firstEnd);
    }
    while (!part.end) {
      const batch = await this.#nextBatch();
      const encoded = this.#encode(batch);
      // After it was posted: the encoder's thread is better spared from speaking while it has to encode.
      this.#fill();
      part = await encoded;
      await this.#job.deliver(part.bytes, batch.at(-1)!.chunk.span.end);
    }
    return part.end;
  }

  /** Stops and forgets everything of this attempt; what still runs in threads ends by itself. */
  end(): void {
    const { pool } = this.#job;
    this.#over = true;
    pool.withdraw(this, new Error("the job has ended"));
    if (!this.#encoded) {
      // At once, to stop a slow engine, and when nothing of the job can arrive in a thread any more.
      const drop = () => pool.drop(this.#jobId);
      drop();
      Promise.allSettled(this.#tasks).then(drop);
    }
    if (this.#seat) pool.leave(this.#seat);
    this.#seat = undefined;
  }

  async #start(first: ScriptChunk | undefined, early: boolean): Promise<EncodedPart> {
    const { pool, request } = this.#job;
    const last = this.#upcoming === undefined && !early;
    const order = first && this.#job.orderFor(first);
    const needs = order ? this.#job.needsOf(order) : {};
    const start = async () => {
      // The thread that waits for a provider encodes nothing.
      const spoken = order && needs.provider !== undefined ? await this.#spoken(order, first!) : undefined;
      return this.#tracked(
        pool.speak(this, spoken ? {} : needs, async (lane) => {
          const { life } = lane;
          const part = await lane.run({
            kind: "start",
            jobId: this.#jobId,
            settings: request.settings,
            ...(spoken ? { spoken } : order && { order }),
            boundary: first?.boundary ?? "paragraph",
            last,
            early,
          });
          if (!last && !this.#over) this.#seat = pool.sit(lane, life);
          return part;
        }),
      );
    };
    const nothing: ScriptChunk = { text: "", span: { start: 0, end: 0 }, boundary: "paragraph" };
    const part = await this.#retrying(first ?? nothing, start);
    this.#encoded = last;
    return part;
  }

  /** Speaks ahead as far as the window allows, and gives all chunks that are spoken and next in order. */
  async #nextBatch(): Promise<InFlight[]> {
    this.#fill();
    await this.#window[0]!.spoken;
    const batch: InFlight[] = [];
    while (this.#window[0]?.value) batch.push(this.#window.shift()!);
    return batch;
  }

  async #encode(batch: InFlight[]): Promise<EncodedPart> {
    const seat = this.#seat;
    if (!seat || seat.life !== seat.lane.life) throw new EncoderLost();
    const last = this.#window.length === 0 && this.#upcoming === undefined;
    const chunks = batch.map(({ value }) => value!);
    try {
      const task = { kind: "encode", jobId: this.#jobId, chunks, last } as const;
      const part = await this.#tracked(this.#job.pool.encode(seat, (lane) => lane.run(task)));
      this.#encoded = last;
      return part;
    } catch (error) {
      this.#job.signal.throwIfAborted();
      if (error instanceof WorkerDied) throw new EncoderLost("the encoder's thread ended", { cause: error });
      throw new AppError("GENERATION_FAILED", "The speech could not be encoded.", { cause: error });
    }
  }

  /**
   * Two chunks for each thread and two more: the thread that encodes takes in all that was spoken meanwhile between two
   * chunks of its own, so the others must be able to run ahead of it.
   */
  #fill(): void {
    const size = 2 * this.#job.pool.threads + 2;
    while (this.#upcoming && this.#window.length < size && !this.#over) {
      const chunk = this.#upcoming;
      this.#upcoming = this.#pull();
      const inFlight: InFlight = { chunk, spoken: this.#speak(chunk) };
      inFlight.spoken.then(
        (value) => {
          inFlight.value = value;
        },
        () => {},
      );
      this.#window.push(inFlight);
    }
  }

  #speak(chunk: ScriptChunk): Promise<SpokenChunk> {
    const order = this.#job.orderFor(chunk);
    return this.#retrying(chunk, () => this.#spoken(order, chunk));
  }

  /** A chunk's sound, of one try. */
  #spoken(order: SpeakOrder, { boundary }: ScriptChunk): Promise<SpokenChunk> {
    const task = { kind: "speak", jobId: this.#jobId, order, boundary } as const;
    return this.#tracked(this.#job.pool.speak(this, this.#job.needsOf(order), (lane) => lane.run(task)));
  }

  async #retrying<T>(chunk: ScriptChunk, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        // A thread that ended takes the attempt with it when it held the encoder: what it was speaking still counts.
        if (this.#over && !(error instanceof WorkerDied)) throw error;
        this.#job.failed(chunk, error);
        if (this.#over) throw error;
      }
    }
  }

  #tracked<T>(task: Promise<T>): Promise<T> {
    this.#tasks.add(task);
    const done = () => this.#tasks.delete(task);
    task.then(done, done);
    return task;
  }

  #pull(): ScriptChunk | undefined {
    const next = this.#rest.next();
    return next.done ? undefined : next.value;
  }
}
