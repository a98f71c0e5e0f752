import type { BlobStore } from "../blobs/blob-store.ts";
import type { EngineVoice } from "../engines/engine.ts";
import type { AudioSettings, OutputFormat } from "../speech/encoders/encoder.ts";
import { OPUS_MONO_CEILING_KBPS, resolveAudioSettings } from "../speech/formats.ts";
import type { ScriptSource } from "../speech/script/build.ts";
import type { Catalogue } from "./catalogue.ts";
import { checkModifiers } from "./modifiers.ts";
import { chooseSpeakers } from "./speakers.ts";
import { checkContainer, checkDisk, checkLength, checkPromptLength } from "./speech-limits.ts";
import { measureSpeech } from "./speech-measure.ts";
import type { VoiceDefaults } from "./voice-choice.ts";

/** What a caller asks for, as the contract has it. */
export interface SpeechWish {
  text: string;
  voiceId?: string;
  language?: string;
  format?: "text" | "ssml" | "markup";
  modelType?: "premium" | "ultra";
  model?: string;
  prompt?: string;
  speed?: number;
  outputFormat?: OutputFormat;
  sampleRateHertz?: number;
  outputBitrateKbps?: number;
  speakerType?: "single" | "multi";
  voiceSpeaker1?: string;
  voiceSpeaker2?: string;
  deliveryMode: "async" | "stream";
}

/** A wish that was checked: the pipeline can do all of it. */
export interface PlannedSpeech {
  voice: EngineVoice;
  voiceReason?: string;
  /** The text and how it is read. */
  source: ScriptSource;
  /** What is said of it: it is found by that. */
  said: string;
  /** One of the voice's models; its default when left out. */
  model?: string;
  /** How to speak, in words. */
  prompt?: string;
  settings: AudioSettings;
  /** UTF-8 bytes of text and prompt. */
  charsCharged: number;
  warnings: string[];
}

/**
 * Checks a wish against the voice, the format, the container and the disk, before anything is saved or charged.
 * @throws AppError with the field's wire name, and what would work.
 */
export async function planSpeech(
  wish: SpeechWish,
  parts: { catalogue: Catalogue; blobs: BlobStore; defaults: VoiceDefaults },
): Promise<PlannedSpeech> {
  const speakers = await chooseSpeakers(wish, parts);
  const { entries, source, said, reason } = speakers;
  const textBytes = Buffer.byteLength(wish.text);
  for (const { voice, capabilities } of entries) {
    checkModifiers(wish, voice, capabilities);
    checkLength(wish, textBytes, voice, capabilities);
    checkPromptLength(wish, voice, capabilities);
  }
  const { voice, capabilities } = entries[0];
  const settings = resolveAudioSettings({
    format: wish.outputFormat ?? (wish.deliveryMode === "stream" ? "ogg_opus" : "mp3"),
    sampleRateHertz: wish.sampleRateHertz,
    bitrateKbps: wish.outputBitrateKbps,
    nativeSampleRateHertz: capabilities.nativeSampleRateHertz,
    streaming: wish.deliveryMode === "stream",
  });
  const { seconds, warnings } = measureSpeech(speakers);
  checkContainer(seconds, settings);
  await checkDisk(seconds, settings, parts.blobs);
  return {
    voice,
    voiceReason: reason,
    source,
    said,
    model: wish.model,
    prompt: wish.prompt || undefined,
    settings,
    charsCharged: textBytes + Buffer.byteLength(wish.prompt ?? ""),
    warnings: [...speakers.warnings, ...warnings, ...bitrateWarnings(settings)],
  };
}

function bitrateWarnings({ format, bitrateKbps = 0 }: AudioSettings): string[] {
  return format === "ogg_opus" && bitrateKbps > OPUS_MONO_CEILING_KBPS
    ? [
        `Opus spends at most about ${OPUS_MONO_CEILING_KBPS} kbit/s on one channel; the file is smaller than ${bitrateKbps} kbit/s.`,
      ]
    : [];
}
