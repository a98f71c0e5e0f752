import { contentTypeOf } from "../speech/formats.ts";
import type { Store } from "../store/database.ts";
import { inSharedCommit } from "../store/shared-commit.ts";
import { insertRow } from "../store/statement.ts";
import { charge } from "./accounts.ts";
import { isoTime } from "./clock.ts";
import { type IdempotencyKey, remember, replay } from "./idempotency.ts";
import { newJobId } from "./job-id.ts";
import { indexJob } from "./job-search.ts";
import type { PlannedSpeech } from "./speech-request.ts";

/** What a submit answers, kept word for word for repeats of its key. */
export interface SubmitAnswer {
  jobId: string;
  status: "pending";
  voiceId: string;
  /** The second voice of a dialogue. */
  voiceSpeaker2?: string;
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
  planned: PlannedSpeech;
  charsCharged: number;
  title?: string;
  metadata?: Record<string, string>;
  webhookUrl?: string;
  stream?: { tokenHash: string; expiresAt: number; url: string };
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
  return inSharedCommit(store, async (trx) => {
    const earlier = key && (await replay<SubmitAnswer>(trx, job.accountId, key));
    if (earlier) return { answer: earlier, replayed: true };
    await charge(trx, job.accountId, job.charsCharged);
    const jobId = newJobId();
    const { planned } = job;
    const { source } = planned;
    await insertRow(trx, "jobs", {
      job_id: jobId,
      account_id: job.accountId,
      kind: job.kind,
      sample_key: job.sampleKey ?? null,
      status: "pending",
      priority: job.stream ? 1 : 0,
      voice_id: planned.voice.voiceId,
      voice_reason: planned.voiceReason ?? null,
      model: planned.model ?? null,
      prompt: planned.prompt ?? null,
      speed: source.speed,
      text_format: source.format ?? "text",
      second_voice_id: source.secondVoiceId ?? null,
      script_voices: source.voices ? JSON.stringify(source.voices) : null,
      output_format: planned.settings.format,
      sample_rate_hertz: planned.settings.sampleRateHertz,
      bitrate_kbps: planned.settings.bitrateKbps ?? null,
      streaming: planned.settings.streaming ? 1 : 0,
      chars_charged: job.charsCharged,
      title: job.title ?? null,
      metadata: job.metadata ? JSON.stringify(job.metadata) : null,
      webhook_url: job.webhookUrl ?? null,
      warnings: planned.warnings.length > 0 ? JSON.stringify(planned.warnings) : null,
      progress_total: source.text.length,
      content_type: contentTypeOf(planned.settings.format),
      created_at: Date.now(),
    });
    await insertRow(trx, "job_texts", { job_id: jobId, text: source.text });
    if (job.kind === "speech") await indexJob(trx, jobId, job.title, planned.said);
    if (job.stream) {
      const { tokenHash, expiresAt } = job.stream;
      await trx
        .insertInto("streams")
        .values({ token_hash: tokenHash, job_id: jobId, expires_at: expiresAt, consumed_at: null })
        .execute();
    }
    const answer = answerOf(jobId, job);
    if (key) await remember(trx, job.accountId, key, answer, jobId);
    return { answer, replayed: false };
  });
}

function answerOf(jobId: string, job: NewJob): SubmitAnswer {
  const { planned, stream } = job;
  return {
    jobId,
    status: "pending",
    voiceId: planned.voice.voiceId,
    voiceSpeaker2: planned.source.secondVoiceId,
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
