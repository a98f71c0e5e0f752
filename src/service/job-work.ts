import type { BlobStore } from "../blobs/blob-store.ts";
import { AppError } from "../errors.ts";
import type { AudioSettings, OutputFormat } from "../speech/encoders/encoder.ts";
import type { SpeechPipeline } from "../speech/pipeline.ts";
import { isDiskFull, type Store } from "../store/database.ts";
import { inSharedCommit } from "../store/shared-commit.ts";
import { completeJob, failJob, type JobFailure } from "./job-end.ts";
import type { ClaimedJob, JobRow } from "./job-row.ts";
import type { LiveJobs } from "./live-jobs.ts";
import type { Log } from "./log.ts";

/** Progress is written to the row this often, for readers in other processes. */
const PROGRESS_INTERVAL_MS = 500;

/** Makes the audio of one claimed job: bytes to a temporary blob, then the blob's name, then the row. */
export class JobWork {
  readonly #store: Store;
  readonly #blobs: BlobStore;
  readonly #speech: SpeechPipeline;
  readonly #live: LiveJobs;
  readonly #log: Log;

  constructor(parts: { store: Store; blobs: BlobStore; speech: SpeechPipeline; live: LiveJobs; log: Log }) {
    this.#store = parts.store;
    this.#blobs = parts.blobs;
    this.#speech = parts.speech;
    this.#live = parts.live;
    this.#log = parts.log;
  }

  /** Ends with the row telling the outcome, or (aborted, or taken over) with nothing left behind. */
  async run(claim: ClaimedJob, signal: AbortSignal): Promise<void> {
    try {
      await this.#make(claim, signal);
    } catch (error) {
      if (signal.aborted) return;
      const failure = failureOf(error);
      if (failure.code !== "STORAGE_FULL") this.#log.error({ jobId: claim.jobId, err: error }, "a job failed");
      await inSharedCommit(this.#store, (trx) => failJob(trx, claim.row, failure));
    } finally {
      this.#live.forget(claim.jobId);
    }
  }

  async #make(claim: ClaimedJob, signal: AbortSignal): Promise<void> {
    const { text } = await this.#store
      .selectFrom("job_texts")
      .select("text")
      .where("job_id", "=", claim.jobId)
      .executeTakeFirstOrThrow();
    // What an earlier attempt left under its own name.
    if (claim.row.blob_name) await this.#blobs.remove(claim.row.blob_name);
    // Not waited for: the first sound is made while the file is opened.
    const creating = this.#blobs.create(claim.blobName);
    creating.catch(() => {});
    const live = this.#live.start(claim.jobId, creating);
    try {
      const settings = settingsOf(claim.row);
      const outcome = await this.#speech.run(
        { text, ...spokenHow(claim.row), settings },
        async (bytes) => {
          await (await creating).write(bytes);
          live.grew(bytes.length);
        },
        { signal, onProgress: this.#progressWriter(claim, (progress) => (live.progress = progress)) },
      );
      if (outcome.durationSeconds === 0) throw nothingSpoken();
      const writer = await creating;
      for (const patch of outcome.patches) await writer.patch(patch.offset, patch.bytes);
      signal.throwIfAborted();
      const bytes = await writer.commit();
      const result = { bytes, durationSeconds: outcome.durationSeconds };
      const ours = await inSharedCommit(this.#store, (trx) => completeJob(trx, claim, result));
      if (!ours) await this.#blobs.remove(claim.blobName);
      live.end(ours ? "completed" : "stopped");
    } catch (error) {
      live.end("stopped");
      const writer = await creating.catch(() => undefined);
      await writer?.discard();
      throw error;
    }
  }

  #progressWriter(claim: ClaimedJob, note: (progress: { doneChars: number; totalChars: number }) => void) {
    let last = Date.now();
    return (progress: { doneChars: number; totalChars: number }) => {
      note(progress);
      if (Date.now() - last < PROGRESS_INTERVAL_MS) return;
      last = Date.now();
      this.#store
        .updateTable("jobs")
        .set({ progress_done: progress.doneChars })
        .where("job_id", "=", claim.jobId)
        .where("status", "=", "processing")
        .where("attempt", "=", claim.attempt)
        .execute()
        .catch((error) => this.#log.warn({ jobId: claim.jobId, err: error }, "progress was not written"));
    };
  }
}

function spokenHow(row: JobRow) {
  return {
    voiceId: row.voice_id,
    speed: row.speed,
    format: row.text_format,
    secondVoiceId: row.second_voice_id ?? undefined,
    voices: row.script_voices ? (JSON.parse(row.script_voices) as Record<string, string>) : undefined,
    model: row.model ?? undefined,
    prompt: row.prompt ?? undefined,
  };
}

function settingsOf(row: JobRow): AudioSettings {
  return {
    format: row.output_format as OutputFormat,
    sampleRateHertz: row.sample_rate_hertz,
    bitrateKbps: row.bitrate_kbps ?? undefined,
    streaming: row.streaming === 1,
  };
}

/** Signs that are speakable in one context and not in another can pass the check of the whole text. */
function nothingSpoken(): AppError {
  return new AppError("GENERATION_FAILED", "Nothing in this text could be spoken.", {
    hint: "send words, with a new idempotency key; the charge was given back",
  });
}

function failureOf(error: unknown): JobFailure {
  if (isDiskFull(error)) {
    return {
      code: "STORAGE_FULL",
      message: "The disk is full; the half-made audio was removed and the charge given back.",
      hint: "free some space, or choose mp3 or ogg_opus, and use a new idempotency key",
    };
  }
  if (error instanceof AppError && error.code !== "INTERNAL") {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  return {
    code: "GENERATION_FAILED",
    message: "The speech could not be made.",
    hint: "try again with a new idempotency key",
  };
}
