import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
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

/** The part of WebAssembly used here: neither Node's types nor ES2023 declare its values. */
const wasm = (globalThis as unknown as Record<"WebAssembly", WasmApi>).WebAssembly;
interface WasmApi {
  compile(bytes: Uint8Array): Promise<WebAssembly.Module>;
}

let compiling: Promise<WebAssembly.Module> | undefined;

/**
 * LAME, compiled once a thread. The library's own `createMp3Encoder` passes a data: URL through `fetch` and compiles it
 * anew for every encoder (about 9 ms each, against 0.5 ms).
 */
function compileLame(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve("wasm-media-encoders/wasm/mp3");
  compiling ??= readFile(path).then((bytes) => wasm.compile(bytes));
  return compiling;
}

/**
 * MPEG Layer III at a constant bitrate, mono, with an Info/LAME tag in front: players that read it cut LAME's delay and
 * padding, so that as many samples come out as went in. The end gives the tag's frame anew (streaming: no patch).
 * @param settings from `resolveAudioSettings`; LAME itself would silently take the nearest bitrate it has.
 */
export async function createMp3Encoder({
  sampleRateHertz,
  bitrateKbps,
  streaming,
}: AudioSettings): Promise<AudioEncoder> {
  const { createEncoder } = await import("wasm-media-encoders");
  const lame = await createEncoder("audio/mpeg", await compileLame());
  // The library's own check lacks two bitrates of the standard (56 and 144) that its LAME has; ours is in formats.ts.
  Object.assign(lame, { parseParams: packParameters });
  // Without an output rate LAME chooses one itself at low bitrates.
  const parameters: LameParameters = { bitrate: bitrateKbps!, outputSampleRate: sampleRateHertz };
  lame.configure({ channels: 1, sampleRate: sampleRateHertz, ...(parameters as object) });
  const tag = new LameTag(sampleRateHertz, bitrateKbps!);
  const frames = new MpegFrames();
  let samplesIn = 0;
  let started = false;

  /** Counts the frames that LAME made, and puts the tag before the first. */
  const pass = (pieces: Uint8Array[]): Uint8Array => {
    // Made before the tag hears of any music, or a stream's would depend on how the samples are divided.
    const front = started ? [] : [streaming ? tag.opening() : tag.placeholder()];
    started = true;
    for (const piece of pieces) {
      frames.count(piece);
      tag.update(piece);
    }
    return Buffer.concat([...front, ...pieces]);
  };
  const feed = (samples: Int16Array): Uint8Array[] => {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < samples.length; at += BLOCK_SAMPLES) {
      const block = Float32Array.from(samples.subarray(at, at + BLOCK_SAMPLES), (sample) => sample / FULL_SCALE);
      pieces.push(lame.encode([block]).slice());
    }
    return pieces;
  };
  return {
    encode(samples) {
      samplesIn += samples.length;
      return pass(feed(samples));
    },
    finish() {
      // Of nothing LAME makes a single frame from 32 kHz up, and ffmpeg opens no file of one: a sample gives it two.
      const filler = samplesIn === 0 ? feed(new Int16Array(1)) : [];
      const bytes = pass([...filler, lame.finalize().slice()]);
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
