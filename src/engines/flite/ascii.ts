import { greekLetterName, spokenForm } from "./characters.ts";

/** Letters without a break that flite gets in one go: the work for one word grows faster than its length. */
const LONGEST_WORD = 60;

/** Rules on the text as it came, in this order, before its characters become ASCII. Each is linear in the text. */
const UNICODE_RULES: [RegExp, string | ((...groups: string[]) => string)][] = [
  [/[\u0085\u2028\u2029\v\f]|\r\n?/g, "\n"],
  // A zero-width space marks a word's end; control characters stand between words if anywhere.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  [/[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u200b]/g, " "],
  [/[\p{Cs}\p{Cf}]/gu, ""],
  [/ – /g, " -- "],
  [
    /(?<![\p{Script=Greek}\p{M}])(?:\p{Script=Greek}|µ)(?![\p{Script=Greek}\p{M}])/gu,
    (letter) => sayGreekLetter(letter!),
  ],
];

/** Rules on ASCII text: what flite would say wrongly, or leave out. */
const ASCII_RULES: [RegExp, string][] = [
  // Rules and banners of signs are decoration, not "asterisk asterisk asterisk".
  [/([*_=~#+|^\\/-])\1{2,}/g, " "],
  // Emphasis and bullets as plain text writes them.
  [/(^|[\s("'])(\*{1,2}|_{1,2})(?=[A-Za-z0-9])/g, "$1"],
  [/([A-Za-z0-9.,;:!?])(\*{1,2}|_{1,2})(?=$|[\s.,;:!?)"'])/g, "$1"],
  [/(^|\n)[ \t]*[*-][ \t]+/g, "$1"],
  [/(?<!\.)\.{2,}(?=[A-Za-z0-9])/g, "... "],
  [new RegExp(`[A-Za-z]{${LONGEST_WORD}}(?=[A-Za-z])`, "g"), "$& "],
];

/** What flite speaks of ASCII; everything else only shapes the pauses. */
const SPEAKABLE = /[A-Za-z0-9#$%&*+/=@\\^_|~]/;

/**
 * Text as flite can speak it: printable ASCII and newlines, with accents, foreign digits and lone signs turned into
 * what an English speaker would say (numbers and all that goes with them are in words by then) and unspeakable characters turned into spaces. "" when nothing of it can be spoken;
 * otherwise it ends in a newline, which flite needs (see process.ts).
 */
export function fliteText(text: string): string {
  let result = toAscii(text);
  for (const [pattern, replacement] of ASCII_RULES) result = result.replace(pattern, replacement);
  if (!SPEAKABLE.test(result)) return "";
  // An empty line ends an utterance for flite, a single newline does not.
  return `${result
    .replace(/[ \t]+/g, " ")
    .replace(/\s*\n\s*/g, "\n\n")
    .trim()}\n`;
}

function toAscii(text: string): string {
  if (/^[\n\x20-\x7e]*$/.test(text)) return text;
  let result = text;
  for (const [pattern, replacement] of UNICODE_RULES) {
    result = result.replace(pattern, replacement as (...groups: string[]) => string);
  }
  return result.replace(/[^\x20-\x7e\n]/gu, (character) => (character === "\t" ? " " : (spokenForm(character) ?? " ")));
}

function sayGreekLetter(letter: string): string {
  const name = greekLetterName(letter);
  return name ? ` ${name} ` : letter;
}
