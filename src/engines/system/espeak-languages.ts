/** What differs between the languages of espeak-ng; measured with 1.51 on its list of voices. */

/** Characters a second at the default rate, on two sentences of running text in the language. */
const CHARS_PER_SECOND: Readonly<Record<string, number>> = {
  ...{ en: 16.9, de: 16.4, fr: 22, es: 16.9, it: 16.5, pt: 15.5, nl: 16.3, pl: 15.2, cs: 14, sv: 14.6, fi: 15 },
  ...{ ru: 16.5, el: 17.7, hu: 14.4, tr: 13.8, hi: 13.5, ta: 14.4, id: 14.6, ms: 14.6, sw: 12.5, vi: 16.7 },
  ...{ ar: 10, fa: 10, ur: 10, th: 9, ja: 7.9, ko: 7, cmn: 2.6, yue: 2.6, hak: 2.6 },
};
/** The median of the alphabets above. */
const USUAL_CHARS_PER_SECOND = 15;

/** Mean speech rate of a voice, in characters a second. @param language as espeak-ng writes it */
export function espeakCharsPerSecond(language: string): number {
  if (/^cmn-.*latn/i.test(language)) return USUAL_CHARS_PER_SECOND;
  return CHARS_PER_SECOND[language.split("-")[0]!] ?? USUAL_CHARS_PER_SECOND;
}

const words = (list: string) => new Set(list.split(" "));

/** Languages (BCP-47) whose voices say nothing for a digit. */
const WITHOUT_DIGITS = words("chr cv he nog qya sjn tk");
/** … for emoji. */
const WITHOUT_EMOJI = words(
  "an as ba be bpy chr zh cv eo gn grc hak haw he ht hyw ia io ja jbo kk kl ko kok ku la lb lfn mi mt nb nci nog om pap " +
    "tlh py qdb qu quc qya shn sjn smj th tk tn tt ug uk uz yue",
);
/** … for the dollar sign. */
const WITHOUT_DOLLAR = words(
  "az be bpy chr zh cv cy eu ga gd gn grc hak haw he ht ia io ja jbo kk ko la mi mt my nci nog om tlh py qdb qu quc qya " +
    "shn sjn smj th tk ug uk uz yue",
);
/** Languages that have a word for the sign; it is silent in the others. */
const WITH_SIGN: Readonly<Record<string, ReadonlySet<string>>> = {
  "€": words(
    "af an ar bs ca cs da de el en es et fi fr hr hu it lb lfn lt ltg lv mk mt nl om pt ro sk smj sq sr sv tr",
  ),
  "£": words("af an ar ca da de en eo es et fi fr id it lb ltg lv ms mt om pl pt sk"),
  "°": words("af an bs cs de en eo es fr hr hu it lfn lt ltg lv mk nl pl pt ro sk sr tr"),
  "×": words("af bs cs da de en fa fr hr hu ky ltg lv mk pl pt sk sr ta"),
  "√": words("de en hu it"),
};
const EMOJI = /\p{Extended_Pictographic}/u;
/** What carries no sound in any language: marks, brackets, quotes, bullets, and what shapes pauses. */
const SHAPES_ONLY = /^[\p{P}\p{Z}\p{C}\p{M}\p{Lm}^`´¨|<>_♪]$/u;
/** Punctuation that is read out, as "and" and "percent" are. */
const READ_OUT = /^[#%&@*/\\]$/;

/** Whether a voice of the language (BCP-47) says nothing for a character that means something. */
export function espeakLeavesOut(character: string, tag: string): boolean {
  const language = tag.split("-")[0]!;
  if (/\p{Nd}/u.test(character)) return WITHOUT_DIGITS.has(language);
  if (character === "$") return WITHOUT_DOLLAR.has(language);
  const known = WITH_SIGN[character];
  if (known) return !known.has(language);
  return EMOJI.test(character) && !/[#*\d©®]/.test(character) && WITHOUT_EMOJI.has(language);
}

/** Whether a character is silent by nature, in any language. */
export const isSilent = (character: string) => SHAPES_ONLY.test(character) && !READ_OUT.test(character);
