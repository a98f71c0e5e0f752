import type { ModelFiles } from "./installation.ts";

/** What passes between a speaker and its voice process, by Node's channel with serialization "advanced". */

export type ToVoiceProcess =
  /** First, once. */
  | { kind: "load"; files: ModelFiles; threads: number }
  | { kind: "speak"; id: number; order: SpeakOrder }
  /** Stops what runs, after the sentence that is being made. */
  | { kind: "cancel"; id: number };

export interface SpeakOrder {
  text: string;
  /** Place of the speaker in the voices' file. */
  sid: number;
  /** 2 is twice as fast. */
  speed: number;
  /** Name of a voice of espeak-ng, which tells the language. */
  espeakVoice: string;
  /** Whether the rules that write out numbers in Chinese apply. */
  rules: boolean;
}

export type FromVoiceProcess =
  /** The model is loaded, or can't be. */
  | { kind: "loaded" }
  | { kind: "unloadable"; message: string }
  /** The sound of a sentence. */
  | { kind: "sound"; id: number; samples: Int16Array }
  /** All of it is made; `message` when it failed. */
  | { kind: "done"; id: number; message?: string };
