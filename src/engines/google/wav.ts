import { AppError } from "../../errors.ts";

const PCM = 1;
const EXTENSIBLE = 0xfffe;

/** Samples in a buffer of their own. */
export interface WavSound {
  samples: Int16Array;
  sampleRateHertz: number;
}

/**
 * The samples of a WAV file of mono 16-bit PCM, found by walking its chunks (RIFF: an id, a size, and content padded to
 * an even number of bytes). A data chunk whose size is not known (0 or beyond the end) goes to the end.
 * @throws AppError PROVIDER_ERROR when it is not such a file
 */
export function readWav(bytes: Buffer): WavSound {
  const idAt = (at: number) => bytes.toString("latin1", at, at + 4);
  if (bytes.length < 12 || idAt(0) !== "RIFF" || idAt(8) !== "WAVE") throw notWav("it does not begin as one");
  let sampleRateHertz = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = idAt(at);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (id === "fmt " && start + 16 <= bytes.length) {
      const [format, channels, bits] = [0, 2, 14].map((offset) => bytes.readUInt16LE(start + offset));
      if ((format !== PCM && format !== EXTENSIBLE) || channels !== 1 || bits !== 16) {
        throw notWav(`format ${format}, ${channels} channels, ${bits} bits`);
      }
      sampleRateHertz = bytes.readUInt32LE(start + 4);
    } else if (id === "data") {
      if (sampleRateHertz === 0) throw notWav("its sound comes before its format");
      const end = size === 0 || start + size > bytes.length ? bytes.length : start + size;
      const samples = new Int16Array((end - start) >> 1);
      bytes.copy(Buffer.from(samples.buffer), 0, start, start + samples.byteLength);
      return { samples, sampleRateHertz };
    }
    at = start + size + (size & 1);
  }
  throw notWav("it has no sound");
}

const notWav = (why: string) =>
  new AppError("PROVIDER_ERROR", `Google answered with sound that is not a WAV file of 16-bit mono PCM: ${why}.`);
