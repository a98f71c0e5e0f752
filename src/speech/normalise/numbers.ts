import { dayMonth, numericDate } from "./dates.ts";
import { moneyAfter } from "./money.ts";
import {
  fitsAt,
  fullStop,
  isDigit,
  matchAt,
  pattern,
  type Reading,
  type Said,
  type Source,
  SPACE,
  wordBefore,
} from "./reading.ts";
import { clockTime, HALF_OF_DAY, sayHalf } from "./times.ts";
import { unitAfter } from "./units.ts";
import {
  MOST_DIGITS,
  pluralOfNumber,
  sayCardinal,
  sayDigits,
  sayFraction,
  sayGroups,
  sayNumber,
  sayOrdinal,
  sayPair,
  sayPower,
  sayYear,
} from "./words.ts";

/** Whatever begins with a digit. */

const NUMBER = "(?:\\d{1,3}(?:,\\d{3}){1,20}(?!\\d)|\\d{1,15}(?!\\d))(?:\\.\\d{1,40}(?!\\d))?";
const PLAIN = pattern(NUMBER);
const LONG_RUN = pattern(`\\d{${MOST_DIGITS + 1},}`);
const LONG_FRACTION = pattern("\\d{1,15}\\.\\d{41,}");
const DOTTED = pattern("\\d{1,15}(?:\\.\\d{1,15}){2,8}(?![\\d.]\\d|\\d)");
const CHAIN = pattern("\\d{1,15}(?:[-‑]\\d{1,15}){2,8}(?![-‑]?\\d)");
const PHONES = [
  pattern("(?:1[ .-])?\\d{3}[ .-]\\d{3}[ .-]\\d{4}(?![\\d-]|[.,]\\d)"),
  pattern("\\d{3}-\\d{4}(?![\\d-]|[.,]\\d)"),
  pattern("0\\d{2,4}[ -]\\d{3,4}[ -]?\\d{3,4}(?![\\d-]|[.,]\\d)"),
];
const FEET = pattern("(\\d{1,3})['′](?:[ ]?(\\d{1,2}(?:\\.\\d{1,3})?)(?:\"|″|''|′′)|(?<=′))(?![\\p{L}\\d])", "u");
const ARC = pattern("(\\d{1,3})°[ ]?(\\d{1,2})[′'](?:[ ]?(\\d{1,2}(?:\\.\\d{1,4})?)[″\"])?");
const INCHES = pattern('(\\d{1,3}(?:\\.\\d{1,3})?)(?:″|"(?=[ ]\\p{Ll}))', "u");
const ORDINAL = pattern("(\\d{1,3}(?:,\\d{3}){1,4}|\\d{1,15})(?:st|nd|rd|th|ST|ND|RD|TH)(?![\\p{L}\\d])", "u");
const PLURAL = pattern("(\\d{1,15})['’]?s(?![\\p{L}\\d])", "u");
const MIXED = pattern(
  `(\\d{1,3}(?:,\\d{3}){0,3})(?:${SPACE}(\\d{1,4})[/⁄](\\d{1,4})(?![\\d/⁄]|[.,]\\d)|${SPACE}?([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]))`,
);
const FRACTION = pattern("(\\d{1,6})[/⁄](\\d{1,6})(?![\\d/⁄]|[.,]\\d)");
const SCIENTIFIC = pattern(
  `(${NUMBER})(?:[eE]([+-]?)(\\d{1,3})|${SPACE}?[×x·*]${SPACE}?10(?:\\^([-−+]?)(\\d{1,4})|([⁻⁺]?)([⁰¹²³⁴-⁹]{1,4})))(?![\\p{L}\\d])`,
  "u",
);
const POWER = pattern(`(${NUMBER})\\^([-−]?)(\\d{1,6})(?![\\d.])`);
const BY = `(?:x|×|${SPACE}[x×]${SPACE})`;
const SIZES = pattern(`(?:${BY}\\d{1,15}(?:\\.\\d{1,9})?(?!\\d)){1,4}(?!${BY}?\\d)`);
const RANGE = pattern(`(?:[-–‑]|${SPACE}[-–]${SPACE})(${NUMBER})(?![-–]?\\d|[.,/:]\\d)`);
const MINUS = pattern(`${SPACE}-${SPACE}${NUMBER}${SPACE}?=`);
const THOUSANDS = pattern("(?:k(?![\\p{L}\\d])|(bn|mn)(?![\\p{L}\\d]))", "u");
const HALF = pattern(HALF_OF_DAY, "u");
const LETTERS_AFTER = pattern("\\p{L}", "u");

