import { AppError } from "../../errors.ts";
import { readWavHeader, type WavFormat } from "../shared/wav.ts";
import type { Answer } from "./endpoint.ts";

/** What OpenAI's `pcm` is: signed 16 bits, little-endian, one channel. */
export const PCM_SAMPLE_RATE_HERTZ = 24_000;

const PCM = 1;
const FLOAT = 3;
/** WAVE_FORMAT_EXTENSIBLE: the real format is behind; for 16 bits it is PCM, for 32 most writers mean floats. */
const EXTENSIBLE = 0xfffe;

/**
 * The samples of an answer: a WAV file of 16 bits or of floats, of any rate and number of channels, or bare PCM.
 * @throws AppError PROVIDER_ERROR for anything else
 */
export function soundOf({ contentType, bytes }: Answer): { samples: Int16Array; sampleRateHertz: number } {
  if (bytes.subarray(0, 4).toString("latin1") !== "RIFF") {
    if (!/pcm|l16|octet-stream/i.test(contentType)) throw unreadable(contentType);
    return { samples: integers(bytes, 1), sampleRateHertz: PCM_SAMPLE_RATE_HERTZ };
  }
  const format = formatOf(bytes);
  if (!format) throw unreadable(contentType);
  const { codec, bitsPerSample, channels, sampleRateHertz, start, length } = format;
  const data = bytes.subarray(start, Math.min(bytes.length, start + length));
  if (bitsPerSample === 16 && (codec === PCM || codec === EXTENSIBLE)) {
    return { samples: integers(data, channels), sampleRateHertz };
  }
  if (bitsPerSample === 32 && (codec === FLOAT || codec === EXTENSIBLE)) {
    return { samples: floats(data, channels), sampleRateHertz };
  }
  throw unreadable(`WAV of ${bitsPerSample} bits`);
}

function formatOf(bytes: Buffer): WavFormat | undefined {
  try {
    return readWavHeader(bytes);
  } catch {
    return undefined; // said by the caller
  }
}

function unreadable(what: string): AppError {
  return new AppError("PROVIDER_ERROR", `The speech server answered ${what || "something"} in place of WAV or PCM.`, {
    hint: "use a server that takes response_format wav",
  });
}

function integers(data: Buffer, channels: number): Int16Array {
  return mix(Math.floor(data.length / 2 / channels), channels, (i) => data.readInt16LE(i * 2));
}

function floats(data: Buffer, channels: number): Int16Array {
  return mix(Math.floor(data.length / 4 / channels), channels, (i) => data.readFloatLE(i * 4) * 32_767);
}

/** One channel of the mean of all. */
function mix(frames: number, channels: number, sampleAt: (index: number) => number): Int16Array {
  const samples = new Int16Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += sampleAt(frame * channels + channel);
    samples[frame] = Math.max(-32_768, Math.min(32_767, Math.round(sum / channels)));
  }
  return samples;
}
