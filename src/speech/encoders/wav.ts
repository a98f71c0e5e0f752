import { AppError } from "../../errors.ts";
import type { AudioEncoder, AudioSettings } from "./encoder.ts";

/** All that is before the samples. */
export const WAV_HEADER_BYTES = 44;
/** What a size field says when the end is not known yet, as streaming encoders write it. */
const UNKNOWN_SIZE = 0xffff_ffff;
/** The RIFF size counts everything after itself: 36 bytes of header and the samples. */
const MAX_DATA_BYTES = UNKNOWN_SIZE - 1 - (WAV_HEADER_BYTES - 8);

/**
 * RIFF/WAVE with 16-bit PCM (Microsoft's Multimedia Programming Interface and Data Specifications 1.0), mono. The end
 * gives the header anew with the sizes (streaming: no patch, the sizes stay unknown).
 * `encode` throws AppError GENERATION_FAILED when a file that is no stream grows past 4 GiB.
 */
export function createWavEncoder({ sampleRateHertz, streaming }: AudioSettings): AudioEncoder {
  let dataBytes = 0;
  let started = false;
  const start = (): Uint8Array => {
    if (started) return new Uint8Array();
    started = true;
    return header(sampleRateHertz, UNKNOWN_SIZE);
  };
  return {
    encode(samples) {
      dataBytes += samples.length * 2;
      if (dataBytes > MAX_DATA_BYTES && !streaming) {
        throw new AppError("GENERATION_FAILED", "The speech is longer than a wav file can be (4 GiB).", {
          hint: "use output_format mp3 or ogg_opus, or a lower sample_rate_hertz",
        });
      }
      return Buffer.concat([start(), toLittleEndian(samples)]);
    },
    finish() {
      const bytes = start();
      return { bytes, patches: streaming ? [] : [{ offset: 0, bytes: header(sampleRateHertz, dataBytes) }] };
    },
  };
}

/** The samples' bytes as wav wants them; every platform Node runs on today has them so in memory already. */
function toLittleEndian(samples: Int16Array): Uint8Array {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? bytes : Buffer.from(bytes).swap16();
}

function header(sampleRateHertz: number, dataBytes: number): Uint8Array {
  const unknown = dataBytes === UNKNOWN_SIZE;
  const buffer = Buffer.alloc(WAV_HEADER_BYTES);
  buffer.write("RIFF", 0, "latin1");
  buffer.writeUInt32LE(unknown ? UNKNOWN_SIZE : dataBytes + WAV_HEADER_BYTES - 8, 4);
  buffer.write("WAVEfmt ", 8, "latin1");
  buffer.writeUInt32LE(16, 16); // size of the format chunk
  buffer.writeUInt16LE(1, 20); // PCM
  buffer.writeUInt16LE(1, 22); // mono
  buffer.writeUInt32LE(sampleRateHertz, 24);
  buffer.writeUInt32LE(sampleRateHertz * 2, 28); // bytes a second
  buffer.writeUInt16LE(2, 32); // bytes a frame
  buffer.writeUInt16LE(16, 34); // bits a sample
  buffer.write("data", 36, "latin1");
  buffer.writeUInt32LE(dataBytes, 40);
  return buffer;
}