const YEAR_WORD =
  /^(?:in|since|by|until|till|from|before|after|during|around|circa|ca|c|year|early|late|mid|spring|summer|autumn|fall|winter|copyright|january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?$/i;
/** "1500 words", "1200 people": counted things, not a year. */
const COUNTED = pattern(
  `${SPACE}(?:people|men|women|children|feet|percent|(?!was|has|is|its|as|this|does|yes|us|plus|thus|always|across|series|versus|perhaps|sees|saw)\\p{Ll}{2,24}s)(?!\\p{L})`,
  "u",
);

/** The reading of a number that begins at `at`, with all that belongs to it: a date, a time, an amount, a measure. */
export function numberAt(source: Source, at: number): Reading {
  const { text } = source;
  const long = matchAt(LONG_RUN, text, at);
  if (long) return { start: at, end: at + long[0].length, words: sayDigits(long[0]) };
  if (LETTERS_BEFORE.test(text.slice(Math.max(0, at - 2), at))) return withLetters(source, at);
  return (
    numericDate(source, at) ??
    dayMonth(source, at) ??
    dottedOrChained(source, at) ??
    clockTime(source, at) ??
    measured(source, at) ??
    counted(source, at) ??
    fraction(source, at) ??
    power(source, at) ??
    quantity(source, at)
  );
}

const LETTERS_BEFORE = /\p{L}\p{M}?$/u;

/** Behind a letter: "MP3", "H2O", "A380". Long ones digit by digit, as in the names of things. */
function withLetters({ text, british }: Source, at: number): Reading {
  const [number] = matchAt(PLAIN, text, at)!;
  const whole = number.split(/[.,]/)[0]!;
  const words = whole.length <= 2 ? sayCardinal(whole, british) : sayDigits(whole);
  return { start: at, end: at + whole.length, words };
}

/** Version numbers, network addresses, telephone numbers and other numbers in groups. */
function dottedOrChained({ text, british }: Source, at: number): Reading | undefined {
  const read = (length: number, words: string): Reading => ({ start: at, end: at + length, words });
  const dotted = matchAt(DOTTED, text, at);
  const phone = PHONES.map((shape) => matchAt(shape, text, at)).find(Boolean);
  if (phone && !/[\d-]/.test(text[at - 1] ?? "")) return read(phone[0].length, sayGroups(phone[0]));
  if (dotted) {
    const parts = dotted[0].split(".");
    const sayPart = (part: string) => (part.length <= 2 ? sayCardinal(part, british) : sayDigits(part));
    // Four parts are an address in a network.
    return read(dotted[0].length, parts.map(sayPart).join(parts.length === 4 ? " dot " : " point "));
  }
  const chain = matchAt(CHAIN, text, at);
  return chain ? read(chain[0].length, sayGroups(chain[0])) : undefined;
}

const VERSION = pattern("v\\d{1,9}(?:\\.\\d{1,9}){0,5}(?![\\d.]\\d)");

/** "v1.2.3" → "version one point two point three". */
export function versionAt({ text, british }: Source, at: number): Reading | undefined {
  const match = matchAt(VERSION, text, at);
  if (!match) return undefined;
  const parts = match[0].slice(1).split(".");
  const words = parts.map((part) => sayCardinal(part, british)).join(" point ");
  return { start: at, end: at + match[0].length, words: `version ${words}` };
}

/** Feet and inches, degrees and minutes, and inches. */
function measured({ text, british }: Source, at: number): Reading | undefined {
  const read = (length: number, words: string): Reading => ({ start: at, end: at + length, words });
  const many = (digits: string, one: string, more: string) =>
    `${sayNumber(digits, british)} ${Number(digits) === 1 ? one : more}`;
  const arc = matchAt(ARC, text, at);
  if (arc) {
    const seconds = arc[3] ? ` ${many(arc[3], "second", "seconds")}` : "";
    return read(arc[0].length, `${many(arc[1]!, "degree", "degrees")} ${many(arc[2]!, "minute", "minutes")}${seconds}`);
  }
  const feet = matchAt(FEET, text, at);
  if (feet) {
    const inches = feet[2] ? ` ${sayNumber(feet[2], british)}` : "";
    return read(feet[0].length, `${many(feet[1]!, "foot", inches ? "foot" : "feet")}${inches}`);
  }
  const inches = matchAt(INCHES, text, at);
  if (!inches || (inches[0].endsWith('"') && quoteIsOpen(text, at))) return undefined;
  return read(inches[0].length, many(inches[1]!, "inch", "inches"));
}

const QUOTE_REACH = 300;

function quoteIsOpen(text: string, at: number): boolean {
  const last = text.slice(Math.max(0, at - QUOTE_REACH), at).lastIndexOf('"');
  return last >= 0 && !isDigit(text[Math.max(0, at - QUOTE_REACH) + last - 1]);
}

/** Ordinals and plurals: "21st", "the 1990s", "747s". */
function counted({ text, british }: Source, at: number): Reading | undefined {
  const ordinal = matchAt(ORDINAL, text, at);
  if (ordinal) return { start: at, end: at + ordinal[0].length, words: sayOrdinal(ordinal[1]!, british) };
  const plural = matchAt(PLURAL, text, at);
  if (!plural) return undefined;
  const digits = plural[1]!;
  const single =
    digits.length === 4 && digits.endsWith("0") ? sayYear(Number(digits), british) : sayCardinal(digits, british);
  return { start: at, end: at + plural[0].length, words: pluralOfNumber(single) };
}

/** "1/2", "3 1/2", "3½", "24/7"; no part of a chain of strokes. */
function fraction({ text, british }: Source, at: number): Reading | undefined {
  if (/[/⁄]/.test(text[at - 1] ?? "")) return undefined;
  const mixed = matchAt(MIXED, text, at);
  if (mixed) {
    const [all, whole, above, below, sign] = mixed;
    const [top, bottom] = sign ? sign.normalize("NFKD").split("⁄") : [above, below];
    if (Number(top) < Number(bottom)) {
      const said = sayFraction(top!, bottom!, british);
      const unit = unitAfter(text, at + all.length, false);
      const words = `${sayCardinal(whole!, british)} and ${said}${unit?.words ?? ""}`;
      return { start: at, end: unit?.end ?? at + all.length, words };
    }
  }
  const match = matchAt(FRACTION, text, at);
  if (!match) return undefined;
  const [all, top, bottom] = match;
  const idiom = IDIOMS.has(all);
  const words = idiom
    ? `${sayCardinal(top!, british)} ${sayCardinal(bottom!, british)}`
    : sayFraction(top!, bottom!, british);
  return { start: at, end: at + all.length, words };
}

/** Said as two numbers. */
const IDIOMS = new Set(["24/7", "9/11", "20/20"]);

const RAISED = (digits: string) => digits.normalize("NFKD");

/** "6.02e23", "1.5 × 10⁸", "2^10". */
function power({ text, british }: Source, at: number): Reading | undefined {
  const scientific = matchAt(SCIENTIFIC, text, at);
  if (scientific) {
    const [all, number, signE, digitsE, signCaret, digitsCaret, signRaised, raised] = scientific;
    const sign = signE || signCaret || signRaised || "";
    const digits = digitsE ?? digitsCaret ?? RAISED(raised!);
    const negative = /[-−⁻]/.test(sign);
    const words = `${sayNumber(number!, british)} times ten ${sayPower(digits, negative, british)}`;
    return { start: at, end: at + all.length, words };
  }
  const match = matchAt(POWER, text, at);
  if (!match) return undefined;
  const [all, number, sign, digits] = match;
  return {
    start: at,
    end: at + all.length,
    words: `${sayNumber(number!, british)} ${sayPower(digits!, sign !== "", british)}`,
  };
}

/** A number or a span of two, with the unit, currency or half of the day behind it. */
function quantity(source: Source, at: number): Reading {
  const { text, british } = source;
  const longFraction = matchAt(LONG_FRACTION, text, at);
  const number = longFraction?.[0] ?? matchAt(PLAIN, text, at)![0];
  const end = at + number.length;
  const own = suffix(source, end, number, undefined);
  if (own) return { start: at, ...own };
  const thousands = matchAt(THOUSANDS, text, end);
  if (thousands) {
    const scale = thousands[1] === "bn" ? "billion" : thousands[1] === "mn" ? "million" : "thousand";
    return { start: at, end: end + thousands[0].length, words: `${sayNumber(number, british)} ${scale}` };
  }
  const sizes = matchAt(SIZES, text, end);
  if (sizes) {
    const words = sizes[0].replace(/([x×])|[\d.]+/g, (piece, sign) =>
      sign ? ` ${sign === "x" ? "by" : "times"} ` : sayNumber(piece, british),
    );
    const last = end + sizes[0].length;
    const unit = unitAfter(text, last, false);
    const said = `${sayNumber(number, british)}${words.replace(/\s+/g, " ")}${unit?.words ?? ""}`;
    return { start: at, end: unit?.end ?? last, words: said };
  }
  if (fitsAt(MINUS, text, end)) {
    const [until] = matchAt(MINUS, text, end)!;
    const second = until.replace(/[^\d.,]/g, "");
    return {
      start: at,
      end: end + until.length - 1,
      words: `${sayNumber(number, british)} minus ${sayNumber(second, british)}`,
    };
  }
  const range = matchAt(RANGE, text, end);
  if (range) {
    const after = end + range[0].length;
    const until = range[1]!;
    const said = suffix(source, after, number, until);
    if (said) return { start: at, ...said };
    if (!fitsAt(LETTERS_AFTER, text, after)) return { start: at, end: after, words: sayRange(number, until, british) };
  }
  return { start: at, end, words: sayAlone(source, at, number) };
}

function sayRange(from: string, to: string, british: boolean): string {
  if (isYear(from) && isYear(to)) return `${sayYear(Number(from), british)} to ${sayYear(Number(to), british)}`;
  if (isYear(from) && /^\d\d$/.test(to) && Number(to) > Number(from.slice(2))) {
    return `${sayYear(Number(from), british)} to ${sayPair(Number(to), british)}`;
  }
  return `${sayNumber(from, british)} to ${sayNumber(to, british)}`;
}

/** What stands behind a number and is said with it. */
function suffix({ text, british }: Source, at: number, number: string, until: string | undefined): Said | undefined {
  const said = until ? `${sayNumber(number, british)} to ${sayNumber(until, british)}` : sayNumber(number, british);
  const half = /^\d{1,2}$/.test(until ?? number) && matchAt(HALF, text, at);
  if (half) {
    const end = at + half[0].length;
    return { end, words: `${said} ${sayHalf(half[1]!)}${half[0].endsWith(".") ? fullStop(text, end) : ""}` };
  }
  const money = moneyAfter(text, at, { number, until }, british);
  if (money) return money;
  const unit = unitAfter(text, at, number === "1" && !until);
  return unit && { end: unit.end, words: `${said}${unit.words}` };
}

const isYear = (digits: string) => /^(?:1[1-9]|20)\d\d$/.test(digits);

function sayAlone({ text, british }: Source, at: number, number: string): string {
  // Parts of identifiers and postal codes.
  const grouped = number.length > 4 && /[\p{L}\d]-$/u.test(text.slice(Math.max(0, at - 2), at));
  const before = wordBefore(text, at);
  if (/^\d+$/.test(number) && (grouped || (number.length === 5 && /^[A-Z]{2}$/.test(before)))) return sayDigits(number);
  const asked = YEAR_WORD.test(before);
  if (/^1\d{3}$|^2[01]\d\d$/.test(number) && asked) return sayYear(Number(number), british);
  if (isYear(number) && !fitsAt(COUNTED, text, at + number.length)) return sayYear(Number(number), british);
  return sayNumber(number, british);
}
