import type { SynthesisRequest } from "../engines/engine.ts";
import type { SpeechRequest } from "./pipeline.ts";
import type { Needs } from "./pool.ts";
import type { ScriptChunk } from "./script/plan-script.ts";
import type { SpeakOrder } from "./worker-protocol.ts";

/** Who speaks a voice, and what is to be done with its text before. */
export interface SpeakingEngine {
  order: Pick<SpeakOrder, "engineId" | "engineData" | "normaliseIn">;
  needs: Needs;
}

/** By voice. */
export type EnginesOfVoices = ReadonlyMap<string, SpeakingEngine>;

/** What a worker is asked to do for a chunk: in the chunk's own manner, else in the job's. */
export function orderOf(
  { text, span, manner, phonemes, native, pauseBefore, pause }: ScriptChunk,
  { voiceId, speed, model, prompt }: Pick<SpeechRequest, "voiceId" | "speed" | "model" | "prompt">,
  engines: EnginesOfVoices,
): SpeakOrder {
  const request: SynthesisRequest = {
    text,
    span,
    voiceId: manner?.voiceId ?? voiceId,
    speed: manner?.speed ?? speed,
    ...(manner?.pitchSemitones && { pitchSemitones: manner.pitchSemitones }),
    ...(manner?.language && { language: manner.language }),
    ...(phonemes && { phonemes }),
    ...native,
    ...(model && { model }),
    ...(prompt && { prompt }),
  };
  const around = { volumeDb: manner?.volumeDb, pauseBefore, pause };
  const { order } = engines.get(request.voiceId)!;
  const normaliseIn = order.normaliseIn && (request.language ?? order.normaliseIn);
  return { ...order, request, ...(normaliseIn && { normaliseIn }), ...(manner && { around }) };
}
