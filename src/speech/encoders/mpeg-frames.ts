import { mp3Bitrates } from "../formats.ts";

/** Layer III's frame headers (ISO 11172-3 §2.4.1.3; MPEG-2.5 as everybody has it). */

const SAMPLE_RATES = [44_100, 48_000, 32_000];
const HEADER_BYTES = 4;

/** Samples in a frame: two granules of 576 from 32 kHz up (MPEG-1), one below. */
export const samplesPerFrame = (sampleRateHertz: number): number => (sampleRateHertz >= 32_000 ? 1152 : 576);

/** A frame's length without its padding byte. */
export function frameBytes(sampleRateHertz: number, bitrateKbps: number): number {
  return Math.floor(((samplesPerFrame(sampleRateHertz) / 8) * bitrateKbps * 1000) / sampleRateHertz);
}

/** The header of a mono frame without CRC and padding. */
export function frameHeader(sampleRateHertz: number, bitrateKbps: number): Uint8Array {
  const halvings = sampleRateHertz >= 32_000 ? 0 : sampleRateHertz >= 16_000 ? 1 : 2;
  const version = [3, 2, 0][halvings]!;
  const rateIndex = SAMPLE_RATES.indexOf(sampleRateHertz << halvings);
  const bitrateIndex = mp3Bitrates(sampleRateHertz).indexOf(bitrateKbps) + 1;
  const layer3NoCrc = 0b011;
  const mono = 0b11 << 6;
  return Uint8Array.of(0xff, 0xe0 | (version << 3) | layer3NoCrc, (bitrateIndex << 4) | (rateIndex << 2), mono);
}

function lengthOf(header: Uint8Array): number {
  const halvings = { 3: 0, 2: 1, 0: 2 }[(header[1]! >> 3) & 3];
  const rate = SAMPLE_RATES[(header[2]! >> 2) & 3];
  if (header[0] !== 0xff || (header[1]! & 0xe6) !== 0xe2 || halvings === undefined || rate === undefined) {
    throw new Error("the mp3 encoder gave bytes that are no Layer III frames");
  }
  const hertz = rate >> halvings;
  const bitrate = mp3Bitrates(hertz)[(header[2]! >> 4) - 1]!;
  return frameBytes(hertz, bitrate) + ((header[2]! >> 1) & 1);
}

/** Counts whole frames in bytes that come in pieces of any size. */
export class MpegFrames {
  frames = 0;
  /** Bytes until the next header begins. */
  #skip = 0;
  #header: number[] = [];

  count(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at);
        this.#skip -= step;
        at += step;
        continue;
      }
      this.#header.push(bytes[at++]!);
      if (this.#header.length < HEADER_BYTES) continue;
      this.#skip = lengthOf(Uint8Array.from(this.#header)) - HEADER_BYTES;
      this.#header = [];
      this.frames += 1;
    }
  }
}
