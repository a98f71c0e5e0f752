import type * as z from "zod";
import type { Submission } from "../../src/client/idempotency.ts";
import type { Job } from "../../src/client/poll.ts";
import type { SaveTarget } from "../../src/client/save-path.ts";
import { WaitSeconds } from "../../src/contract/common.ts";
import { jobFailed } from "../../src/contract/job-failure.ts";
import { SpeechInput, submitSpeech } from "../../src/contract/tts.ts";
import { AppError, invalidField } from "../../src/errors.ts";
import { IdempotencyKey } from "../idempotency-key.ts";
import {
  attach,
  DEFAULT_WAIT_SECONDS,
  JobAnswer,
  jobAnswer,
  jobText,
  planSave,
  saveJob,
  warned,
} from "../job-answer.ts";
import { type Attachment, defineTool, Include, SaveTo, type ToolConfig, type ToolContext } from "../tool.ts";

const Input = SpeechInput.extend({
  delivery_mode: submitSpeech.input.shape.delivery_mode.describe("stream: answers at once with a stream_url"),
  idempotency_key: IdempotencyKey.describe(
    "Send the same value again when you retry the same request; you get the first job back and are not charged twice.",
  ),
  wait_seconds: WaitSeconds.default(DEFAULT_WAIT_SECONDS),
  save_to: SaveTo.describe("file name, or path inside the output folder"),
  include: Include,
});

export default defineTool({
  name: "generate_speech",
  title: "Generate speech",
  group: "generation",
  scopes: ["tts:generate", "tts:status"],
  effect: "write",
  openWorld: true,
  description:
    "Turn text into speech and answer with a link and file of the audio. Waits up to 45 s; longer jobs answer " +
    'status "processing": then call get_job_status. Voices: search_voices. Never send one text in parts.',
  input: Input,
  output: JobAnswer,
  run: async ({ idempotency_key, wait_seconds, save_to, include, ...request }, context) => {
    const { client, config, signal } = context;
    checkWebhook(request.webhook_url, config);
    const streams = request.delivery_mode === "stream";
    const fallback = streams ? "ogg_opus" : "mp3";
    const target = await planSave(save_to, context, { format: request.output_format, fallback });
    const voice = defaultVoice(request, context);
    const output_format = request.output_format ?? target?.format ?? fallback;
    const submission = await client.submit(
      { ...request, ...voice, output_format },
      { idempotencyKey: idempotency_key, signal },
    );
    const { answer: submitted, replayed } = submission;
    const { job, problem } = await follow(submission, streams ? 0 : wait_seconds, context);
    if (job.status === "failed") throw jobFailed(job, replayed);

    const after =
      job.status === "completed"
        ? await deliver(job, { target, include }, context)
        : notYet(job.job_id, { save_to, include });
    const data: JobAnswer = {
      ...jobAnswer({ ...submitted, ...job }, context),
      ...(submitted.stream_url && streamFields(submitted)),
      ...(voice && { voice_reason: "it is AITTSM_DEFAULT_VOICE" }),
      ...(submitted.voice_reason && { voice_reason: submitted.voice_reason }),
      ...(replayed && { idempotent_replay: true }),
      ...after.saved,
      ...warned(submitted.warnings, job.warnings, submission.warnings, problem, after.warnings),
    };
    return { data, text: jobText(data), attachments: after.attachments };
  },
});

/** A model must not choose where audio goes: only hosts that the person listed. */
function checkWebhook(url: string | undefined, { webhookHosts }: ToolConfig): void {
  if (url === undefined) return;
  const host = URL.canParse(url) ? new URL(url).hostname : undefined;
  if (host !== undefined && webhookHosts.some((allowed) => allowed.toLowerCase() === host)) return;
  throw invalidField(
    "webhook_url",
    host === undefined ? "webhook_url is not a URL." : `webhook_url names ${host}, which is not allowed.`,
    "leave webhook_url out and use get_job_status, or have the person add the host to AITTSM_WEBHOOK_HOSTS",
  );
}

/** A service in this process knows the setting itself; one elsewhere has to be told. */
function defaultVoice(request: z.output<typeof SpeechInput>, { client, config }: ToolContext) {
  const { voice_id, voice_speaker_1, language = "" } = request;
  const voice = config.defaultVoice;
  if (client.local || voice_id || voice_speaker_1 || !voice) return undefined;
  // An id is provider:language-Family-Name: where another language is asked for, the default voice is not meant.
  const speaks = `${voice.slice(voice.indexOf(":") + 1)}-`
    .toLowerCase()
    .startsWith(language && `${language.toLowerCase()}-`);
  return speaks ? { voice_id: voice } : undefined;
}

/** The job after the wait. One that is only known to be over is read in any case. */
async function follow({ answer, job }: Submission, seconds: number, { client, signal, hurry, progress }: ToolContext) {
  const unread = !job && (answer.status === "completed" || answer.status === "failed");
  if (seconds === 0 && !unread) return { job: job ?? answer };
  const waited = await client.wait(answer.job_id, {
    seconds,
    signal,
    hurry,
    known: unread ? undefined : (job ?? answer),
    onProgress: progress && ((running) => running.progress && progress(running.progress.done, running.progress.total)),
  });
  const { problem } = waited;
  return { job: waited.job, problem: problem && [`the wait ended early: ${problem.code}: ${problem.message}`] };
}

interface Wishes {
  save_to?: string;
  target?: SaveTarget;
  include?: z.output<typeof Include>;
}

interface Delivered {
  saved?: { file_path: string; bytes: number };
  attachments?: Attachment[];
  warnings: string[];
}

/** Saves and attaches. The speech is made and paid for, so what fails here is a warning that names the next step. */
async function deliver(job: Job, { target, include }: Wishes, context: ToolContext): Promise<Delivered> {
  const delivered: Delivered = { warnings: [] };
  const retry = `call get_audio_link with job_id "${job.job_id}"`;
  try {
    if (target) delivered.saved = await saveJob(job, target, context);
    const { attachments, warnings } = await attach(include, job, context);
    delivered.attachments = attachments;
    delivered.warnings.push(...warnings);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "CANCELLED") throw error;
    const what = target && !delivered.saved ? "the audio was not saved" : "the audio is not included";
    delivered.warnings.push(`${what}: ${error.code}: ${error.message} To try again, ${retry}`);
  }
  return delivered;
}

/** What the caller can do about save_to and include while the job still runs. */
function notYet(jobId: string, { save_to, include }: Wishes): Delivered {
  const wishes = [
    save_to !== undefined && `save_to ${JSON.stringify(save_to)}`,
    include?.length && `include ${JSON.stringify(include)}`,
  ].filter(Boolean);
  if (wishes.length === 0) return { warnings: [] };
  const call = `call get_audio_link with job_id "${jobId}" and ${wishes.join(" and ")}`;
  return { warnings: [`the audio is not complete yet, so nothing was saved or included; once it is, ${call}`] };
}

function streamFields({ job_id, stream_url, stream_url_expires_at, transport_format }: Submission["answer"]) {
  const next = `open stream_url to listen; later call get_audio_link with job_id "${job_id}" for the whole file`;
  return { stream_url, stream_url_expires_at, transport_format, next };
}
