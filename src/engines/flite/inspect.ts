import type { SpeakableReport } from "../engine.ts";
import { fliteText } from "./ascii.ts";
import { greekLetterName, spokenForm } from "./characters.ts";

/** Kinds of characters in the words of a warning; the first that fits counts. */
const KINDS: [one: string, many: string, test: RegExp][] = [
  ["emoji", "emoji", /\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}/u],
  ["Chinese or Japanese character", "Chinese or Japanese characters", /\p{Script=Han}/u],
  ["Japanese kana character", "Japanese kana characters", /\p{Script=Hiragana}|\p{Script=Katakana}/u],
  ["Korean character", "Korean characters", /\p{Script=Hangul}/u],
  ["Cyrillic letter", "Cyrillic letters", /\p{Script=Cyrillic}/u],
  ["Greek letter", "Greek letters", /\p{Script=Greek}/u],
  ["Arabic letter", "Arabic letters", /\p{Script=Arabic}/u],
  ["Hebrew letter", "Hebrew letters", /\p{Script=Hebrew}/u],
  ["Devanagari letter", "Devanagari letters", /\p{Script=Devanagari}/u],
  ["Thai letter", "Thai letters", /\p{Script=Thai}/u],
  ["letter of another script", "letters of other scripts", /\p{L}/u],
  ["symbol", "symbols", /./su],
];

const MAX_EXAMPLES = 3;
const REGIONAL_INDICATOR = /\p{Regional_Indicator}/u;
const EMOJI_MODIFIER = /\p{Emoji_Modifier}/u;
const ZERO_WIDTH_JOINER = "\u200d";

/** What of `text` an English voice leaves out, by kind, with counts and up to three examples of each. */
export function inspectEnglish(text: string): SpeakableReport {
  const speakable = /[A-Za-z0-9]/.test(text) || fliteText(text) !== "";
  const counts = new Map<number, { count: number; examples: Set<string> }>();
  let flagRun = 0;
  let flagEnd = -1;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII as a whole
  for (const match of text.matchAll(/[^\x00-\x7f]/gu)) {
    const character = match[0];
    if (canSay(character, text, match.index)) continue;
    flagRun = REGIONAL_INDICATOR.test(character) ? (flagEnd === match.index ? flagRun + 1 : 1) : 0;
    flagEnd = match.index + character.length;
    const kind = KINDS.findIndex(([, , test]) => test.test(character));
    const entry = counts.get(kind) ?? { count: 0, examples: new Set() };
    counts.set(kind, entry);
    // Skin tones, joined pictures and second halves of flags belong to the emoji before them.
    const joined = text[match.index - 1] === ZERO_WIDTH_JOINER;
    if (joined || EMOJI_MODIFIER.test(character) || (flagRun > 0 && flagRun % 2 === 0)) continue;
    entry.count++;
    if (entry.examples.size < MAX_EXAMPLES) entry.examples.add(character);
  }
  return { speakable, warnings: sentences(counts, speakable) };
}

function canSay(character: string, text: string, index: number): boolean {
  if (spokenForm(character) !== null) return true;
  if (greekLetterName(character) === undefined) return false;
  // A Greek letter by itself is said by its name; a Greek word is not.
  const beside = `${text[index - 1] ?? " "}${text[index + 1] ?? " "}`;
  return !/[\p{Script=Greek}\p{M}]/u.test(beside);
}

function sentences(counts: Map<number, { count: number; examples: Set<string> }>, speakable: boolean): string[] {
  const warnings = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([kind, { count, examples }]) => {
      const [one, many] = KINDS[kind]!;
      const shown = [...examples].join(" ");
      return `This English voice leaves out ${count} ${count === 1 ? one : many} (${count > examples.size ? "e.g. " : ""}${shown}).`;
    });
  if (!speakable) warnings.push("Nothing in this text can be spoken by an English voice.");
  return warnings;
}
