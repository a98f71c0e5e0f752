// The package types its entry only, not the WebAssembly build that ogg-opus.ts takes.
declare module "@evan/opus/wasm/index.mjs" {
  export class Encoder {
    constructor(options: {
      channels: 1 | 2;
      sample_rate: number;
      application: "voip" | "audio" | "restricted_lowdelay";
    });
    /** Reads or sets a value of libopus (opus_defines.h). */
    ctl(request: number, value?: number): number;
    /** @param frame one frame of Int16 @returns one packet */
    encode(frame: Int16Array): Uint8Array;
    /** Frees the encoder. */
    drop(): void;
  }
}
