import { AppError } from "../../errors.ts";
import { readWavHeader } from "../shared/wav.ts";

const PCM = 1;
const EXTENSIBLE = 0xfffe;

/** Samples in a buffer of their own. */
export interface WavSound {
  samples: Int16Array;
  sampleRateHertz: number;
}

/**
 * The samples of a WAV file of mono 16-bit PCM. A length that is not known, or goes beyond the end, ends there.
 * @throws AppError PROVIDER_ERROR when it is not such a file
 */
export function readWav(bytes: Buffer): WavSound {
  const header = headerOf(bytes);
  if (!header) throw notWav("it has no sound");
  const { codec, channels, bitsPerSample, sampleRateHertz, start, length } = header;
  if ((codec !== PCM && codec !== EXTENSIBLE) || channels !== 1 || bitsPerSample !== 16) {
    throw notWav(`format ${codec}, ${channels} channels, ${bitsPerSample} bits`);
  }
  const samples = new Int16Array((Math.min(bytes.length, start + length) - start) >> 1);
  bytes.copy(Buffer.from(samples.buffer), 0, start, start + samples.byteLength);
  return { samples, sampleRateHertz };
}

function headerOf(bytes: Buffer) {
  try {
    return readWavHeader(bytes);
  } catch (error) {
    throw notWav((error as Error).message);
  }
}

const notWav = (why: string) =>
  new AppError("PROVIDER_ERROR", `Google answered with sound that is not a WAV file of 16-bit mono PCM: ${why}.`);
