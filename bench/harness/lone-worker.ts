import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { AudioSettings } from "../../src/speech/encoders/encoder.ts";

/** What the lone worker is asked to do. Without settings it only speaks. */
export interface LoneTask {
  text: string;
  voiceId: string;
  settings?: AudioSettings;
}

/** What it answers. */
export interface LoneAnswer {
  /** The samples of the voice, or the encoded bytes. */
  bytes: Uint8Array;
}

/** The voice the product speaks with when none is named. */
export const DEFAULT_VOICE = "flite:en-US-Clustergen-Rms";

/** Worker threads don't inherit tsx's loader. */
const LOADER = `import(${JSON.stringify(import.meta.resolve("tsx/esm/api"))}).then(({ tsImport }) =>
  tsImport("./lone-worker-thread.ts", ${JSON.stringify(import.meta.url)}));`;

/** The engine and the encoder alone in one worker thread: no pipeline, no jobs, no database, no server. */
export class LoneWorker {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** A worker that has loaded its code. */
  static async start(): Promise<LoneWorker> {
    const worker = new Worker(LOADER, { eval: true });
    await once(worker, "message");
    return new LoneWorker(worker);
  }

  async run(task: LoneTask): Promise<LoneAnswer> {
    this.#worker.postMessage(task);
    const [answer] = await once(this.#worker, "message");
    return answer;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
