import { createHash, randomUUID } from "node:crypto";
import { AppError } from "../errors.ts";
import { contentTypeOf } from "../speech/formats.ts";
import type { Store } from "../store/database.ts";
import { charge } from "./accounts.ts";
import { isoTime } from "./clock.ts";
import { indexJob } from "./job-search.ts";
import type { PlannedSpeech } from "./speech-request.ts";

/** A key is remembered this long. */
const IDEMPOTENCY_LIFE_MS = 24 * 60 * 60 * 1000;
const MAX_KEY_LENGTH = 255;

/** A key with what it was used for; `fingerprint` is a hash of the whole request. */
export interface IdempotencyKey {
  operation: string;
  key: string;
  fingerprint: string;
}

/** What a submit answers, kept word for word for repeats of its key. */
export interface SubmitAnswer {
  jobId: string;
  status: "pending";
  voiceId: string;
  charsCharged: number;
  pollUrl: string;
  audioEndpoint?: string;
  streamUrl?: string;
  streamUrlExpiresAt?: string;
  transportFormat?: "wav" | "mp3" | "ogg_opus";
  voiceReason?: string;
  warnings?: string[];
}

export interface NewJob {
  accountId: string;
  kind: "speech" | "sample";
  sampleKey?: string;
  text: string;
  planned: PlannedSpeech;
  charsCharged: number;
  title?: string;
  metadata?: Record<string, string>;
  webhookUrl?: string;
  stream?: { tokenHash: string; expiresAt: number; url: string };
}

/**
 * The hash of a request by which repeats are told from other requests under the same key.
 * @throws AppError INVALID_INPUT for a key that is too long or empty.
 */
export function idempotencyKey(operation: string, key: string, input: object): IdempotencyKey {
  if (key.length === 0 || key.length > MAX_KEY_LENGTH) {
    throw new AppError("INVALID_INPUT", `The idempotency key must have 1 to ${MAX_KEY_LENGTH} characters.`, {
      hint: "a UUID is a good key",
      details: { fields: [{ field: "idempotency_key", message: `1 to ${MAX_KEY_LENGTH} characters` }] },
    });
  }
  const sorted = JSON.stringify(input, (_, value) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return { operation, key, fingerprint: createHash("sha256").update(sorted).digest("base64url") };
}

/**
 * The first answer of a key, or undefined for a key not used yet.
 * @throws AppError IDEMPOTENCY_KEY_REUSED for another request; the job's failure when the first job failed.
 */
export async function replay(store: Store, accountId: string, key: IdempotencyKey): Promise<SubmitAnswer | undefined> {
  const row = await store
    .selectFrom("idempotency")
    .innerJoin("jobs", "jobs.job_id", "idempotency.job_id")
    .select(["fingerprint", "answer", "jobs.job_id", "jobs.status", "error_code", "error_message"])
    .where("idempotency.account_id", "=", accountId)
    .where("operation", "=", key.operation)
    .where("key", "=", key.key)
    .where("expires_at", ">", Date.now())
    .executeTakeFirst();
  if (!row) return undefined;
  if (row.fingerprint !== key.fingerprint) {
    throw new AppError("IDEMPOTENCY_KEY_REUSED", "This idempotency key was used for another request.", {
      hint: "use a new key for a new request; send the same fields to repeat the old one",
      details: { job_id: row.job_id },
    });
  }
  if (row.status === "failed") {
    throw new AppError("GENERATION_FAILED", `The job of this idempotency key failed: ${row.error_message}`, {
      hint: "use a new idempotency key to try again; the charge was given back",
      details: { job_id: row.job_id, job_error_code: row.error_code },
    });
  }
  return JSON.parse(row.answer);
}

/**
 * Saves a job with its text, charge, stream and idempotency row in one transaction: all of it or nothing.
 * A repeat of the key, even one that comes at the same moment, gets the first answer.
 */
export async function insertJob(
  store: Store,
  job: NewJob,
  key: IdempotencyKey | undefined,
): Promise<{ answer: SubmitAnswer; replayed: boolean }> {
  return store.transaction().execute(async (trx) => {
    const earlier = key && (await replay(trx, job.accountId, key));
    if (earlier) return { answer: earlier, replayed: true };
    await charge(trx, job.accountId, job.charsCharged);
    const jobId = randomUUID();
    const { planned } = job;
    await trx
      .insertInto("jobs")
      .values({
        job_id: jobId,
        account_id: job.accountId,
        kind: job.kind,
        sample_key: job.sampleKey ?? null,
        status: "pending",
        priority: job.stream ? 1 : 0,
        voice_id: planned.voice.voiceId,
        voice_reason: planned.voiceReason ?? null,
        speed: planned.speed,
        output_format: planned.settings.format,
        sample_rate_hertz: planned.settings.sampleRateHertz,
        bitrate_kbps: planned.settings.bitrateKbps ?? null,
        streaming: planned.settings.streaming ? 1 : 0,
        chars_charged: job.charsCharged,
        title: job.title ?? null,
        metadata: job.metadata ? JSON.stringify(job.metadata) : null,
        webhook_url: job.webhookUrl ?? null,
        warnings: planned.warnings.length > 0 ? JSON.stringify(planned.warnings) : null,
        progress_total: job.text.length,
        content_type: contentTypeOf(planned.settings.format),
        created_at: Date.now(),
      })
      .execute();
    await trx.insertInto("job_texts").values({ job_id: jobId, text: job.text }).execute();
    if (job.kind === "speech") await indexJob(trx, jobId, job.title, job.text);
    if (job.stream) {
      const { tokenHash, expiresAt } = job.stream;
      await trx
        .insertInto("streams")
        .values({ token_hash: tokenHash, job_id: jobId, expires_at: expiresAt, consumed_at: null })
        .execute();
    }
    const answer = answerOf(jobId, job);
    if (key) await remember(trx, job.accountId, key, jobId, answer);
    return { answer, replayed: false };
  });
}

async function remember(
  trx: Store,
  accountId: string,
  key: IdempotencyKey,
  jobId: string,
  answer: SubmitAnswer,
): Promise<void> {
  const now = Date.now();
  await trx.deleteFrom("idempotency").where("expires_at", "<=", now).execute();
  await trx
    .insertInto("idempotency")
    .values({
      account_id: accountId,
      ...key,
      job_id: jobId,
      answer: JSON.stringify(answer),
      expires_at: now + IDEMPOTENCY_LIFE_MS,
    })
    .execute();
}

function answerOf(jobId: string, job: NewJob): SubmitAnswer {
  const { planned, stream } = job;
  return {
    jobId,
    status: "pending",
    voiceId: planned.voice.voiceId,
    charsCharged: job.charsCharged,
    pollUrl: `/api/v1/tts/${jobId}`,
    ...(stream && {
      audioEndpoint: `/api/v1/tts/${jobId}/audio`,
      streamUrl: stream.url,
      streamUrlExpiresAt: isoTime(stream.expiresAt),
      transportFormat: planned.settings.format,
    }),
    voiceReason: planned.voiceReason,
    ...(planned.warnings.length > 0 && { warnings: planned.warnings }),
  };
}
