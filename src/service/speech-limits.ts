import type { BlobStore } from "../blobs/blob-store.ts";
import type { EngineVoice, VoiceCapabilities } from "../engines/engine.ts";
import { AppError } from "../errors.ts";
import type { AudioSettings } from "../speech/encoders/encoder.ts";
import { estimateBytes, maxContainerBytes } from "../speech/formats.ts";
import type { SpeechWish } from "./speech-request.ts";

/** Estimated lengths are rough; a file is accepted up to this share of what fits. */
const ESTIMATE_MARGIN = 0.9;
/** Bytes of disk that stay free, so that the database can always write. */
const DISK_RESERVE_BYTES = 64 * 1024 * 1024;

/** @throws AppError TEXT_TOO_LONG */
export function checkLength(
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

/** Bytes of UTF-8, as a text's. @throws AppError TEXT_TOO_LONG when the prompt is longer than the voice takes */
export function checkPromptLength(
  { prompt = "" }: SpeechWish,
  voice: EngineVoice,
  { maxPromptBytes: limit = Number.POSITIVE_INFINITY }: VoiceCapabilities,
): void {
  const got = Buffer.byteLength(prompt);
  if (got <= limit) return;
  throw new AppError("TEXT_TOO_LONG", `The prompt has ${got} bytes; ${voice.voiceId} takes ${limit}.`, {
    hint: "say in fewer words how to speak",
    details: { fields: [{ field: "prompt", message: `at most ${limit} bytes` }], limit, got },
  });
}

/**
 * @param seconds about how long the speech is
 * @throws AppError UNSUPPORTED_FORMAT when it would not fit into its container
 */
export function checkContainer(seconds: number, settings: AudioSettings): void {
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

/**
 * @param seconds about how long the speech is
 * @throws AppError STORAGE_FULL when the disk has no room for it
 */
export async function checkDisk(seconds: number, settings: AudioSettings, blobs: BlobStore): Promise<void> {
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
