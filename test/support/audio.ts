import { MPEGDecoder } from "mpg123-decoder";
import { OggOpusDecoder } from "ogg-opus-decoder";

export interface DecodedAudio {
  sampleRateHertz: number;
  samples: Float32Array;
  seconds: number;
}

/** Decodes a wav, mp3 or Ogg Opus file with decoders from npm; throws when it is not one. */
export async function decode(bytes: Uint8Array, contentType: string): Promise<DecodedAudio> {
  if (contentType === "audio/wav") return decodeWav(bytes);
  const decoder = contentType === "audio/mpeg" ? new MPEGDecoder() : new OggOpusDecoder();
  await decoder.ready;
  try {
    const { channelData, sampleRate, errors } =
      decoder instanceof MPEGDecoder ? decoder.decode(bytes) : await decoder.decodeFile(bytes);
    if (errors?.length) throw new Error(`decoding failed: ${JSON.stringify(errors[0])}`);
    const samples = channelData[0] ?? new Float32Array();
    return { sampleRateHertz: sampleRate, samples, seconds: samples.length / sampleRate };
  } finally {
    decoder.free();
  }
}

function decodeWav(bytes: Uint8Array): DecodedAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (tag(0) !== "RIFF" || tag(8) !== "WAVE" || tag(36) !== "data") throw new Error("not a plain wav file");
  const sampleRateHertz = view.getUint32(24, true);
  const size = Math.min(view.getUint32(40, true), bytes.length - 44);
  const samples = Float32Array.from({ length: size >> 1 }, (_, i) => view.getInt16(44 + 2 * i, true) / 32768);
  return { sampleRateHertz, samples, seconds: samples.length / sampleRateHertz };
}

/** Root mean square of the samples, 0 to 1: silence is 0. */
export function loudness(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length));
}
