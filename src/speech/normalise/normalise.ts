import { abbreviationAt } from "./abbreviations.ts";
import { monthDay, monthNumber } from "./dates.ts";
import { addressAt } from "./internet.ts";
import { moneyAt } from "./money.ts";
import { numberAt, versionAt } from "./numbers.ts";
import { isDigit, type Reading, type Source } from "./reading.ts";
import { sayRoman } from "./roman.ts";
import { signAt } from "./signs.ts";
import { rateAlone } from "./units.ts";

/** Countries whose English puts the month before the day. */
const MONTH_FIRST = /^en(?:-Latn)?(?:-(?:US|CA|PH|PR|GU|AS|VI))?$/i;

/** Whether texts of a language, BCP-47, are English. */
export function isEnglish(language: string): boolean {
  return /^en(?:-|$)/i.test(language);
}

/** Whether a kind of English puts the day before the month, and says "one hundred and one". */
export function isBritish(language: string): boolean {
  return !MONTH_FIRST.test(language);
}

/**
 * The text as an English reader says it: numbers, dates, times, money, units, addresses of the internet, telephone
 * numbers, signs and abbreviations in words. All else stands as it is: words, marks, white space, other scripts, emoji,
 * and signs that may be decoration. Of other languages nothing is changed. Never throws; linear in the text; its own
 * output is left as it is.
 *
 * @param language BCP-47 of the voice or of the part
 */
export function normaliseText(text: string, language: string): string {
  if (!isEnglish(language)) return text;
  let result = "";
  let last = "";
  let done = 0;
  for (const { start, end, words } of readingsOf(text, isBritish(language))) {
    if (start > done) last = text[start - 1]!;
    result += text.slice(done, start);
    if (needsSpaceBefore(last)) result += " ";
    result += words;
    last = words.at(-1)!;
    if (needsSpaceAfter(text, end)) {
      result += " ";
      last = " ";
    }
    done = end;
  }
  return done === 0 ? text : result + text.slice(done);
}

/** A run of letters, a digit, a run of one ASCII sign, or another sign. */
const PIECE = /[\p{L}\p{M}]+|\d|([!-/:-@[-`{-~])\1*|[^\s\p{L}\p{M}\d]/gu;

/** What of a text is not said as it is written, in order. */
export function* readingsOf(text: string, british: boolean): Iterable<Reading> {
  const source: Source = { text, british };
  const pieces = new RegExp(PIECE);
  for (let piece = pieces.exec(text); piece; piece = pieces.exec(text)) {
    const reading = readingAt(source, piece.index, piece[0]);
    if (!reading) continue;
    yield reading;
    pieces.lastIndex = reading.end;
  }
}

function readingAt(source: Source, at: number, piece: string): Reading | undefined {
  const first = piece.charCodeAt(0);
  if (isDigit(piece)) return (startsToken(source.text, at) && addressAt(source.text, at)) || numberAt(source, at);
  const isLetter = (first | 0x20) >= 0x61 && (first | 0x20) <= 0x7a;
  if (isLetter || /^[\p{L}\p{M}]/u.test(piece)) return wordAt(source, at, piece);
  return signAt(source, at, piece);
}

/** Longer words are no abbreviation, month or numeral. */
const LONGEST_LISTED = 9;

function wordAt(source: Source, at: number, word: string): Reading | undefined {
  const { text, british } = source;
  const end = at + word.length;
  const next = text[end];
  if (next !== undefined && /[.@:/\\_\-\d+]/.test(next) && startsToken(text, at)) {
    const address = addressAt(text, at);
    if (address) return address;
  }
  if (word.length > LONGEST_LISTED) return undefined;
  const upper = word.charCodeAt(0) < 0x5b;
  if (upper) {
    if (/^[IVXLCDM]+$/.test(word)) {
      const words = sayRoman(text, at, word, british);
      if (words) return { start: at, end, words };
    }
    if (monthNumber(word)) {
      const date = monthDay(source, at);
      if (date) return date;
    }
    // "US$5", "EUR 5"
    if (word.length <= 3 && next !== undefined && /[$\d \u00a0]/.test(next)) {
      const money = moneyAt(source, at);
      if (money) return money;
    }
  }
  if (next === "/") {
    const rate = rateAlone(text, at);
    if (rate) return { start: at, ...rate };
  }
  if (word === "v" && isDigit(next)) return versionAt(source, at);
  return abbreviationAt(source, at, word);
}

function startsToken(text: string, at: number): boolean {
  return at === 0 || /[\s(["'“‘<{,;]/.test(text[at - 1]!);
}

/** Words that stand at a word, a number or a mark that isn't an opening one get a space. */
function needsSpaceBefore(last: string): boolean {
  return last !== "" && !/[\s([{<"'“‘’«¡¿\-–—\\|_*~`]/.test(last);
}

/** Nor must what follows grow together with them, or make an address of them. */
function needsSpaceAfter(text: string, end: number): boolean {
  const next = text[end];
  if (next === undefined || /\s/.test(next)) return false;
  if (/[\p{L}\p{M}\p{N}([{“‘«]/u.test(next)) return true;
  return /[.:@/\\_#&%]/.test(next) && /\S/.test(text[end + 1] ?? " ");
}
