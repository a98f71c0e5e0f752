import type { Gender, Range } from "../engine.ts";

/** The samples of one call: mono. */
export interface Sound {
  samples: Int16Array;
  sampleRateHertz: number;
}

/** A voice as the program that speaks it lists it. */
export interface NativeVoice {
  /** What the program calls it; comes from its own list and from nowhere else. */
  nativeName: string;
  /** As the program writes it; see `language.ts`. */
  language: string;
  /** For people; becomes the last part of the voice id. */
  name: string;
  gender: Gender;
  /** Of 0 to 8: the higher, the sooner it is chosen for its language. */
  preference: number;
  charsPerSecond: number;
}

/** How a chunk is to sound. */
export interface Manner {
  nativeName: string;
  /** 1 is the voice's own pace. */
  speed: number;
  /** 0 is the voice's own pitch. */
  pitchSemitones: number;
}

export type ProgramFamily = "Espeak" | "Say" | "Sapi";

/** A program that speaks, on this machine. `path` is always where it is. */
export interface SystemProgram {
  /** The family of its voices. */
  family: ProgramFamily;
  /** The setting with its path. */
  setting: string;
  /** Where it is, or undefined. @throws AppError CONFIG_INVALID for a wrong setting */
  find(variables: Readonly<Record<string, string>>): Promise<string | undefined>;
  /** @throws Error when the program fails */
  voices(path: string): Promise<NativeVoice[]>;
  /** @param text as it came. @throws Error when the program fails; the signal's reason */
  speak(path: string, text: string, manner: Manner, signal: AbortSignal): Promise<Sound>;
  sampleRateHertz: number;
  speed: Range;
  pitchSemitones: Range | null;
  /** What the voice leaves out of a text; undefined: not known, so nothing. */
  leavesOut?(character: string, language: string): boolean;
}

/** Text that no program takes for commands: control characters become spaces, `[[` opens nothing. */
export function harmless(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, " ")
      .replace(/\p{Cs}/gu, " ")
      .replace(/\[(?=\[)/g, "[ ")
      .replace(/\](?=\])/g, "] ")
  );
}

/** Below this a sample is silence (−50 dB of full scale). */
const SILENCE_PEAK = 100;

/** Whether there is nothing to hear. */
export const soundless = ({ samples }: Sound) => !samples.some((sample) => Math.abs(sample) > SILENCE_PEAK);
