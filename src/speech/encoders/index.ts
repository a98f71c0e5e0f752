import type { AudioEncoder, AudioSettings } from "./encoder.ts";
import { createWavEncoder } from "./wav.ts";

/** The encoder for settings that `resolveAudioSettings` checked. Each format's library is loaded on its first use. */
export async function createEncoder(settings: AudioSettings): Promise<AudioEncoder> {
  switch (settings.format) {
    case "wav":
      return createWavEncoder(settings);
    case "mp3":
      return (await import("./mp3.ts")).createMp3Encoder(settings);
    case "ogg_opus":
      return (await import("./ogg-opus.ts")).createOggOpusEncoder(settings);
  }
}
