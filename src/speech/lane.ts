import { setTimeout as delay } from "node:timers/promises";
import { Piscina } from "piscina";
import { AppError, fromWireError } from "../errors.ts";
import { speechWorkerFile } from "./worker-file.ts";
import type { EncodedPart, SpokenChunk, WorkerReply, WorkerSetup, WorkerTask } from "./worker-protocol.ts";

/** The worker thread ended before it answered: all it held is gone. */
export class WorkerDied extends Error {}

/** An engine or encoder failed in the worker, which lives on. The message is for the log. */
export class WorkerFailure extends Error {}

/** What a task answers. */
export type AnswerOf<Kind extends WorkerTask["kind"]> = {
  ready: undefined;
  speak: SpokenChunk;
  start: EncodedPart;
  encode: EncodedPart;
  drop: undefined;
  close: undefined;
}[Kind];

/**
 * Tasks on one worker at a time: what works runs one after the other anyhow. Not a limit of what is spoken at once, which
 * the pool decides; encoding and dropping must never wait in Piscina's queue behind it.
 */
const TASKS_AT_ONCE = 4_096;

/** How long a thread's end waits for its speakers to close what they hold. */
const CLOSING_MS = 1_000;

/**
 * One worker thread. A pool of one, so that what belongs together (a job's encoder and its chunks) finds its thread;
 * Piscina starts the thread, carries tasks and answers, and tells when the thread ends. Started by the first task,
 * ended by `release`.
 */
export class Lane {
  readonly #setup: WorkerSetup;
  #piscina: Piscina | undefined;
  #enginesWithData = new Set<string>();
  #life = 0;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
  }

  /** Changes when the thread ends: what was put there in another life is lost. */
  get life(): number {
    return this.#life;
  }

  get alive(): boolean {
    return this.#piscina !== undefined;
  }

  /**
   * Has the worker do a task; starts the worker if need be. PCM in the task is transferred.
   * @throws WorkerDied, WorkerFailure, or the AppError of an engine
   */
  async run<Kind extends WorkerTask["kind"]>(task: WorkerTask & { kind: Kind }): Promise<AnswerOf<Kind>> {
    const piscina = this.#open();
    let reply: WorkerReply;
    try {
      reply = await piscina.run(this.#withoutKnownData(task), { transferList: transferListOf(task) });
    } catch (error) {
      this.#close(piscina);
      throw new WorkerDied("the speech worker ended", { cause: error });
    }
    if (reply.ok) return reply.value as AnswerOf<Kind>;
    if (reply.wire) throw fromWireError(reply.wire, reply.status ?? 500);
    throw new WorkerFailure(reply.message);
  }

  /**
   * Ends the thread; the next task starts another.
   * @param kindly lets its speakers close first: what they hold beside memory (processes) would be left behind
   */
  async release(kindly = false): Promise<void> {
    if (this.#piscina) await this.#close(this.#piscina, kindly);
  }

  #open(): Piscina {
    if (this.#piscina) return this.#piscina;
    const piscina = new Piscina({
      filename: speechWorkerFile(),
      workerData: this.#setup,
      minThreads: 0,
      maxThreads: 1,
      concurrentTasksPerWorker: TASKS_AT_ONCE,
      // The pool knows better when the thread is of no more use: a session may wait long for its reader.
      idleTimeout: Number.POSITIVE_INFINITY,
      // Atomics would block the worker's event loop between tasks, in which flite is made ready for the next.
      atomics: "disabled",
      recordTiming: false,
      // Sound is garbage outside of V8's heap, which is collected with the young generation: a small one keeps a thread
      // some 25 MB smaller.
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
    });
    // A worker that ends between tasks; the tasks' own promises tell the rest.
    piscina.on("error", () => this.#close(piscina));
    this.#piscina = piscina;
    return piscina;
  }

  async #close(piscina: Piscina, kindly = false): Promise<void> {
    if (this.#piscina === piscina) {
      this.#piscina = undefined;
      this.#enginesWithData = new Set();
      this.#life++;
    }
    if (kindly) {
      const closing = piscina.run({ kind: "close" } satisfies WorkerTask);
      await Promise.race([closing, delay(CLOSING_MS, undefined, { ref: false })]).catch(() => {});
    }
    await piscina.destroy();
  }

  /** Engine data crosses once in a worker's life; tasks arrive in order. */
  #withoutKnownData(task: WorkerTask): WorkerTask {
    if ((task.kind !== "speak" && task.kind !== "start") || !task.order) return task;
    const { engineId } = task.order;
    if (!this.#enginesWithData.has(engineId)) {
      this.#enginesWithData.add(engineId);
      return task;
    }
    return { ...task, order: { ...task.order, engineData: undefined } };
  }
}

function transferListOf(task: WorkerTask): ArrayBuffer[] {
  const chunks = task.kind === "encode" ? task.chunks : task.kind === "start" && task.spoken ? [task.spoken] : [];
  return [...new Set(chunks.flatMap(({ parts }) => parts.map((part) => part.buffer as ArrayBuffer)))];
}

/** Whether the same task could succeed on another try: not when an engine said clearly what is wrong. */
export function mayRetry(error: unknown): boolean {
  if (error instanceof AppError) return error.retryable;
  return error instanceof WorkerDied || error instanceof WorkerFailure;
}
