import type { AudioEncoder, AudioSettings } from "./encoder.ts";
import { LameTag } from "./lame-tag.ts";
import { MpegFrames } from "./mpeg-frames.ts";

/** LAME takes samples of -1 to 1. */
const FULL_SCALE = 32_768;
/** Samples a call: LAME's output buffer stays small, and so does the wasm's memory. */
const BLOCK_SAMPLES = 11_520;

/** What the library hands to LAME's set-up: constant bitrate (kbit/s), VBR quality (none), output rate (Hz). */
interface LameParameters {
  bitrate: number;
  outputSampleRate: number;
}

/** MPEG Layer III at a constant bitrate, mono, with an Info/LAME tag in front. */
export async function createMp3Encoder({
  sampleRateHertz,
  bitrateKbps,
  streaming,
}: AudioSettings): Promise<AudioEncoder> {
  const { createMp3Encoder: createLame } = await import("wasm-media-encoders");
  const lame = await createLame();
  // The library's own check lacks two bitrates of the standard (56 and 144) that its LAME has; ours is in formats.ts.
  Object.assign(lame, { parseParams: packParameters });
  // Without an output rate LAME chooses one itself at low bitrates.
  const parameters: LameParameters = { bitrate: bitrateKbps!, outputSampleRate: sampleRateHertz };
  lame.configure({ channels: 1, sampleRate: sampleRateHertz, ...(parameters as object) });
  const tag = new LameTag(sampleRateHertz, bitrateKbps!);
  const frames = new MpegFrames();
  let samplesIn = 0;
  let started = false;

  /** The encoder's buffer is reused by its next call, so every piece is copied by the join. */
  const pass = (pieces: Uint8Array[]): Uint8Array => {
    for (const piece of pieces) {
      frames.count(piece);
      tag.update(piece);
    }
    const front = started ? [] : [streaming ? tag.opening() : tag.placeholder()];
    started = true;
    return Buffer.concat([...front, ...pieces]);
  };
  return {
    encode(samples) {
      samplesIn += samples.length;
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < samples.length; at += BLOCK_SAMPLES) {
        const block = Float32Array.from(samples.subarray(at, at + BLOCK_SAMPLES), (sample) => sample / FULL_SCALE);
        pieces.push(lame.encode([block]).slice());
      }
      return pass(pieces);
    },
    finish() {
      const bytes = pass([lame.finalize().slice()]);
      const patches = streaming ? [] : [{ offset: 0, bytes: tag.complete(frames.frames, samplesIn) }];
      return { bytes, patches };
    },
  };
}

function packParameters({ bitrate, outputSampleRate }: LameParameters): Int32Array {
  const packed = new Int32Array([bitrate, 0, outputSampleRate]);
  new Float32Array(packed.buffer)[1] = -1; // no VBR
  return packed;
}
