/** What an encoder is: mono Int16 at its own sample rate in, bytes of one container out, a piece at a time. */

export const OUTPUT_FORMATS = ["wav", "mp3", "ogg_opus"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Settings that were checked by `resolveAudioSettings` (../formats.ts): every combination here can be made. */
export interface AudioSettings {
  format: OutputFormat;
  sampleRateHertz: number;
  /** kbit/s; absent for wav. */
  bitrateKbps?: number;
  /**
   * True when the bytes leave while they are made, so that no byte can be changed afterwards: `finish` then gives no
   * patches, wav carries size 0xFFFFFFFF, and the mp3 tag holds what is known at the start.
   */
  streaming: boolean;
  /**
   * Ogg's number of the logical stream, 32 bits; random when absent. A job that is made again after a crash keeps it, so
   * that it gets the same bytes.
   */
  streamSerial?: number;
}

/** Bytes that replace others already given, once the length is known. */
export interface BytePatch {
  offset: number;
  bytes: Uint8Array;
}

export interface EncodedEnd {
  bytes: Uint8Array;
  patches: BytePatch[];
}

export interface AudioEncoder {
  /** Takes samples at `settings.sampleRateHertz`; gives the bytes that are ready (maybe none). The array is the caller's. */
  encode(samples: Int16Array): Uint8Array;
  /** Flushes. After it the encoder is done. */
  finish(): EncodedEnd;
}
