import { safeCut } from "./cuts.ts";

/** A sentence, or as much of one as a window holds, without the white space around it; UTF-16 code units. */
export interface Sentence {
  start: number;
  end: number;
  /** False when the sentence goes on: it was too long for the window. */
  complete: boolean;
}

/**
 * Code units the segmenter sees at a time. Its time grows with the square of the number of sentences in one string
 * (Node 20: 38,000 sentences take 11 s), and stays at 0.05 µs a code unit in windows of this size.
 */
const WINDOW = 1_024;

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * Titles, initials and Latin abbreviations that don't end a sentence though a capital letter may follow. Those that can
 * do both ("etc.", "Inc.", "p.m.") are left to the segmenter.
 */
const ABBREVIATION =
  /(?:^|[\s("'“‘[])(?:Mr|Mrs|Ms|Mx|Dr|Prof|St|Rev|Hon|Gen|Col|Maj|Capt|Cmdr|Lt|Sgt|Sen|Rep|Gov|Pres|Messrs|Mme|Mlle|Mt|Ft|vs|cf|e\.g|i\.e|viz|[A-HJ-Z](?:\.[A-Z])*)\.[ \t]+$/;
const LONGEST_ABBREVIATION = 16;

/**
 * The sentences of `text` in order, found lazily: nothing past the next window is looked at. A line break ends a
 * sentence (see `joinWrappedLines` for those that shouldn't). All but white space is in some sentence.
 */
export function* sentencesOf(text: string): Iterable<Sentence> {
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const windowEnd = Math.min(text.length, at + WINDOW);
    const last = windowEnd === text.length;
    let next = at;
    for (const end of sentenceEnds(text.slice(at, windowEnd))) {
      // The window may have cut the last one.
      if (!last && at + end === windowEnd) break;
      const sentence = trimmed(text, next, at + end);
      if (sentence) yield { ...sentence, complete: true };
      next = at + end;
    }
    if (next === at) {
      next = safeCut(text, at, windowEnd);
      const part = trimmed(text, at, next);
      if (part) yield { ...part, complete: false };
    }
    at = skipSpace(text, next);
  }
}

function* sentenceEnds(window: string): Iterable<number> {
  for (const { segment, index } of segmenter.segment(window)) {
    const end = index + segment.length;
    const tail = window.slice(Math.max(0, end - LONGEST_ABBREVIATION), end);
    if (end < window.length && ABBREVIATION.test(tail)) continue;
    yield end;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

function trimmed(text: string, from: number, to: number): { start: number; end: number } | undefined {
  const start = skipSpace(text, from);
  let end = to;
  while (end > start && /\s/.test(text[end - 1]!)) end--;
  return start < end ? { start, end } : undefined;
}
