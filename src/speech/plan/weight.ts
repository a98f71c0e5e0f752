/**
 * How long text takes to say, in letters of running English text. Measured on flite at speed 1: a digit takes 0.25 s
 * ("1984") to 0.5 s ("1234567"), a named sign ("#", "@") 0.5 s, a letter 0.065 s, and marks that only shape pauses are
 * within the mean of running text.
 */
const DIGIT = 5;
const NAMED_SIGN = 7;

/** A number longer than this is read digit by digit, or in millions and thousands. */
const LONG_NUMBER_DIGITS = 4;
const DIGIT_OF_LONG_NUMBER = 6.5;

/** The pause of 0.35 s after a sentence or line. */
const SENTENCE_END = 5;
const SENTENCE_ENDS = new Set([...".!?\n"].map((mark) => mark.charCodeAt(0)));

const NAMED_ASCII = new Set([..."#$%&*+/=@\\^_|~"].map((sign) => sign.charCodeAt(0)));
const LETTERS_OR_MARKS = /[\p{L}\p{M}\p{Cs}]/u;
const NUMBERS_AND_SIGNS = /[\p{N}\p{Sc}\p{Sm}°§©№]/u;

const isDigit = (code: number) => code >= 48 && code <= 57;
const isAsciiLetter = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);

/**
 * Running totals: element i is the weight of `text[start, start + i)`, so the result has end − start + 1 elements.
 * A run of spaces, or of marks that aren't spoken, weighs as one.
 */
export function cumulativeWeights(text: string, start = 0, end = text.length): Float64Array {
  const totals = new Float64Array(end - start + 1);
  let digits = 0;
  let afterSilent = true;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    const letter = isAsciiLetter(code);
    digits = isDigit(code) ? digits + 1 : 0;
    const spoken = letter ? 1 : digits > 0 ? digitWeight(digits) : signWeight(code, text[i]!);
    totals[i - start + 1] = totals[i - start]! + (spoken || (afterSilent ? 0 : pauseWeight(text, i)));
    afterSilent = spoken === 0;
  }
  return totals;
}

/** The weight of a whole text, in letters of running text. Linear; keeps nothing. */
export function speechWeight(text: string): number {
  const step = 8_192;
  let weight = 0;
  for (let start = 0; start < text.length; start += step) {
    weight += cumulativeWeights(text, start, Math.min(text.length, start + step)).at(-1)!;
  }
  return weight;
}

/** A mark, or white space, that follows something spoken. */
function pauseWeight(text: string, at: number): number {
  if (!SENTENCE_ENDS.has(text.charCodeAt(at))) return 1;
  const next = text.charCodeAt(at + 1);
  // Not the points of 3.14 and example.com
  return isDigit(next) || isAsciiLetter(next) ? 1 : SENTENCE_END;
}

/** The first digit too many makes up for those before it. */
function digitWeight(digits: number): number {
  if (digits <= LONG_NUMBER_DIGITS) return DIGIT;
  const makeUp = (DIGIT_OF_LONG_NUMBER - DIGIT) * LONG_NUMBER_DIGITS;
  return DIGIT_OF_LONG_NUMBER + (digits === LONG_NUMBER_DIGITS + 1 ? makeUp : 0);
}

function signWeight(code: number, character: string): number {
  if (code < 128) return NAMED_ASCII.has(code) ? NAMED_SIGN : 0;
  if (LETTERS_OR_MARKS.test(character)) return 1;
  return NUMBERS_AND_SIGNS.test(character) ? NAMED_SIGN : 0;
}
