import { EventEmitter } from "node:events";
import type { BlobReader, BlobWriter } from "../blobs/blob-store.ts";
import type { SpeechProgress } from "../speech/pipeline.ts";

/** What this process knows of a job it is making right now: how far it is, and its bytes as they come. */
export class LiveJob {
  bytesWritten = 0;
  progress: SpeechProgress | undefined;
  ended: "completed" | "stopped" | undefined;
  readonly #writer: Promise<BlobWriter>;
  readonly #events = new EventEmitter().setMaxListeners(0);

  constructor(writer: Promise<BlobWriter>) {
    this.#writer = writer;
  }

  async reader(): Promise<BlobReader> {
    return (await this.#writer).reader();
  }

  grew(bytes: number): void {
    this.bytesWritten += bytes;
    this.#events.emit("change");
  }

  end(how: "completed" | "stopped"): void {
    this.ended = how;
    this.#events.emit("change");
  }

  /** Resolves when there are more than `seenBytes` bytes, or the end has come. */
  async moreThan(seenBytes: number): Promise<void> {
    while (this.bytesWritten <= seenBytes && !this.ended) {
      await new Promise((resolve) => this.#events.once("change", resolve));
    }
  }
}

/** The jobs this process is making, and the news of those that start and end. */
export class LiveJobs {
  readonly #jobs = new Map<string, LiveJob>();
  readonly #events = new EventEmitter().setMaxListeners(0);
  /** Counts the news of all jobs: read it before the row, and pass it to `news`, so that none falls in between. */
  newsCount = 0;

  start(jobId: string, writer: Promise<BlobWriter>): LiveJob {
    const job = new LiveJob(writer);
    this.#jobs.set(jobId, job);
    this.#tell(jobId);
    return job;
  }

  get(jobId: string): LiveJob | undefined {
    return this.#jobs.get(jobId);
  }

  /** To be called when the job's row says how it ended. */
  forget(jobId: string): void {
    this.#jobs.delete(jobId);
    this.#tell(jobId);
  }

  #tell(jobId: string): void {
    this.newsCount += 1;
    this.#events.emit(jobId);
  }

  /** Resolves when this process starts or ends the job, after `timeoutMs`, when the signal aborts, or on missed news. */
  async news(jobId: string, since: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (since !== this.newsCount) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#events.off(jobId, done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#events.once(jobId, done);
      signal?.addEventListener("abort", done, { once: true });
      if (signal?.aborted) done();
    });
  }
}
