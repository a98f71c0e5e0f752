import type { PhonemeAlphabet, Span } from "../../engines/engine.ts";
import type { Boundary } from "../plan/plan.ts";

/**
 * A script: what a job's text, in whatever format, asks to be spoken. Made from SSML (../ssml), markup or a dialogue, and
 * cut into chunks by the planner. Spans are UTF-16 code units of the job's text, [start, end).
 */

/** How a part is spoken. */
export interface Manner {
  /** A voice of the catalogue. */
  voiceId: string;
  /** The pace of the part, the job's speed included; within the voice's range. */
  speed: number;
  /** Semitones against the voice's own pitch. */
  pitchSemitones: number;
  /** Decibels against the voice's own loudness. */
  volumeDb: number;
  /** BCP-47, where it is not the voice's own. */
  language?: string;
}

/** Where a stretch of a part's text comes from. */
export interface Origin {
  /** Where it begins in the part's text; it ends where the next one begins. */
  start: number;
  /** Where it stands in the job's text. Of the same length, or (an alias, a spoken form, an entity) taken as a whole. */
  span: Span;
}

export interface Phonemes {
  /** UTF-16 code units of the part's text. */
  start: number;
  end: number;
  alphabet: PhonemeAlphabet;
  ph: string;
}

/** Text in one manner. The planner cuts it at sentences. */
export interface SpokenPart {
  kind: "speech";
  text: string;
  /** In order; the first begins at 0. */
  origins: readonly Origin[];
  manner: Manner;
  phonemes?: readonly Phonemes[];
  /** What stands between this part and what follows it. */
  boundary: Boundary;
}

/** What an engine gets in its own terms, in one request. */
export interface NativePart {
  kind: "native";
  /** What it says, as plain text. */
  text: string;
  span: Span;
  manner: Manner;
  /** A whole document, <speak> to </speak>. */
  ssml?: string;
  markup?: string;
  dialogue?: readonly { speaker: 1 | 2; voiceId: string; text: string }[];
  boundary: Boundary;
}

/** Silence. */
export interface PausePart {
  kind: "pause";
  /** Several in a row add up. */
  milliseconds: number;
  /** Exactly so long, even where more would stand by nature: a break of no strength. Default: at least so long. */
  exact?: boolean;
  span: Span;
}

export type ScriptPart = SpokenPart | NativePart | PausePart;
