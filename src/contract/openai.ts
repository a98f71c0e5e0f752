import * as z from "zod";
import type { Scope } from "./scopes.ts";

/** Where programs that speak OpenAI's API find it: their base URL is the origin and this. */
export const OPENAI_PATH = "/v1";

/** What OpenAI's API can answer with; we make some of it. */
export const OPENAI_FORMATS = ["mp3", "opus", "wav", "pcm"] as const;
export type OpenAiFormat = (typeof OPENAI_FORMATS)[number];

/** The body of POST /v1/audio/speech: OpenAI's fields, and `language`. */
export const CreateSpeech = z.object({
  model: z.string().min(1).max(100).describe("OpenAI's models stand for any; or a model that the voice has"),
  input: z.string().min(1),
  voice: z.union([z.string().min(1).max(200), z.object({ id: z.string().min(1).max(200) })]),
  response_format: z.enum(OPENAI_FORMATS).optional().describe("default mp3"),
  speed: z.number().min(0.25).max(4).optional(),
  instructions: z.string().max(4_096).optional().describe("where the voice takes them"),
  stream_format: z.literal("audio").optional(),
  language: z
    .string()
    .max(35)
    .optional()
    .describe("ours: BCP-47, for the choice of a voice by one of OpenAI's names; default: the text's"),
});
export type CreateSpeechInput = z.output<typeof CreateSpeech>;

/** The routes below OPENAI_PATH, and what a key needs for them. */
export const OPENAI_ROUTES = {
  createSpeech: { method: "POST", path: `${OPENAI_PATH}/audio/speech`, scope: "tts:generate" },
  listModels: { method: "GET", path: `${OPENAI_PATH}/models`, scope: "voices:list" },
  listVoices: { method: "GET", path: `${OPENAI_PATH}/audio/voices`, scope: "voices:list" },
} as const satisfies Record<string, { method: "GET" | "POST"; path: string; scope: Scope }>;
