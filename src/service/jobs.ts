import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlobStore } from "../blobs/blob-store.ts";
import { AppError } from "../errors.ts";
import type { JobQueue } from "../queue/queue.ts";
import type { OutputFormat } from "../speech/encoders/encoder.ts";
import { extensionOf } from "../speech/formats.ts";
import type { Store } from "../store/database.ts";
import { ReadCache, type Reader } from "../store/reader.ts";
import { audioDeleted } from "./audio-files.ts";
import type { Catalogue } from "./catalogue.ts";
import { isoTime } from "./clock.ts";
import { type IdempotencyKey, idempotencyKey, replay } from "./idempotency.ts";
import { isEnded, type JobRow } from "./job-row.ts";
import { type Links, makeStreamToken, STREAM_URL_LIFE_MS } from "./links.ts";
import type { LiveJobs } from "./live-jobs.ts";
import { checkMetadata } from "./metadata.ts";
import { planSpeech, type SpeechWish } from "./speech-request.ts";
import { insertJob, type SubmitAnswer } from "./submit.ts";
import type { VoiceDefaults } from "./voice-choice.ts";
import type { WebhookService } from "./webhooks/account-webhook.ts";

/** A job made by another process is looked at this often while somebody waits for it. */
const POLL_MS = 200;

export type SubmitInput = SpeechWish & { title?: string; metadata?: Record<string, string>; webhookUrl?: string };

/** Who asks: rows belong to accounts, and paths of files are told only on the machine that holds them. */
export interface Caller {
  accountId: string;
  local: boolean;
}

export interface JobAnswer {
  jobId: string;
  status: JobRow["status"];
  voiceId: string;
  voiceSpeaker2?: string;
  title?: string;
  charsCharged: number;
  createdAt: string;
  completedAt?: string;
  progress?: { done: number; total: number };
  audioEndpoint?: string;
  audioUrl?: string;
  audioUrlExpiresAt?: string;
  filePath?: string;
  contentType?: string;
  bytes?: number;
  durationSeconds?: number;
  error?: { code: string; message: string; hint?: string };
  audioDeleted?: boolean;
  warnings?: string[];
}

const isLocal = (provider: string, { engines }: Catalogue) => engines.find(({ id }) => id === provider)?.local ?? true;

export interface JobServiceParts {
  store: Store;
  reader: Reader;
  blobs: BlobStore;
  catalogue: Catalogue;
  links: Links;
  live: LiveJobs;
  queue: JobQueue;
  webhooks: Pick<WebhookService, "override">;
  defaults: VoiceDefaults;
  /** Sentences that belong into every answer, such as a data folder that could not be used. */
  standingWarnings: readonly string[];
}

/** Speech jobs: submit, look at, wait for. */
export class JobService {
  readonly #parts: JobServiceParts;
  readonly #rows: ReadCache<JobRow | undefined>;
  readonly #ended = new WeakMap<JobRow, { second: number; local: boolean; answer: JobAnswer }>();
  #stopping = false;

  constructor(parts: JobServiceParts) {
    this.#parts = parts;
    this.#rows = new ReadCache(parts.reader);
  }

