import type { VoiceCapabilities } from "../../engines/engine.ts";
import type { SsmlElement } from "./document.ts";
import { wishKey, wishOf } from "./voices.ts";

/** What there is to know around a document when it is brought into parts. */
export interface SsmlContext {
  /** The job's voice. */
  voiceId: string;
  /** The job's pace; 1 is the voice's own. */
  speed: number;
  /** The voice for a wish of the document (voices.ts). */
  voiceOf(wishKey: string): string;
  capabilitiesOf(voiceId: string): VoiceCapabilities;
  /** BCP-47. */
  languageOf(voiceId: string): string;
  /** A text as words, or undefined where it can't be said that way. */
  sayAs(
    text: string,
    interpretAs: string,
    options: { format?: string; detail?: string },
    language: string,
  ): string | undefined;
  /** What `interpret-as` may be, for hints. */
  sayAsKinds?: readonly string[];
  /**
   * Looks at a document that is to be passed on (Engine.checkSsml).
   * @throws AppError UNSUPPORTED_MODIFIER with `line` and `column` of `ssml` in its details
   */
  checkNative?(ssml: string, voiceId: string): void;
}

/** The voice of what stands in a <voice>, or else in none. */
export const voiceIdOf = (voice: SsmlElement | undefined, context: SsmlContext): string =>
  voice ? context.voiceOf(wishKey(wishOf(voice))) : context.voiceId;
