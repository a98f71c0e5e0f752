import { carriable } from "../shared/provider-text.ts";
import type { KokoroLanguage } from "./languages.ts";

const HAN = /\p{Script=Han}/u;
/** Signs that espeak-ng has a name for, beside letters and digits. */
const NAMED_SIGN = /[\p{Sc}\p{Sm}\p{Extended_Pictographic}#%&*@§°©®\\/]/u;

/** How a voice takes a character: by its language's rules, only as Mandarin, badly or not at all, or as no sound. */
export type Reading = "spoken" | "as mandarin" | "foreign" | "silent";

/** @param character one code point */
export function readingOf(character: string, language: KokoroLanguage): Reading {
  if (/\p{N}/u.test(character) || NAMED_SIGN.test(character)) return "spoken";
  if (!/\p{L}/u.test(character)) return "silent";
  if (HAN.test(character)) return language.readsHan ? "spoken" : "as mandarin";
  // Letters of no script of their own, such as the mark of a long vowel or ª.
  return language.letters.test(character) || /\p{Script=Common}/u.test(character) ? "spoken" : "foreign";
}

/** Whether a voice would say anything. What is silent must not reach the runtime, which makes a noise of it. */
export function isSpeakable(text: string, language: KokoroLanguage): boolean {
  for (const character of text) {
    const reading = readingOf(character, language);
    if (reading === "spoken" || reading === "as mandarin") return true;
  }
  return false;
}

// espeak-ng takes about 200 sounds of a word and drops the rest without a word, and more than 30 digits of a number.
// Measured with the runtime 1.13.8: 50 spelt letters of a word are said, 20 of an abbreviation with points, 40 digits not.
const MOST_DIGITS = 20;
const MOST_LETTERS = 40;
const MOST_SPELT_LETTERS = 15;

const LONG_NUMBER = new RegExp(`\\p{Nd}{${MOST_DIGITS + 1},}`, "gu");
/** Letters and what belongs to them: marks, apostrophes and points or hyphens between them. */
const LONG_WORD = new RegExp(`[\\p{L}\\p{M}'’.-]{${MOST_SPELT_LETTERS + 1},}`, "gu");
const SIGNS_IN_A_ROW = /([^\p{L}\p{M}\p{N}\s.!?])\1{2,}/gu;

/**
 * A text of which the runtime drops nothing: it stops at a NUL, and at what is too long for espeak-ng. Long words are
 * cut, long numbers are read digit by digit, signs in a row one by one.
 */
export function speakableForm(text: string, language: KokoroLanguage): string {
  return carriable(text)
    .replace(/\ufffd/g, " ")
    .replace(SIGNS_IN_A_ROW, (run) => [...run].join(" "))
    .replace(LONG_NUMBER, (digits) => [...digits].join(" "))
    .replace(LONG_WORD, (word) => {
      // Words that espeak-ng can't pronounce it spells.
      const foreign = [...word].some((character) => readingOf(character, language) === "foreign");
      const spelt = foreign || !/\p{L}{4}/u.test(word) || !/[aeiouy\u0080-\uffff]/i.test(word);
      const most = spelt ? MOST_SPELT_LETTERS : MOST_LETTERS;
      return word.length <= most ? word : partsOf(word, most).join(" ");
    });
}

/** Parts of at most so many code units, with marks left where they belong. */
function partsOf(word: string, most: number): string[] {
  const parts: string[] = [""];
  for (const [character] of word.matchAll(/.\p{M}*/gsu)) {
    if (parts.at(-1)!.length + character.length > most) parts.push("");
    parts[parts.length - 1] += character;
  }
  return parts;
}

/**
 * The model takes 510 tokens, the runtime cuts a longer sentence anywhere, and in rare cases ends its process. These
 * are the tokens that a character makes at the most, nearly, in the languages of the voices: measured with 1.13.8.
 */
const TOKENS_OF = {
  letter: 1.4,
  kana: 2.7,
  devanagari: 2,
  han: 6,
  foreign: 25,
  digit: 14,
  sign: 10,
  silent: 1,
} as const;
const MOST_TOKENS = 420;

function tokensOf(character: string, language: KokoroLanguage): number {
  const reading = readingOf(character, language);
  if (/\p{N}/u.test(character)) return TOKENS_OF.digit;
  if (HAN.test(character)) return TOKENS_OF.han;
  if (reading === "foreign") return TOKENS_OF.foreign;
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(character)) return TOKENS_OF.kana;
  if (/\p{Script=Devanagari}/u.test(character)) return TOKENS_OF.devanagari;
  if (reading === "silent") return TOKENS_OF.silent;
  return /\p{L}/u.test(character) ? TOKENS_OF.letter : TOKENS_OF.sign;
}

/** Where a text is best cut: after a sentence, after a clause, between words. Each is tried in the last half. */
const CUTS = [/[.!?。！？…]["'”’)\]」』]*\s*$/u, /[,;:，、；：—–][\s]*$/u, /\s$/u];

/**
 * Cuts a text into what the model takes at once; most texts are one piece. Nothing is left out but space.
 * @param text as `speakableForm` gives it
 */
export function piecesOf(text: string, language: KokoroLanguage): string[] {
  const pieces: string[] = [];
  const characters = [...text];
  let start = 0;
  while (start < characters.length) {
    let tokens = 0;
    let end = start;
    while (end < characters.length && tokens <= MOST_TOKENS) tokens += tokensOf(characters[end++]!, language);
    if (tokens > MOST_TOKENS) end = cutBefore(characters, start, Math.max(start + 1, end - 1));
    const piece = characters.slice(start, end).join("").trim();
    if (piece) pieces.push(piece);
    start = end;
  }
  return pieces;
}

function cutBefore(characters: readonly string[], start: number, limit: number): number {
  const middle = start + ((limit - start) >> 1);
  for (const cut of CUTS) {
    for (let at = limit; at > middle; at--) {
      if (cut.test(characters.slice(Math.max(start, at - 4), at).join(""))) return at;
    }
  }
  return limit;
}
