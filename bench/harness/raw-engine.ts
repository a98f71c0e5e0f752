import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { SynthesisRequest } from "../../src/engines/engine.ts";

export interface RawEngineSetup {
  engineId: string;
  /** What `Engine.workerData` gave. */
  data: unknown;
  requests: SynthesisRequest[];
}

/** Worker threads don't inherit tsx's loader. */
const LOADER = `import(${JSON.stringify(import.meta.resolve("tsx/esm/api"))}).then(({ tsImport }) =>
  tsImport("./raw-engine-thread.ts", ${JSON.stringify(import.meta.url)}));`;

/** An engine's speaker alone in one worker thread, request by request. */
export class RawEngine {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** A worker that has loaded its code. */
  static async start(setup: RawEngineSetup): Promise<RawEngine> {
    const worker = new Worker(LOADER, { eval: true, workerData: setup });
    await once(worker, "message");
    return new RawEngine(worker);
  }

  /** Speaks all requests; gives the number of samples. */
  async speak(): Promise<number> {
    this.#worker.postMessage("speak");
    const [samples] = await once(this.#worker, "message");
    return samples;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
