/** Where the samples of a WAV file are, and what they are. */
export interface WavFormat {
  /** 1: PCM. */
  codec: number;
  channels: number;
  sampleRateHertz: number;
  bitsPerSample: number;
  /** Offset of the first sample. */
  start: number;
  /** Bytes of samples; Infinity where the header does not know, as in streams. */
  length: number;
}

/** Writers that don't know a length leave it at 0 or at a number near the largest. */
const UNKNOWN_LENGTH = 0x7000_0000;

/**
 * Reads a WAV header (RIFF; Microsoft's "Multimedia Programming Interface", chapter 3) as far as the samples' start.
 * @returns undefined while `bytes` ends before it
 * @throws Error when it is no WAV file
 */
export function readWavHeader(bytes: Uint8Array): WavFormat | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12) return undefined;
  if (name(0) !== "RIFF" || name(8) !== "WAVE") throw new Error("this is no WAV file");
  let format: Omit<WavFormat, "start" | "length"> | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (name(at) === "data") {
      if (!format) throw new Error("the WAV file has samples without a format");
      const unknown = length === 0 || length >= UNKNOWN_LENGTH;
      return { ...format, start: at + 8, length: unknown ? Number.POSITIVE_INFINITY : length };
    }
    if (name(at) === "fmt ") {
      if (at + 24 > bytes.length) return undefined;
      format = {
        codec: view.getUint16(at + 8, true),
        channels: view.getUint16(at + 10, true),
        sampleRateHertz: view.getUint32(at + 12, true),
        bitsPerSample: view.getUint16(at + 22, true),
      };
    }
    // Chunks begin at even places.
    at += 8 + length + (length % 2);
  }
  return undefined;
}
