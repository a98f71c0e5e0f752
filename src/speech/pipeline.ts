import { availableParallelism } from "node:os";
import { createEngineRegistry, type EngineRegistry } from "../engines/registry.ts";
import { AppError } from "../errors.ts";
import type { AudioSettings, BytePatch } from "./encoders/encoder.ts";
import { randomStreamSerial } from "./encoders/ogg-pages.ts";
import { SpeechJob } from "./job.ts";
import { languageToNormalise } from "./normalise/language.ts";
import { SpeechPool } from "./pool.ts";
import { planJob, type ScriptSource, voiceFacts, voicesOf } from "./script/build.ts";
import type { SpeakingEngine } from "./speak-order.ts";

/** One job's speech, all settings checked. */
export interface SpeechRequest extends ScriptSource {
  /** For voices that have models, or take directions in words. */
  model?: string;
  prompt?: string;
  settings: AudioSettings;
}

export interface SpeechProgress {
  /** UTF-16 code units of the text that are spoken and encoded. */
  doneChars: number;
  totalChars: number;
}

export interface SpeechOutcome {
  /** Length of the speech in seconds: samples at the output rate / rate. */
  durationSeconds: number;
  /** Bytes to overwrite in what was given to the sink, once all of it is stored (empty for streaming settings). */
  patches: BytePatch[];
}

/** Takes the bytes of the container in order; the pipeline waits for the promise, so memory does not grow. */
export type ByteSink = (bytes: Uint8Array) => Promise<void> | void;

/** Text to the bytes of one audio file: plan, synthesize in worker threads, resample, encode. */
export interface SpeechPipeline {
  /**
   * Speaks the text into the sink. The first bytes come after the first sentence; the text ahead is spoken while they are
   * taken.
   * @throws the signal's reason when it aborts, soon; AppError GENERATION_FAILED when the voice fails; AppErrors of the
   *   engine; what the sink throws
   */
  run(
    request: SpeechRequest,
    sink: ByteSink,
    options: { signal: AbortSignal; onProgress?: (progress: SpeechProgress) => void },
  ): Promise<SpeechOutcome>;
  close(): Promise<void>;
}

export interface SpeechPipelineOptions {
  /** Worker threads for synthesis and encoding together; default one for each core, at most 4. */
  threads?: number;
  /** Whose catalogue names the engines of voices; default: all of the product. */
  engines?: EngineRegistry;
  /** URL of a module with `entries` (EngineEntry[]), which the workers use in place of the product's engines. */
  enginesModule?: string;
  /** Threads step back while others want to run: for servers, whose answers matter more than a job's end. */
  background?: boolean;
  /** Threads end when nothing was spoken for so long. */
  idleTimeoutMs?: number;
}

const MOST_THREADS_BY_DEFAULT = 4;
const IDLE_TIMEOUT_MS = 60_000;

/** A pipeline that starts its threads with its first job. Runs of several jobs share them in turns. */
export function createSpeechPipeline(options: SpeechPipelineOptions = {}): SpeechPipeline {
  return new ThreadedPipeline(options);
}

class ThreadedPipeline implements SpeechPipeline {
  readonly #engines: EngineRegistry;
  readonly #pool: SpeechPool;
  readonly #engineData = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(options: SpeechPipelineOptions) {
    this.#engines = options.engines ?? createEngineRegistry();
    this.#pool = new SpeechPool({
      threads: Math.max(1, options.threads ?? Math.min(MOST_THREADS_BY_DEFAULT, availableParallelism())),
      idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      setup: {
        ...(options.enginesModule && { enginesModule: options.enginesModule }),
        ...(options.background && { background: true }),
      },
    });
  }

  async run(
    request: SpeechRequest,
    sink: ByteSink,
    options: { signal: AbortSignal; onProgress?: (progress: SpeechProgress) => void },
  ): Promise<SpeechOutcome> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    signal.throwIfAborted();
    this.#pool.wake();
    const engines = new Map<string, SpeakingEngine>();
    for (const voiceId of voicesOf(request)) engines.set(voiceId, await this.#engineOf(voiceId));
    const settings = { streamSerial: randomStreamSerial(), ...request.settings };
    const facts = voiceFacts((voiceId) => this.#engines.engineOf(voiceId));
    const plan = () => planJob(request, facts);
    const parts = { request: { ...request, settings }, plan, engines, sink, signal, onProgress: options.onProgress };
    return new SpeechJob({ pool: this.#pool, ...parts }).run();
  }

  async #engineOf(voiceId: string): Promise<SpeakingEngine> {
    const engine = this.#engines.engineOf(voiceId);
    const normaliseIn = languageToNormalise(engine, voiceId);
    const engineData = await this.#dataOf(engine.id);
    const order = { engineId: engine.id, engineData, ...(normaliseIn && { normaliseIn }) };
    return { order, needs: { holding: engine.holding, provider: engine.local ? undefined : engine.id } };
  }

  async close(): Promise<void> {
    this.#closing.abort(new AppError("UNAVAILABLE", "The speech service is shutting down."));
    await this.#pool.close();
  }

  #dataOf(engineId: string): Promise<unknown> {
    let data = this.#engineData.get(engineId);
    if (!data) {
      const engine = this.#engines.engines.find(({ id }) => id === engineId);
      data = Promise.resolve(engine?.workerData?.());
      this.#engineData.set(engineId, data);
      data.catch(() => this.#engineData.delete(engineId));
    }
    return data;
  }
}
