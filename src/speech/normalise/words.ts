import { toCardinal as britishCardinal, toOrdinal as britishOrdinal } from "n2words/en-GB";
import { toCardinal as americanCardinal, toOrdinal as americanOrdinal } from "n2words/en-US";

/** Numbers and letters in English words. Digits are strings, so that no size is too large and no zero is lost. */

/** Digits in a row that are still read as one number; longer ones are read digit by digit. */
export const MOST_DIGITS = 15;
/** With commas between thousands a number can be followed further: up to vigintillions. */
const MOST_GROUPED_DIGITS = 66;

const DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** "007" → "zero zero seven"; what is not a digit is left out. */
export function sayDigits(digits: string): string {
  const words: string[] = [];
  for (const digit of digits) if (digit >= "0" && digit <= "9") words.push(DIGITS[Number(digit)]!);
  return words.join(" ");
}

/** "1,234" → "one thousand two hundred thirty-four"; digit by digit after a leading zero and past all names. */
export function sayCardinal(digits: string, british: boolean): string {
  const plain = digits.replaceAll(",", "");
  const most = plain.length === digits.length ? MOST_DIGITS : MOST_GROUPED_DIGITS;
  if (plain.length > most || (plain.length > 1 && plain[0] === "0")) return sayDigits(plain);
  // A bigint only where it must be: it takes ten times as long.
  const value = plain.length > MOST_DIGITS ? BigInt(plain) : Number(plain);
  return british ? britishCardinal(value) : americanCardinal(value);
}

/** "3.14" → "three point one four", "1,234" as a cardinal. */
export function sayNumber(number: string, british: boolean): string {
  const [whole = "", fraction] = number.split(".");
  if (fraction === undefined) return sayCardinal(whole, british);
  return `${whole ? `${sayCardinal(whole, british)} ` : ""}point ${sayDigits(fraction)}`;
}

/** "21" → "twenty-first"; digits of a number that is too long one by one. */
export function sayOrdinal(digits: string, british: boolean): string {
  const plain = digits.replaceAll(",", "");
  if (plain.length > MOST_DIGITS) return sayDigits(plain);
  const value = Number(plain);
  if (value === 0) return "zeroth";
  return british ? britishOrdinal(value) : americanOrdinal(value);
}

/** A year, 0 to 9999: "nineteen eighty-four", "nineteen oh five", "two thousand five", "twenty twenty-six". */
export function sayYear(year: number, british: boolean): string {
  const century = Math.floor(year / 100);
  const rest = year % 100;
  if (year < 1_000 || year > 9_999 || (century % 10 === 0 && rest < 10)) return sayCardinal(String(year), british);
  const first = sayCardinal(String(century), british);
  if (rest === 0) return `${first} hundred`;
  return `${first} ${sayPair(rest, british)}`;
}

/** Two digits as in years and times, 1 to 99: "oh five", "twenty-six". */
export function sayPair(value: number, british: boolean): string {
  return `${value < 10 ? "oh " : ""}${sayCardinal(String(value), british)}`;
}

/** The plural of number words: "nineteen nineties", "hundreds", "sixes". */
export function pluralOfNumber(words: string): string {
  if (words.endsWith("ty")) return `${words.slice(0, -1)}ies`;
  return words.endsWith("six") ? `${words}es` : `${words}s`;
}

/** Denominators that have names of their own; past them a fraction is "one over thirty-seven". */
const LARGEST_NAMED = 20;
const NAMED_BEYOND = new Set([24, 25, 30, 32, 40, 50, 60, 64, 100, 1_000]);

/** "1", "2" → "one half"; "3", "4" → "three quarters"; "5", "37" → "five over thirty-seven". */
export function sayFraction(numerator: string, denominator: string, british: boolean): string {
  const top = sayCardinal(numerator, british);
  const below = Number(denominator);
  const one = Number(numerator) === 1;
  if (below === 2) return one ? "one half" : `${top} halves`;
  if (below === 4) return one ? "one quarter" : `${top} quarters`;
  const named = below > 2 && (below <= LARGEST_NAMED || NAMED_BEYOND.has(below));
  if (!named) return `${top} over ${sayCardinal(denominator, british)}`;
  return `${top} ${sayOrdinal(denominator, british)}${one ? "" : "s"}`;
}

/** Groups of digits one by one with a pause between: "five five five, one two three four". */
export function sayGroups(text: string): string {
  return (text.match(/\d+/g) ?? []).map(sayDigits).join(", ");
}

/** "html" → "H T M L". */
export function spell(letters: string): string {
  return [...letters.toUpperCase()].join(" ");
}

/** "squared", "to the power of six". */
export function sayPower(digits: string, negative: boolean, british: boolean): string {
  if (!negative && digits === "2") return "squared";
  if (!negative && digits === "3") return "cubed";
  return `to the power of ${negative ? "minus " : ""}${sayNumber(digits, british)}`;
}
