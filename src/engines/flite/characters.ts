import { ENGLISH_SIGNS } from "../shared/english-signs.ts";

/** What an English voice makes of one character that is not ASCII: the tables behind `ascii.ts` and `inspect.ts`. */

/** Spoken forms; a space around a word keeps it from growing together with its neighbours. */
const SPOKEN = new Map<string, string>(
  Object.entries({
    ...{ "‘": "'", "’": "'", "‚": ",", "‛": "'", "′": "'", ʼ: "'", ʹ: "'", "´": "'", "‹": "'", "›": "'" },
    ...{ "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "«": '"', "»": '"', "「": '"', "」": '"' },
    ...{ "‐": "-", "‑": "-", "‒": "-", "–": "-", "−": "-", "—": " -- ", "―": " -- ", "⁃": "-" },
    ...{ "。": ". ", "、": ", ", "，": ", ", "！": "! ", "？": "? ", "¿": "", "¡": "", "⁄": "/", "∕": "/" },
    ...{ ß: "ss", ẞ: "SS", æ: "ae", Æ: "AE", œ: "oe", Œ: "OE", ø: "o", Ø: "O", đ: "d", Đ: "D", ð: "th", Ð: "Th" },
    ...{ þ: "th", Þ: "Th", ł: "l", Ł: "L", ı: "i", ŋ: "ng", Ŋ: "Ng", ħ: "h", Ħ: "H", ŧ: "t", Ŧ: "T", ə: "e", ƒ: "f" },
    ...{ "¤": "", "®": "", "™": "", "∙": " " },
    ...{ "•": ", ", "‣": ", ", "·": " ", "●": ", ", "○": ", ", "■": ", ", "□": ", ", "▪": ", ", "►": ", " },
    ...{ "…": "... ", "‖": " " },
  }),
);

const GREEK_LETTERS =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega".split(
    " ",
  );

const FIRST_SMALL_GREEK = 0x3b1;
const FIRST_CAPITAL_GREEK = 0x391;

const MICRO_SIGN = 0xb5;
const GREEK_MU = 0x3bc;

/** The name of a Greek letter that stands alone ("π", "Δ", the micro sign), or undefined. */
export function greekLetterName(character: string): string | undefined {
  const code = character === String.fromCodePoint(MICRO_SIGN) ? GREEK_MU : character.codePointAt(0)!;
  return GREEK_LETTERS[code >= FIRST_SMALL_GREEK ? code - FIRST_SMALL_GREEK : code - FIRST_CAPITAL_GREEK];
}

/** ASCII digit of a decimal digit of any script; Unicode keeps each script's ten in a row. */
function asciiDigit(character: string): string {
  const code = character.codePointAt(0)!;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}

const cache = new Map<string, string | null>();

/**
 * The ASCII text by which an English voice says a character, "" for what is silent by nature (accents, format
 * characters), or null for what it can't say at all.
 */
export function spokenForm(character: string): string | null {
  let form = cache.get(character);
  if (form === undefined) {
    form = findForm(character);
    cache.set(character, form);
  }
  return form;
}

function findForm(character: string): string | null {
  if (character <= "\x7f") return character;
  const listed = SPOKEN.get(character);
  if (listed !== undefined) return listed;
  const sign = ENGLISH_SIGNS.get(character);
  if (sign !== undefined) return ` ${sign} `;
  if (/^\p{Nd}$/u.test(character)) return asciiDigit(character);
  if (/^[\p{M}\p{Cf}\p{Cs}\p{Lm}]$/u.test(character)) return "";
  if (/^[\p{Z}\p{Cc}\p{Ps}\p{Pe}\p{Po}\p{Pc}]$/u.test(character)) return " ";
  if (/^[\p{Pi}\p{Pf}]$/u.test(character)) return '"';
  if (/^\p{Pd}$/u.test(character)) return "-";
  const parts = character.normalize("NFKD");
  if (parts === character) return null;
  let form = "";
  for (const part of parts) {
    const spoken = spokenForm(part);
    if (spoken === null) return null;
    form += spoken;
  }
  return form;
}
