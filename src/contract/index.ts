import type { Operation } from "./operation.ts";
import { getSpeech, getSpeechAudio, streamSpeech, submitSpeech } from "./tts.ts";
import { getVoice, getVoiceSample, listVoices } from "./voices.ts";

/** Every operation of REST v1, by its name inside. Routes, client methods and the OpenAPI document come from here. */
export const contract = {
  submitSpeech,
  streamSpeech,
  getSpeech,
  getSpeechAudio,
  listVoices,
  getVoice,
  getVoiceSample,
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof contract;
