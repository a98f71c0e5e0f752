import * as z from "zod";
import { OutputFormat, Time, VoiceId, Warnings } from "./common.ts";
import { op } from "./operation.ts";

export const SUPPORTS = ["streaming", "ssml", "markup", "speed", "prompt", "multi_speaker", "bitrate"] as const;

export const Capabilities = z.object({
  streaming: z.boolean(),
  formats: z.array(OutputFormat),
  sample_rates: z.array(z.number()).describe("Hz; wav takes any between the first and the last"),
  limits: z.object({
    text_bytes: z.number(),
    stream_bytes: z.number(),
    prompt_bytes: z.number().optional(),
  }),
  speed: z.object({ min: z.number(), max: z.number() }).optional(),
  ssml: z.boolean(),
  markup: z.boolean(),
  prompt: z.boolean(),
  multi_speaker: z.boolean(),
  bitrate: z.boolean(),
});

export const Voice = z.object({
  voice_id: z.string(),
  provider: z.string(),
  language: z.string(),
  family: z.string(),
  name: z.string(),
  gender: z.enum(["male", "female", "neutral", "unknown"]),
  model_type: z.enum(["premium", "ultra"]),
  /** What is known; the hosted service sends null for what is not. */
  characteristics: z.object({
    styles: z.array(z.string()).optional(),
    roles: z.array(z.string()).optional(),
    age: z.string().optional(),
    accent: z.string().optional(),
    pitch: z.string().optional(),
    use_case: z.array(z.string()).optional(),
  }),
  available_models: z.array(z.string()),
  supports_ssml: z.boolean(),
  supports_markup: z.boolean(),
  supports_multispeaker: z.boolean(),
  available: z.boolean().optional().describe("absent on servers that list only voices that work"),
  why_unavailable: z.string().optional(),
  capabilities: Capabilities.optional(),
});

export const VoiceFilter = z.object({
  query: z.string().max(200).optional().describe("words, e.g. british male"),
  voice_id: VoiceId.optional(),
  language: z.string().max(35).optional().describe("BCP-47 prefix, e.g. en or en-GB"),
  provider: z.string().max(64).optional(),
  family: z.string().max(64).optional(),
  gender: z.enum(["male", "female", "neutral"]).optional(),
  model_type: z.enum(["premium", "ultra"]).optional(),
  supports: z.array(z.enum(SUPPORTS)).max(SUPPORTS.length).optional(),
  output_format: OutputFormat.optional(),
});

export const listVoices = op({
  method: "GET",
  path: "/voices",
  scope: "voices:list",
  retry: "safe",
  success: 200,
  summary: "List voices, filtered. Without limit all that match are listed.",
  input: VoiceFilter.extend({
    limit: z.number().int().min(1).max(100).optional(),
    cursor: z.string().max(512).optional(),
  }),
  output: z.object({
    voices: z.array(Voice),
    total: z.number().optional(),
    next_cursor: z.string().optional(),
    warnings: Warnings.optional(),
  }),
});

export const getVoice = op({
  method: "GET",
  path: "/voices/{voice_id}",
  scope: "voices:list",
  retry: "safe",
  success: 200,
  summary: "One voice, with its capabilities and limits.",
  input: z.object({ voice_id: VoiceId }),
  output: Voice,
});

export const getVoiceSample = op({
  method: "GET",
  path: "/voices/{voice_id}/sample-url",
  scope: "voices:list",
  retry: "safe",
  success: 200,
  otherSuccess: 202,
  summary: "A short free clip of a voice: 200 with its URL, or 202 with retry_after (seconds) while it is made.",
  input: z.object({
    voice_id: VoiceId,
    model: z.string().max(100).optional(),
    formats: z
      .array(z.enum(["opus", "aac", "wav"]))
      .max(3)
      .optional()
      .describe("in order of preference"),
  }),
  output: z.object({
    voice_id: z.string(),
    sample_url: z.string().optional(),
    expires_at: Time.optional(),
    content_type: z.string().optional(),
    retry_after: z.number().optional(),
    warnings: Warnings.optional(),
  }),
});
