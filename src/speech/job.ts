import { AppError } from "../errors.ts";
import { rejectionBy } from "./abort.ts";
import { Attempt, type AttemptedJob, EncoderLost } from "./attempt.ts";
import { Delivery } from "./delivery.ts";
import { mayRetry } from "./lane.ts";
import type { ByteSink, SpeechOutcome, SpeechProgress, SpeechRequest } from "./pipeline.ts";
import type { Needs, SpeechPool } from "./pool.ts";
import type { ScriptChunk } from "./script/plan-script.ts";
import { type EnginesOfVoices, orderOf } from "./speak-order.ts";
import type { SpeakOrder } from "./worker-protocol.ts";

/** How often a job is made again because a thread died that held its encoder; its own chunks have a stricter limit. */
const MAX_RESTARTS = 3;
const TRIES_PER_CHUNK = 2;

let jobIds = 0;

/** One run of the pipeline. */
export class SpeechJob implements AttemptedJob {
  readonly #pool: SpeechPool;
  readonly #request: SpeechRequest;
  readonly #plan: () => Iterable<ScriptChunk>;
  readonly #engines: EnginesOfVoices;
  readonly #delivery: Delivery;
  readonly #signal: AbortSignal;
  readonly #onProgress: ((progress: SpeechProgress) => void) | undefined;
  readonly #tries = new Map<string, number>();
  #doneChars = 0;
  /** Set when a chunk has failed for good, maybe in an attempt that was over already. */
  #failure: AppError | undefined;

  constructor(parts: {
    pool: SpeechPool;
    request: SpeechRequest;
    /** The chunks of the request, from the first, each time it is called. */
    plan: () => Iterable<ScriptChunk>;
    /** For every voice that the plan has. */
    engines: EnginesOfVoices;
    sink: ByteSink;
    signal: AbortSignal;
    onProgress?: (progress: SpeechProgress) => void;
  }) {
    this.#pool = parts.pool;
    this.#request = parts.request;
    this.#plan = parts.plan;
    this.#engines = parts.engines;
    this.#delivery = new Delivery(parts.sink);
    this.#signal = parts.signal;
    this.#onProgress = parts.onProgress;
  }

  /** Speaks the text into the sink. @throws AppError GENERATION_FAILED, the signal's reason, or what the sink throws */
  async run(): Promise<SpeechOutcome> {
    for (let restarts = 0; ; restarts++) {
      const attempt = new Attempt(this, ++jobIds);
      const aborted = rejectionBy(this.#signal);
      try {
        // Abort answers at once, even while the sink takes its time; what runs in a thread ends by itself.
        return await Promise.race([attempt.run(), aborted.promise]);
      } catch (error) {
        if (!(error instanceof EncoderLost)) throw error;
        if (this.#failure) throw this.#failure;
        if (restarts >= MAX_RESTARTS) {
          throw new AppError("GENERATION_FAILED", "The speech workers of this computer keep ending.", {
            hint: "check its free memory, then try again",
            cause: error,
          });
        }
        this.#delivery.restart();
      } finally {
        aborted.release();
        attempt.end();
      }
    }
  }

  get pool(): SpeechPool {
    return this.#pool;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  get request(): SpeechRequest {
    return this.#request;
  }

  plan(): Iterator<ScriptChunk> {
    return this.#plan()[Symbol.iterator]();
  }

  orderFor(chunk: ScriptChunk): SpeakOrder {
    return orderOf(chunk, this.#request, this.#engines);
  }

  needsOf({ request }: SpeakOrder): Needs {
    return this.#engines.get(request.voiceId)!.needs;
  }

  async deliver(bytes: Uint8Array, doneChars: number): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#failure) throw this.#failure;
    await this.#delivery.give(bytes);
    this.#signal.throwIfAborted();
    if (doneChars <= this.#doneChars) return;
    this.#doneChars = doneChars;
    this.#onProgress?.({ doneChars, totalChars: this.#request.text.length });
  }

  failed({ text, span }: ScriptChunk, error: unknown): void {
    this.#signal.throwIfAborted();
    if (!mayRetry(error)) throw error;
    const { start, end } = span;
    // Chunks of one alias have the same span.
    const key = `${start} ${end} ${text}`;
    const tries = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, tries);
    if (tries < TRIES_PER_CHUNK) return;
    if (error instanceof AppError) throw error;
    this.#failure = new AppError(
      "GENERATION_FAILED",
      `The voice failed ${TRIES_PER_CHUNK} times on characters ${start} to ${end} of the text.`,
      { hint: "change that part of the text, or choose another voice", details: { start, end }, cause: error },
    );
    throw this.#failure;
  }
}
