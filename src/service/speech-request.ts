import type { BlobStore } from "../blobs/blob-store.ts";
import type { EngineVoice, VoiceCapabilities } from "../engines/engine.ts";
import { AppError, invalidField } from "../errors.ts";
import type { AudioSettings, OutputFormat } from "../speech/encoders/encoder.ts";
import { estimateBytes, maxContainerBytes, OPUS_MONO_CEILING_KBPS, resolveAudioSettings } from "../speech/formats.ts";
import { estimateDurationSeconds } from "../speech/plan/estimate.ts";
import type { Catalogue } from "./catalogue.ts";
import { chooseVoice, type VoiceDefaults } from "./voice-choice.ts";

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
  /** One of the voice's models; its default when left out. */
  model?: string;
  /** How to speak, in words. */
  prompt?: string;
  speed: number;
  settings: AudioSettings;
  /** UTF-8 bytes of text and prompt. */
  charsCharged: number;
  warnings: string[];
}

/** Estimated lengths are rough; a file is accepted up to this share of what fits. */
const ESTIMATE_MARGIN = 0.9;
/** Bytes of disk that stay free, so that the database can always write. */
const DISK_RESERVE_BYTES = 64 * 1024 * 1024;

/**
 * Checks a wish against the voice, the format, the container and the disk, before anything is saved or charged.
 * @throws AppError with the field's wire name, and what would work.
 */
export async function planSpeech(
  wish: SpeechWish,
  parts: { catalogue: Catalogue; blobs: BlobStore; defaults: VoiceDefaults },
): Promise<PlannedSpeech> {
  const { entry, reason, warnings } = await chooseVoice(parts.catalogue, wish, parts.defaults);
  const { voice, capabilities, engine } = entry;
  checkModifiers(wish, voice, capabilities);
  const textBytes = Buffer.byteLength(wish.text);
  checkLength(wish, textBytes, voice, capabilities);
  checkPromptLength(wish, voice, capabilities);
  const settings = resolveAudioSettings({
    format: wish.outputFormat ?? (wish.deliveryMode === "stream" ? "ogg_opus" : "mp3"),
    sampleRateHertz: wish.sampleRateHertz,
    bitrateKbps: wish.outputBitrateKbps,
    nativeSampleRateHertz: capabilities.nativeSampleRateHertz,
    streaming: wish.deliveryMode === "stream",
  });
  const report = engine.inspect(wish.text, voice.voiceId);
  if (!report.speakable) {
    throw invalidField(
      "text",
      `${voice.voiceId} can't speak anything in this text. ${report.warnings.join(" ")}`.trim(),
      `send words in ${voice.language}, or choose a voice for the text's language with search_voices`,
    );
  }
  const speed = wish.speed ?? 1;
  const seconds = estimateDurationSeconds(wish.text, voice, speed);
  checkContainer(seconds, settings);
  await checkDisk(seconds, settings, parts.blobs);
  return {
    voice,
    voiceReason: reason,
    model: wish.model,
    prompt: wish.prompt || undefined,
    speed,
    settings,
    charsCharged: textBytes + Buffer.byteLength(wish.prompt ?? ""),
    warnings: [...warnings, ...report.warnings, ...bitrateWarnings(settings)],
  };
}

function bitrateWarnings({ format, bitrateKbps = 0 }: AudioSettings): string[] {
  return format === "ogg_opus" && bitrateKbps > OPUS_MONO_CEILING_KBPS
    ? [
        `Opus spends at most about ${OPUS_MONO_CEILING_KBPS} kbit/s on one channel; the file is smaller than ${bitrateKbps} kbit/s.`,
      ]
    : [];
}

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
  if (wish.format === "ssml" && !capabilities.ssml) {
    refuse("format", `${voice.voiceId} does not take SSML.`, `send plain text with format "text"; ${find("ssml")}`);
  }
  if (wish.format === "markup" && !capabilities.markup) {
    refuse("format", `${voice.voiceId} does not take markup.`, `send plain text with format "text"; ${find("markup")}`);
  }
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
  const multi = (["speaker_type", "voice_speaker_1", "voice_speaker_2"] as const).find(
    (_, i) => [wish.speakerType === "multi", wish.voiceSpeaker1, wish.voiceSpeaker2][i],
  );
  if (multi && !capabilities.multiSpeaker) {
    refuse(multi, `${voice.voiceId} does not speak dialogues.`, `use speaker_type "single"; ${find("multi_speaker")}`);
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

function checkLength(
  wish: SpeechWish,
  textBytes: number,
  voice: EngineVoice,
  { maxTextBytes, maxStreamBytes }: VoiceCapabilities,
): void {
  const stream = wish.deliveryMode === "stream";
  const limit = stream ? maxStreamBytes : maxTextBytes;
  if (textBytes <= limit) return;
  throw new AppError(
    "TEXT_TOO_LONG",
    `The text has ${textBytes} bytes; ${voice.voiceId} takes ${limit}${stream ? " as a stream" : ""}.`,
    {
      hint: stream ? `use delivery_mode "async", which takes ${maxTextBytes} bytes` : "split the text at a paragraph",
      details: { fields: [{ field: "text", message: `at most ${limit} bytes` }], limit, got: textBytes },
    },
  );
}

function checkPromptLength({ prompt = "" }: SpeechWish, voice: EngineVoice, capabilities: VoiceCapabilities): void {
  const { maxPromptBytes: limit = Number.POSITIVE_INFINITY } = capabilities;
  const got = Buffer.byteLength(prompt);
  if (got <= limit) return;
  throw new AppError("TEXT_TOO_LONG", `The prompt has ${got} bytes; ${voice.voiceId} takes ${limit}.`, {
    hint: "say in fewer words how to speak",
    details: { fields: [{ field: "prompt", message: `at most ${limit} bytes` }], limit, got },
  });
}

function checkContainer(seconds: number, settings: AudioSettings): void {
  const max = maxContainerBytes(settings) * ESTIMATE_MARGIN;
  const estimate = estimateBytes(seconds, settings);
  if (estimate <= max) return;
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new AppError(
    "UNSUPPORTED_FORMAT",
    `The ${settings.format} file would have about ${gib(estimate)}; the format ends at ${gib(max)}.`,
    {
      hint: "use output_format mp3 or ogg_opus, which have no such limit, or a lower sample_rate_hertz",
      details: {
        fields: [{ field: "output_format", message: "mp3 and ogg_opus fit" }],
        estimated_bytes: Math.round(estimate),
      },
    },
  );
}

async function checkDisk(seconds: number, settings: AudioSettings, blobs: BlobStore): Promise<void> {
  const estimate = estimateBytes(seconds, settings);
  const needed = estimate + DISK_RESERVE_BYTES;
  const free = await blobs.freeBytes(needed);
  if (free === undefined || needed <= free) return;
  throw new AppError("STORAGE_FULL", `The audio needs about ${mib(estimate)} MiB; ${mib(free)} MiB are free.`, {
    hint: "free some space, or use output_format mp3 or ogg_opus",
    details: { estimated_bytes: Math.round(estimate), free_bytes: free },
  });
}

const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);
