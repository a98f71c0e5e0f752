import { type PlannedChunk, planText } from "../plan/plan.ts";
import { MappedText } from "./mapped-text.ts";
import type { Manner, NativePart, Phonemes, ScriptPart, SpokenPart } from "./script.ts";

/** Silence that a script asks for between two chunks. */
export interface Pause {
  milliseconds: number;
  /** Not longer, either. */
  exact: boolean;
}

/** A chunk of a script: its text, and how it is said where that is not as the job says it. */
export interface ScriptChunk extends PlannedChunk {
  manner?: Manner;
  phonemes?: readonly Phonemes[];
  /** The same in the engine's own terms. */
  native?: Pick<NativePart, "ssml" | "markup" | "dialogue">;
  /** Before the first chunk. */
  pauseBefore?: Pause;
  /** After the chunk. */
  pause?: Pause;
}

/** Letters of running text that make a good chunk for a voice. */
export type LettersOf = (voiceId: string) => number | undefined;

/**
 * Cuts a script into chunks, in order. Pauses go to the chunk that they follow, those at the start to the first one.
 * Every code unit of the spoken parts that is not white space is in exactly one chunk. No chunk when nothing is spoken.
 */
export function* planScript(parts: Iterable<ScriptPart>, lettersOf: LettersOf): Iterable<ScriptChunk> {
  let held: ScriptChunk | undefined;
  let leading: Pause | undefined;
  for (const part of parts) {
    if (part.kind === "pause") {
      if (held) held.pause = longer(held.pause, part);
      else leading = longer(leading, part);
      continue;
    }
    for (const chunk of chunksOf(part, lettersOf(part.manner.voiceId), held === undefined)) {
      if (held) yield held;
      else if (leading) chunk.pauseBefore = leading;
      held = chunk;
    }
  }
  if (held) yield held;
}

/** Pauses in a row add up; an exact one among them makes the whole exact only where all are. */
function longer(before: Pause | undefined, { milliseconds, exact = false }: { milliseconds: number; exact?: boolean }) {
  if (!before) return { milliseconds, exact };
  return { milliseconds: before.milliseconds + milliseconds, exact: before.exact && exact };
}

function chunksOf(part: SpokenPart | NativePart, letters: number | undefined, first: boolean): Iterable<ScriptChunk> {
  if (part.kind === "speech") return spokenChunks(part, letters, first);
  const { text, span, manner, boundary, ssml, markup, dialogue } = part;
  return [{ text, span, manner, boundary, native: { ssml, markup, dialogue } }];
}

function* spokenChunks(part: SpokenPart, letters: number | undefined, first: boolean): Iterable<ScriptChunk> {
  const { text, manner, phonemes = [] } = part;
  const places = MappedText.from(part);
  const options = { maxWeight: letters, ...(!first && { firstMaxWeight: Number.POSITIVE_INFINITY }) };
  let last: ScriptChunk | undefined;
  // What has a sound of its own is one word, whatever marks are in it.
  for (const { text: planned, span, boundary } of planText(masked(text, phonemes), options)) {
    if (last) yield last;
    const within = phonemes
      .filter(({ start, end }) => start >= span.start && end <= span.end)
      .map((one) => ({ ...one, start: one.start - span.start, end: one.end - span.start }));
    last = {
      text: within.length > 0 ? text.slice(span.start, span.end) : planned,
      span: places.spanOf(span.start, span.end),
      boundary,
      manner,
      ...(within.length > 0 && { phonemes: within }),
    };
  }
  if (last) yield { ...last, boundary: part.boundary };
}

/** Of the same length; phonemes are in order. */
function masked(text: string, phonemes: readonly Phonemes[]): string {
  let result = "";
  let at = 0;
  for (const { start, end } of phonemes) {
    result += text.slice(at, start) + "x".repeat(end - start);
    at = end;
  }
  return result + text.slice(at);
}