  /**
   * Checks a wish, then saves the job; its work begins at once in the background.
   * @throws AppError for bad input (nothing saved or charged), and as `replay` does for a key that was used before.
   */
  async submit(
    caller: Caller,
    input: SubmitInput,
    idempotency: { operation: string; key: string } | undefined,
  ): Promise<{ answer: SubmitAnswer; replayed: boolean }> {
    const key = idempotency && idempotencyKey(idempotency.operation, idempotency.key, input);
    const earlier = key && (await replay<SubmitAnswer>(this.#parts.store, caller.accountId, key));
    if (earlier) return { answer: earlier, replayed: true };
    return this.#submitNew(caller, input, key);
  }

  async #submitNew(caller: Caller, input: SubmitInput, key: IdempotencyKey | undefined) {
    if (input.metadata) checkMetadata(input.metadata);
    const { webhooks } = this.#parts;
    const webhook = input.webhookUrl ? await webhooks.override(caller.accountId, input.webhookUrl) : undefined;
    const planned = await planSpeech(input, this.#parts);
    planned.warnings.unshift(...this.#parts.standingWarnings);
    planned.warnings.push(...(webhook?.warnings ?? []));
    const stream = input.deliveryMode === "stream" ? await this.#newStream() : undefined;
    const { title, metadata } = input;
    const { accountId } = caller;
    const saved = await insertJob(
      this.#parts.store,
      {
        accountId,
        kind: "speech",
        planned,
        charsCharged: planned.charsCharged,
        title,
        metadata,
        webhookUrl: webhook?.url,
        stream,
      },
      key,
    );
    this.#parts.queue.wake(!isLocal(planned.voice.provider, this.#parts.catalogue));
    // The work begins in this turn: a thread speaks while the answer is written.
    await nextTurn();
    return saved;
  }

  async #newStream() {
    const { token, hash } = makeStreamToken();
    const expiresAt = Date.now() + STREAM_URL_LIFE_MS;
    return { tokenHash: hash, expiresAt, url: await this.#parts.links.streamUrl(token) };
  }

  /** Whoever waits gets an answer now, with what is known: the process ends. */
  hurry(): void {
    this.#stopping = true;
  }

  /** Whether the process ends, so that nobody is to wait here any more. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** @throws AppError NOT_FOUND, also for another account's job. */
  async get(caller: Caller, jobId: string): Promise<JobAnswer> {
    return this.#answer(caller, await this.row(caller.accountId, jobId));
  }

  /**
   * The job when it has ended, or as it is after `waitSeconds` or once the process ends.
   * @throws AppError NOT_FOUND; the signal's reason when the caller leaves (the job goes on).
   */
  async wait(caller: Caller, jobId: string, waitSeconds: number, signal: AbortSignal): Promise<JobAnswer> {
    const deadline = Date.now() + waitSeconds * 1000;
    for (;;) {
      const seen = this.#parts.live.newsCount;
      const row = await this.row(caller.accountId, jobId);
      const left = deadline - Date.now();
      if (isEnded(row) || left <= 0 || this.#stopping) return this.#answer(caller, row);
      await this.#parts.live.news(jobId, seen, Math.min(left, POLL_MS), signal);
      signal.throwIfAborted();
    }
  }

  async row(accountId: string, jobId: string): Promise<JobRow> {
    const row = this.#rows.get(`${accountId} ${jobId}`, (reader) =>
      // Written as SQL, because it is what polling clients ask for most.
      reader.get<JobRow>("select * from jobs where job_id = ? and account_id = ?", jobId, accountId),
    );
    if (row) return row;
    throw new AppError("NOT_FOUND", `There is no job "${jobId}".`, {
      hint: "use the job_id that generate_speech (POST /tts) answered",
    });
  }

  /**
   * The signed URL of a completed job.
   * @throws AppError JOB_NOT_COMPLETED, or the failure of a failed job; AUDIO_DELETED.
   */
  async audioUrl(caller: Caller, jobId: string): Promise<string> {
    const row = await this.row(caller.accountId, jobId);
    if (row.audio_deleted_at !== null) throw audioDeleted();
    if (row.status === "completed") return (await this.#signedUrl(row)).url;
    throw new AppError(
      "JOB_NOT_COMPLETED",
      row.status === "failed" ? `The job failed: ${row.error_message}` : `The job is ${row.status}.`,
      row.status === "failed"
        ? {
            hint: row.error_hint ?? "submit the text again",
            details: { status: row.status, job_error_code: row.error_code },
          }
        : {
            hint: "ask again with wait_seconds until it is completed",
            retryAfterMs: 1_000,
            details: { status: row.status },
          },
    );
  }

  #signedUrl(row: JobRow) {
    return this.#parts.links.audioUrl(row.job_id, extensionOf(row.output_format as OutputFormat));
  }

  async #answer(caller: Caller, row: JobRow): Promise<JobAnswer> {
    if (!isEnded(row)) return this.#newAnswer(caller, row);
    // Polls go on after the end, and come many at a time: an unchanged row has one answer a second (see Links).
    const second = Math.floor(Date.now() / 1000);
    const known = this.#ended.get(row);
    if (known && known.second === second && known.local === caller.local) return known.answer;
    const answer = await this.#newAnswer(caller, row);
    this.#ended.set(row, { second, local: caller.local, answer });
    return answer;
  }

  async #newAnswer(caller: Caller, row: JobRow): Promise<JobAnswer> {
    const progress = this.#parts.live.get(row.job_id)?.progress;
    const deleted = row.audio_deleted_at !== null;
    const completed = row.status === "completed" && !deleted ? await this.#signedUrl(row) : undefined;
    return {
      jobId: row.job_id,
      status: row.status,
      voiceId: row.voice_id,
      voiceSpeaker2: row.second_voice_id ?? undefined,
      title: row.title ?? undefined,
      charsCharged: row.status === "failed" ? 0 : row.chars_charged,
      createdAt: isoTime(row.created_at),
      completedAt: row.completed_at ? isoTime(row.completed_at) : undefined,
      progress: isEnded(row)
        ? undefined
        : { done: Math.max(progress?.doneChars ?? 0, row.progress_done), total: row.progress_total },
      ...(completed && {
        audioEndpoint: `/api/v1/tts/${row.job_id}/audio`,
        audioUrl: completed.url,
        audioUrlExpiresAt: isoTime(completed.expiresAt),
        filePath: caller.local ? this.#parts.blobs.localPath(row.blob_name!) : undefined,
        contentType: row.content_type,
        bytes: row.bytes ?? undefined,
        durationSeconds: row.duration_seconds ?? undefined,
      }),
      error: row.error_code
        ? { code: row.error_code, message: row.error_message!, hint: row.error_hint ?? undefined }
        : undefined,
      audioDeleted: deleted || undefined,
      warnings: row.warnings ? JSON.parse(row.warnings) : undefined,
    };
  }
}
