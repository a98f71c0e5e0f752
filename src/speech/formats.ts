import { AppError } from "../errors.ts";
import type { AudioSettings, OutputFormat } from "./encoders/encoder.ts";

/** Every sample rate in Hz that some container lists by name; wav takes any whole number between the ends. */
export const SAMPLE_RATES_HERTZ = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] as const;
const LOWEST_RATE = 8_000;
const HIGHEST_RATE = 48_000;
/** libopus takes these and no others (RFC 6716 §2). */
const OPUS_RATES = [8_000, 12_000, 16_000, 24_000, 48_000] as const;
/**
 * Layer III's constant bitrates in kbit/s: ISO 11172-3 (32 kHz and up) and ISO 13818-3 (below). LAME takes each of them
 * as it is, and anything between silently as the nearest (measured: 100 → 96, 150 → 144 or 160).
 */
const MPEG1_BITRATES = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] as const;
const MPEG2_BITRATES = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] as const;
/** LAME goes no higher at the three rates of MPEG-2.5. */
const MPEG25_HIGHEST_BITRATE = 64;
/** RFC 6716 §2.1.1: 6 to 510 kbit/s. */
const OPUS_BITRATES = { min: 6, max: 510 } as const;
/**
 * What libopus really spends on one channel at most, in kbit/s: measured on noise at all five rates, its variable bitrate
 * follows up to here and then stays. A higher wish is taken, and answered with a warning.
 */
export const OPUS_MONO_CEILING_KBPS = 260;

/** The RIFF size field counts in 32 bits, and so do file systems that players use (FAT32); the header counts too. */
const RIFF_MAX_BYTES = 0xffff_ffff;
const WAV_HEADER_BYTES = 44;
/** Ogg pages of 200 ms cost about this much. */
const OGG_OVERHEAD_KBPS = 1.6;

interface FormatFacts {
  contentType: string;
  extension: string;
  /** Others that name the same kind of file. */
  defaultBitrateKbps?: number;
}

const FORMATS: Record<OutputFormat, FormatFacts> = {
  wav: { contentType: "audio/wav", extension: "wav" },
  mp3: { contentType: "audio/mpeg", extension: "mp3", defaultBitrateKbps: 128 },
  // RFC 7845 §9 prefers .opus for these files; .ogg is what more players know.
  ogg_opus: { contentType: "audio/ogg", extension: "ogg", defaultBitrateKbps: 64 },
};

/** The media type of a format's files. */
export const contentTypeOf = (format: OutputFormat): string => FORMATS[format].contentType;
/** The extension of a format's files, without the dot. */
export const extensionOf = (format: OutputFormat): string => FORMATS[format].extension;

/** What a request says of its audio; what it leaves out gets a default. */
export interface AudioWish {
  format: OutputFormat;
  sampleRateHertz?: number;
  bitrateKbps?: number;
  /** The rate the voice speaks at; the default of the file's. */
  nativeSampleRateHertz: number;
  streaming: boolean;
}

/** The constant bitrates that mp3 has at a sample rate, in kbit/s. */
export function mp3Bitrates(sampleRateHertz: number): readonly number[] {
  if (sampleRateHertz >= 32_000) return MPEG1_BITRATES;
  return sampleRateHertz >= 16_000
    ? MPEG2_BITRATES
    : MPEG2_BITRATES.filter((bitrate) => bitrate <= MPEG25_HIGHEST_BITRATE);
}

/**
 * Fills in what is not given and checks that the format can be made so. A default is fitted to the sample rate; a given
 * value that the format lacks is refused.
 * @throws AppError UNSUPPORTED_FORMAT that names the field and the nearest values that work.
 */
export function resolveAudioSettings(wish: AudioWish): AudioSettings {
  const { format, streaming } = wish;
  const sampleRateHertz = resolveSampleRate(wish);
  const bitrateKbps = resolveBitrate(wish, sampleRateHertz);
  return { format, sampleRateHertz, ...(bitrateKbps !== undefined && { bitrateKbps }), streaming };
}

function resolveSampleRate({ format, sampleRateHertz: given, nativeSampleRateHertz: native }: AudioWish): number {
  const rates: readonly number[] = format === "ogg_opus" ? OPUS_RATES : SAMPLE_RATES_HERTZ;
  const has = (rate: number) =>
    format === "wav" ? Number.isInteger(rate) && rate >= LOWEST_RATE && rate <= HIGHEST_RATE : rates.includes(rate);
  if (given === undefined) return has(native) ? native : (rates.find((rate) => rate > native) ?? HIGHEST_RATE);
  if (has(given)) return given;
  throw unsupported(
    "sample_rate_hertz",
    `${format} has no ${given} Hz.`,
    format === "wav" ? [Math.min(HIGHEST_RATE, Math.max(LOWEST_RATE, Math.round(given)))] : nearest(given, rates),
    "Hz",
  );
}

function resolveBitrate({ format, bitrateKbps: given }: AudioWish, rate: number): number | undefined {
  if (format === "wav") {
    if (given === undefined) return undefined;
    throw unsupported("output_bitrate_kbps", "wav is not compressed, so it has no bitrate to choose.", []);
  }
  const preset = FORMATS[format].defaultBitrateKbps!;
  if (format === "ogg_opus") {
    if (given === undefined) return preset;
    if (Number.isInteger(given) && given >= OPUS_BITRATES.min && given <= OPUS_BITRATES.max) return given;
    const fitted = Math.min(OPUS_BITRATES.max, Math.max(OPUS_BITRATES.min, Math.round(given)));
    throw unsupported("output_bitrate_kbps", `ogg_opus has no ${given} kbit/s.`, [fitted], "kbit/s");
  }
  const bitrates = mp3Bitrates(rate);
  if (given === undefined) return bitrates.findLast((bitrate) => bitrate <= preset)!;
  if (bitrates.includes(given)) return given;
  const message = `mp3 has no ${given} kbit/s at ${rate} Hz.`;
  throw unsupported("output_bitrate_kbps", message, nearest(given, bitrates), "kbit/s");
}

/** The values just below and just above. */
function nearest(value: number, values: readonly number[]): number[] {
  const below = values.findLast((candidate) => candidate < value);
  const above = values.find((candidate) => candidate > value);
  return [below, above].filter((candidate) => candidate !== undefined);
}

function unsupported(field: string, message: string, works: number[], unit = ""): AppError {
  return new AppError("UNSUPPORTED_FORMAT", message, {
    hint: works.length > 0 ? `nearest that work: ${works.join(" and ")} ${unit}` : `leave ${field} out`,
    details: { fields: [{ field, message }], nearest: works },
  });
}

/**
 * The size of a file with so much sound, in bytes: exact for wav, off by the tag and two frames at most for mp3. Opus
 * varies its bitrate: measured on 17 s of speech at every rate, the file is 0.92 to 1.01 of this.
 */
export function estimateBytes(durationSeconds: number, settings: AudioSettings): number {
  if (settings.format === "wav") return WAV_HEADER_BYTES + durationSeconds * settings.sampleRateHertz * 2;
  const kbps =
    settings.format === "ogg_opus"
      ? Math.min(settings.bitrateKbps!, OPUS_MONO_CEILING_KBPS) + OGG_OVERHEAD_KBPS
      : settings.bitrateKbps!;
  return (durationSeconds * kbps * 1000) / 8;
}

/** How large a file can be, header included, in bytes: 4 GiB for wav, Infinity where the container sets no bound. */
export function maxContainerBytes(settings: AudioSettings): number {
  return settings.format === "wav" ? RIFF_MAX_BYTES : Number.POSITIVE_INFINITY;
}
