import { readWavHeader } from "../shared/wav.ts";
import type { Sound } from "./program.ts";

/** Samples in signed 16 bits, little-endian, in a buffer of their own: they are given away. */
export function soundOfPcm(bytes: Buffer, sampleRateHertz: number): Sound {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
  return {
    samples: new Int16Array(whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length)),
    sampleRateHertz,
  };
}

/**
 * The samples of a WAV file; nothing at all is no sound.
 * @throws Error when it is none of the kind that was asked for
 */
export function soundOfWav(wav: Buffer, sampleRateHertz: number): Sound {
  if (wav.length === 0) return { samples: new Int16Array(), sampleRateHertz };
  const header = readWavHeader(wav);
  if (
    header?.codec !== 1 ||
    header.channels !== 1 ||
    header.bitsPerSample !== 16 ||
    header.sampleRateHertz !== sampleRateHertz
  ) {
    throw new Error(`the program gave no mono WAV of 16 bits at ${sampleRateHertz} Hz`);
  }
  return soundOfPcm(wav.subarray(header.start, Math.min(wav.length, header.start + header.length)), sampleRateHertz);
}
