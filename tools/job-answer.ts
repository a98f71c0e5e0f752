import * as z from "zod";
import type { AudioSource } from "../src/client/download.ts";
import type { Job } from "../src/client/poll.ts";
import type { SaveOptions, SaveTarget } from "../src/client/save-path.ts";
import { Job as JobSchema, Submitted } from "../src/contract/tts.ts";
import { outputDirOf } from "./save-file.ts";
import type { Attachment, ToolContext } from "./tool.ts";

/** What generate_speech and get_job_status answer. */
export const JobAnswer = JobSchema.pick({
  job_id: true,
  status: true,
  voice_id: true,
  chars_charged: true,
  progress: true,
  audio_endpoint: true,
  audio_url: true,
  audio_url_expires_at: true,
  file_path: true,
  content_type: true,
  bytes: true,
  duration_seconds: true,
}).extend({
  ...Submitted.pick({
    stream_url: true,
    stream_url_expires_at: true,
    transport_format: true,
    voice_reason: true,
    warnings: true,
  }).shape,
  idempotent_replay: z.boolean().optional(),
  next: z.string().optional(),
});
export type JobAnswer = z.output<typeof JobAnswer>;

/** Inline audio beyond this would fill a client's result. */
export const MAX_INLINE_BYTES = 500_000;

export const DEFAULT_WAIT_SECONDS = 45;

/** The one exact call that follows a job's answer while it runs. */
export const nextStatusCall = (jobId: string) =>
  `call get_job_status with job_id "${jobId}" and wait_seconds ${DEFAULT_WAIT_SECONDS}`;

/** A job as an answer. A path is told only to a caller on the machine that holds the file. */
export function jobAnswer(job: Job, { client, config }: ToolContext): JobAnswer {
  const { file_path, ...answer } = JobAnswer.parse(job);
  const here = client.local && config.outputDir !== undefined;
  return {
    ...answer,
    ...(here && file_path && { file_path }),
    ...(job.status !== "completed" && { next: nextStatusCall(job.job_id) }),
  };
}

const size = (bytes: number) => (bytes < 1_000 ? `${bytes} B` : `${Math.round(bytes / 1_000)} kB`);

/** The lines that say where the audio is. */
export function audioLines(answer: Partial<JobAnswer>): string[] {
  const facts = [
    answer.duration_seconds !== undefined && `${Math.round(answer.duration_seconds * 100) / 100} s`,
    answer.bytes !== undefined && size(answer.bytes),
    answer.content_type,
  ].filter(Boolean);
  const until = answer.audio_url_expires_at ? ` (until ${answer.audio_url_expires_at})` : "";
  return [
    facts.length > 0 && `Audio: ${facts.join(", ")}`,
    answer.file_path && `File: ${answer.file_path}`,
    answer.audio_url && `URL${until}: ${answer.audio_url}`,
    !answer.audio_url && answer.audio_endpoint && `Endpoint: ${answer.audio_endpoint}`,
  ].filter((line) => typeof line === "string");
}

export const warningLines = (warnings: readonly string[] | undefined) =>
  (warnings ?? []).map((warning) => `Warning: ${warning}`);

/** The `warnings` field with what several places warn of, each once; nothing when there is nothing. */
export function warned(...lists: (readonly string[] | undefined)[]): { warnings?: string[] } {
  const warnings = [...new Set(lists.flatMap((list) => list ?? []))];
  return warnings.length > 0 ? { warnings } : {};
}

/** The text of a job's answer. */
export function jobText(answer: JobAnswer): string {
  const { job_id, status, progress, voice_id, stream_url } = answer;
  const done = progress ? `, ${progress.done} of ${progress.total} characters` : "";
  const voice = voice_id ? `, voice ${voice_id}` : "";
  const reason = answer.voice_reason ? ` (${answer.voice_reason})` : "";
  const until = answer.stream_url_expires_at ?? "in some minutes";
  const replay = answer.idempotent_replay ? " (the job of an earlier call with this idempotency_key)" : "";
  return [
    `Job ${job_id} is ${status}${done}${voice}${reason}${replay}.`,
    ...(stream_url
      ? [`Stream (${answer.transport_format ?? "audio"}), plays once, until ${until}: ${stream_url}`]
      : []),
    ...(status === "completed" ? audioLines(answer) : []),
    ...warningLines(answer.warnings),
    ...(answer.next ? [`Next: ${answer.next}.`] : []),
  ].join("\n");
}

/** Where save_to leads, checked before anything is charged; undefined when it wasn't given. */
export async function planSave(
  saveTo: string | undefined,
  context: ToolContext,
  known: Pick<SaveOptions, "format" | "contentType" | "fallback">,
): Promise<SaveTarget | undefined> {
  if (saveTo === undefined) return undefined;
  return context.client.prepareSave({ outputDir: outputDirOf(context, "download audio_url"), saveTo, ...known });
}

/** Writes a completed job's audio to its planned place. */
export async function saveJob(job: Job, target: SaveTarget, { client, signal }: ToolContext) {
  const bytes = await client.save(await client.openAudio(job, signal), target);
  return { file_path: target.path, bytes };
}

/** The blocks that `include` asks for, and a warning for each that can't be given. */
export async function attach(
  include: readonly ("audio" | "resource_link")[] | undefined,
  job: Job,
  { client, signal }: ToolContext,
): Promise<{ attachments: Attachment[]; warnings: string[] }> {
  const attachments: Attachment[] = [];
  const warnings: string[] = [];
  if (include?.includes("resource_link")) {
    attachments.push({
      type: "resource_link",
      uri: `aittsm://jobs/${encodeURIComponent(job.job_id)}/audio`,
      name: job.title ?? `speech ${job.job_id}`,
      mimeType: job.content_type,
      size: job.bytes,
    });
  }
  if (include?.includes("audio")) {
    const tooBig = `the audio is not inline: it is larger than ${MAX_INLINE_BYTES} bytes; use audio_url or save_to`;
    const data = (job.bytes ?? 0) > MAX_INLINE_BYTES ? undefined : await readUpTo(await client.openAudio(job, signal));
    if (data) attachments.push({ type: "audio", data: data.bytes, mimeType: data.mimeType });
    else warnings.push(tooBig);
  }
  return { attachments, warnings };
}

async function readUpTo(source: AudioSource): Promise<{ bytes: Uint8Array; mimeType: string } | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source.body) {
    length += chunk.byteLength;
    // Leaving the loop cancels the download.
    if (length > MAX_INLINE_BYTES) return undefined;
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks, length), mimeType: source.contentType };
}
