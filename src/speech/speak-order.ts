import type { SynthesisRequest } from "../engines/engine.ts";
import type { SpeechRequest } from "./pipeline.ts";
import type { ScriptChunk } from "./script/plan-script.ts";
import type { SpeakOrder } from "./worker-protocol.ts";

/** The engine that speaks a voice, and what its speakers need; by voice. */
export type EnginesOfVoices = ReadonlyMap<string, Pick<SpeakOrder, "engineId" | "engineData">>;

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
  return { ...engines.get(request.voiceId)!, request, ...(manner && { around }) };
}
