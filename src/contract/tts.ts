import * as z from "zod";
import { JobId, Metadata, OutputFormat, Time, VoiceId, WaitSeconds, Warnings } from "./common.ts";
import { op } from "./operation.ts";

/** The limits that hold for every voice; a voice's own are in its capabilities. Bytes of UTF-8. */
export const TEXT_LIMITS = { textBytes: 500_000, streamBytes: 5_000, promptBytes: 4_000 } as const;

export const SpeechInput = z.object({
  text: z.string().min(1).describe("what to speak, whole; up to 500,000 bytes"),
  voice_id: VoiceId.optional().describe("from search_voices"),
  language: z.string().max(35).optional().describe("BCP-47, picks a voice when voice_id is absent"),
  format: z.enum(["text", "ssml", "markup"]).optional().describe("markup: text with [pause], [pause short|long]"),
  model_type: z.enum(["premium", "ultra"]).optional(),
  model: z.string().max(100).optional(),
  prompt: z.string().max(TEXT_LIMITS.promptBytes).optional().describe("style instructions, where supported"),
  speed: z.number().min(0.25).max(4).optional(),
  output_format: OutputFormat.optional().describe("default mp3"),
  sample_rate_hertz: z.number().int().min(8_000).max(48_000).optional(),
  output_bitrate_kbps: z.number().int().min(6).max(510).optional(),
  speaker_type: z.enum(["single", "multi"]).optional().describe('multi: lines begin "Speaker 1:" or "Speaker 2:"'),
  voice_speaker_1: VoiceId.optional(),
  voice_speaker_2: VoiceId.optional(),
  title: z.string().max(200).optional(),
  metadata: Metadata.optional(),
  webhook_url: z.string().max(2_048).optional(),
});

const DeliveryMode = z.enum(["async", "stream"]);
/** The old name of voice_id, still accepted on the wire. */
const OldNames = { voice: VoiceId.optional() };

export const Submitted = z.object({
  job_id: z.string(),
  status: z.enum(["pending", "processing", "completed", "failed"]),
  voice_id: z.string().optional(),
  voice_speaker_2: z.string().optional(),
  chars_charged: z.number().optional(),
  poll_url: z.string().optional(),
  audio_endpoint: z.string().optional(),
  stream_url: z.string().optional().describe("plays while it is made; one use, 5 min"),
  stream_url_expires_at: Time.optional(),
  transport_format: OutputFormat.optional(),
  voice_reason: z.string().optional(),
  warnings: Warnings.optional(),
});

export const Job = z.object({
  job_id: z.string(),
  status: z.enum(["pending", "processing", "completed", "failed"]),
  voice_id: z.string().optional(),
  voice_speaker_2: z.string().optional().describe("of a dialogue; voice_id is speaker 1"),
  title: z.string().optional(),
  chars_charged: z.number().optional(),
  created_at: Time.optional(),
  completed_at: Time.optional(),
  progress: z.object({ done: z.number(), total: z.number() }).optional().describe("characters"),
  audio_endpoint: z.string().optional(),
  audio_url: z.string().optional(),
  audio_url_expires_at: Time.optional(),
  /** Only for a caller on the machine that holds the file (the embedded backend). */
  file_path: z.string().optional(),
  content_type: z.string().optional(),
  bytes: z.number().optional(),
  duration_seconds: z.number().optional(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
  audio_deleted: z.boolean().optional(),
  warnings: Warnings.optional(),
});

export const submitSpeech = op({
  method: "POST",
  path: "/tts",
  scope: "tts:generate",
  retry: "keyed",
  success: 202,
  otherSuccess: 201,
  summary: "Submit a text to be spoken; 201 with stream_url when delivery_mode is stream.",
  input: SpeechInput.extend({ delivery_mode: DeliveryMode.optional(), ...OldNames }),
  output: Submitted,
});

export const streamSpeech = op({
  method: "POST",
  path: "/tts/stream",
  scope: "tts:generate",
  retry: "keyed",
  success: 201,
  summary: "Submit a short text and get a URL that plays while the speech is made.",
  input: SpeechInput.extend(OldNames),
  output: Submitted,
});

export const getSpeech = op({
  method: "GET",
  path: "/tts/{job_id}",
  scope: "tts:status",
  retry: "safe",
  success: 200,
  summary: "The state of a job; wait_seconds holds the answer until the job ends or the time is over.",
  input: z.object({ job_id: JobId, wait_seconds: WaitSeconds.optional() }),
  output: Job,
});

export const getSpeechAudio = op({
  method: "GET",
  path: "/tts/{job_id}/audio",
  scope: "tts:status",
  retry: "safe",
  success: 302,
  summary: "Redirects to the signed URL of a completed job's audio.",
  input: z.object({ job_id: JobId }),
  output: z.object({}),
});
