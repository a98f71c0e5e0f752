/** A text to be read and how its readers count and date. */
export interface Source {
  text: string;
  /** Day before month, and "one hundred and one": everywhere but in North America and the Philippines. */
  british: boolean;
}

/** How `text.slice(start, end)` is said. */
export interface Reading {
  start: number;
  end: number;
  /** Letters, spaces and marks that only shape pauses: nothing that would be read again. */
  words: string;
}

/** Part of a reading that ends there. */
export interface Said {
  end: number;
  words: string;
}

/** A space that doesn't end a line, as a source for patterns. */
export const SPACE = "[ \\u00a0\\u202f\\u2009]";

/** Compiles a pattern for `matchAt`. Whatever repeats in it has a bound, so that a try costs the same anywhere. */
export function pattern(source: string, flags = ""): RegExp {
  return new RegExp(source, `y${flags}`);
}

/** The match of a sticky pattern that begins at `at`. */
export function matchAt(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

/** Whether a sticky pattern fits at `at`. */
export function fitsAt(sticky: RegExp, text: string, at: number): boolean {
  sticky.lastIndex = at;
  return sticky.test(text);
}

const REACH = 24;
const WORD_BEFORE = /([\p{L}\p{M}\d.’']+)[ \u00a0\u202f\u2009]$/u;

/** The word before `at`, with its marks, when one space stands between; else "". */
export function wordBefore(text: string, at: number): string {
  return WORD_BEFORE.exec(text.slice(Math.max(0, at - REACH), at))?.[1] ?? "";
}

const ENDS_SENTENCE = pattern(`["'”’)\\]]{0,3}(?:$|\\s*\\n|\\s+["'“‘(]{0,2}\\p{Lu})`, "u");

/** The full stop that an abbreviation's point is as well, when the sentence ends at `at`; else "". */
export function fullStop(text: string, at: number): string {
  // White space may be long: only what is near counts.
  return fitsAt(ENDS_SENTENCE, text.slice(at, at + REACH), 0) ? "." : "";
}

/** Whether `character` is an ASCII digit. */
export function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}
