import type { EngineVoice, VoiceCapabilities } from "../engines/engine.ts";
import { AppError } from "../errors.ts";
import type { SpeechWish } from "./speech-request.ts";

/**
 * Refuses what the voice does not do.
 * @throws AppError UNSUPPORTED_MODIFIER or PROMPT_NOT_SUPPORTED that names the field, the voice and what would work.
 */
export function checkModifiers(wish: SpeechWish, voice: EngineVoice, capabilities: VoiceCapabilities): void {
  const refuse = (field: string, message: string, hint: string): never => {
    throw new AppError("UNSUPPORTED_MODIFIER", message, {
      hint,
      details: { fields: [{ field, message }], voice_id: voice.voiceId },
    });
  };
  const find = (what: string) => `leave it out, or find a voice with search_voices and supports ["${what}"]`;
  if (wish.prompt && !capabilities.prompt) {
    throw new AppError("PROMPT_NOT_SUPPORTED", `${voice.voiceId} does not take a prompt.`, {
      hint: find("prompt"),
      details: { fields: [{ field: "prompt", message: "not supported by this voice" }], voice_id: voice.voiceId },
    });
  }
  if (wish.model && !voice.availableModels.includes(wish.model)) {
    const models = voice.availableModels.join(", ");
    refuse("model", `${voice.voiceId} has no model "${wish.model}".`, models ? `it has ${models}` : "leave model out");
  }
  if (wish.speed !== undefined && wish.speed !== 1) {
    const range = capabilities.speed;
    if (!range) refuse("speed", `${voice.voiceId} has one speed only.`, find("speed"));
    else if (wish.speed < range.min || wish.speed > range.max) {
      refuse("speed", `${voice.voiceId} can't speak at speed ${wish.speed}.`, `use ${range.min} to ${range.max}`);
    }
  }
  if (wish.deliveryMode === "stream") {
    if (!capabilities.streaming) {
      refuse("delivery_mode", `${voice.voiceId} does not stream.`, `use delivery_mode "async"; ${find("streaming")}`);
    }
    if (wish.outputBitrateKbps !== undefined) {
      refuse(
        "output_bitrate_kbps",
        "A stream's bitrate can't be chosen.",
        'leave it out, or use delivery_mode "async"',
      );
    }
  }
}
