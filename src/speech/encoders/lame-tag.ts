import { mp3Bitrates } from "../formats.ts";
import { frameBytes, frameHeader, samplesPerFrame } from "./mpeg-frames.ts";

/**
 * The Info tag (Xing's, named so for constant bitrates) with LAME's extension, revision 1: the first frame of a file,
 * silent for old players, that tells new ones how many samples to cut at both ends.
 * Source: gabriel.mp3-tech.org/mp3infotag.html.
 */

/**
 * Samples that LAME puts before the first one (its encoder.h: ENCDELAY; players add the decoder's own 529). Measured on
 * noise at every sample rate: after ffmpeg and mpg123 have cut by it, every sample is in its place.
 */
export const ENCODER_DELAY = 576;
/** "Info", flags, frames, bytes, table of contents, quality. */
const INFO_BYTES = 4 + 4 + 4 + 4 + 100 + 4;
const LAME_BYTES = 36;
const HAS_FRAMES_BYTES_TOC_QUALITY = 0x0f;
const CONSTANT_BITRATE = 1;
const MAX_PADDING = 0xfff;

/** CRC-16 with polynomial 0x8005, reflected, from 0. */
const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  return crc;
});

function crc16(bytes: Uint8Array, crc = 0): number {
  let value = crc;
  for (const byte of bytes) value = (value >> 8) ^ CRC_TABLE[(value ^ byte) & 0xff]!;
  return value;
}

/** The tag of one file: fed with the audio's frames, it gives its own frame for the start of the file. */
export class LameTag {
  readonly #sampleRateHertz: number;
  readonly #bitrateKbps: number;
  readonly #tagBitrateKbps: number;
  readonly #sideInfoBytes: number;
  #musicBytes = 0;
  #musicCrc = 0;

  constructor(sampleRateHertz: number, bitrateKbps: number) {
    this.#sampleRateHertz = sampleRateHertz;
    this.#bitrateKbps = bitrateKbps;
    this.#sideInfoBytes = sampleRateHertz >= 32_000 ? 17 : 9;
    const needed = 4 + this.#sideInfoBytes + INFO_BYTES + LAME_BYTES;
    // At a low bitrate the tag does not fit a frame: its frame then has the next bitrate that is large enough.
    this.#tagBitrateKbps = mp3Bitrates(sampleRateHertz).find(
      (bitrate) => bitrate >= bitrateKbps && frameBytes(sampleRateHertz, bitrate) >= needed,
    )!;
  }

  /** Takes the audio's bytes, in order, for their checksum and count. */
  update(bytes: Uint8Array): void {
    this.#musicBytes += bytes.length;
    this.#musicCrc = crc16(bytes, this.#musicCrc);
  }

  /** A frame of the tag's size, to be overwritten by `complete`. */
  placeholder(): Uint8Array {
    return this.#frame();
  }

  /** The tag of a stream: the delay is known, counts and padding are not. */
  opening(): Uint8Array {
    const frame = this.#frame();
    const lame = this.#writeInfo(frame, 0);
    this.#writeLame(frame, lame, 0, 0);
    return frame;
  }

  /** The tag of a whole file. */
  complete(frames: number, samples: number): Uint8Array {
    const frame = this.#frame();
    const info = 4 + this.#sideInfoBytes;
    const lame = this.#writeInfo(frame, HAS_FRAMES_BYTES_TOC_QUALITY);
    const fileBytes = frame.length + this.#musicBytes;
    frame.writeUInt32BE(frames, info + 8);
    frame.writeUInt32BE(Math.min(fileBytes, 0xffff_ffff), info + 12);
    // Constant bitrate: the n-th percent of the time is at the n-th percent of the bytes.
    for (let percent = 0; percent < 100; percent++) frame[info + 16 + percent] = Math.floor((percent * 256) / 100);
    const padding = frames * samplesPerFrame(this.#sampleRateHertz) - ENCODER_DELAY - samples;
    this.#writeLame(frame, lame, Math.min(MAX_PADDING, Math.max(0, padding)), fileBytes);
    return frame;
  }

  #frame(): Buffer {
    const frame = Buffer.alloc(frameBytes(this.#sampleRateHertz, this.#tagBitrateKbps));
    frame.set(frameHeader(this.#sampleRateHertz, this.#tagBitrateKbps));
    return frame;
  }

  /** Writes the name and flags; gives where LAME's extension begins: fields without a flag are not there. */
  #writeInfo(frame: Buffer, flags: number): number {
    const info = 4 + this.#sideInfoBytes;
    frame.write("Info", info, "latin1");
    frame.writeUInt32BE(flags, info + 4);
    return info + (flags === 0 ? 8 : INFO_BYTES);
  }

  /** @param fileBytes 0 when not known yet */
  #writeLame(frame: Buffer, at: number, padding: number, fileBytes: number): void {
    frame.write("LAME3.100", at, "latin1");
    frame[at + 9] = CONSTANT_BITRATE; // tag revision 0 in the upper half, as LAME itself writes
    frame[at + 20] = Math.min(this.#bitrateKbps, 255);
    frame.writeUIntBE((ENCODER_DELAY << 12) | padding, at + 21, 3);
    frame.writeUInt32BE(Math.min(fileBytes, 0xffff_ffff), at + 28);
    frame.writeUInt16BE(this.#musicCrc, at + 32);
    frame.writeUInt16BE(crc16(frame.subarray(0, at + 34)), at + 34);
  }
}
