import { ENGLISH_SIGNS } from "../../engines/shared/english-signs.ts";
import { addressAt } from "./internet.ts";
import { moneyAt } from "./money.ts";
import { fitsAt, isDigit, matchAt, pattern, type Reading, type Source } from "./reading.ts";
import { sayFraction, sayGroups, sayNumber, sayPower } from "./words.ts";

/** Signs between words and in front of numbers. Decoration ("***", "_so_", "- item") is left to the engine. */

const ASCII_NAMES: Record<string, string> = {
  "&": "and",
  "%": "percent",
  "+": "plus",
  "=": "equals",
  "@": "at",
  "/": "slash",
};
const PAIRS: Record<string, string> = {
  ...{ "<=": "less than or equal to", ">=": "greater than or equal to", "!=": "not equal to", "+/-": "plus or minus" },
  ...{ "==": "equals", "->": "to", "=>": "implies", "&&": "and" },
};
const PAIR = pattern("\\+/-|<=|>=|!=(?!=)|==(?!=)|(?<!-)->|=>|&&(?!&)");
const PHONE = pattern("\\+\\d{1,3}(?:[ .\\u00a0-]?\\(?\\d{1,5}\\)?){2,6}(?![\\d.,]\\d|\\d)");
const AREA_CODE = pattern("\\(\\d{3}\\)[ .-]?\\d{3}[ .-]\\d{4}(?!\\d)");
const LEAST_PHONE_DIGITS = 8;
const AMOUNT_SOON = pattern("(?:[A-Z]{1,3})?[$£€¥₹₩₽₺₴₪₫₿]?\\.?\\d");
const POINT_NUMBER = pattern("\\.\\d+");
const TAG = pattern("#(?=\\p{L})", "u");
const LINE_START = /(?:^|\n)[ \t]*$/;
const VULGAR = new Map([..."½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"].map((sign) => [sign, sign.normalize("NFKD").split("⁄")] as const));
const SUPERSCRIPT = pattern("[⁺⁻]?[⁰¹²³⁴-⁹]{1,15}");
const SUBSCRIPT = pattern("[₀-₉]{1,15}");

/** How the sign, or the run of one sign, at `at` is said; undefined when it is left as it stands. */
export function signAt(source: Source, at: number, run: string): Reading | undefined {
  const { text, british } = source;
  const sign = run[0]!;
  const read = (length: number, words: string): Reading => ({ start: at, end: at + length, words });
  const before = text[at - 1] ?? " ";
  switch (sign) {
    case "-":
    case "−":
      if (sign === "-" && fitsAt(PAIR, text, at)) return read(2, "to");
      if (run.length > 1 || !/[\s([{=:/<>*×÷+,"'“‘]/.test(before) || !fitsAt(AMOUNT_SOON, text, at + 1)) {
        return sign === "−" ? read(run.length, "minus") : undefined;
      }
      return moneyAt(source, at) ?? read(1, "minus");
    case ".":
      if (run.length > 1 || /[\p{L}\p{M}\d]/u.test(before) || !isDigit(text[at + 1]))
        return addressAtStart(text, at, before);
      return read(matchAt(POINT_NUMBER, text, at)![0].length, sayNumber(matchAt(POINT_NUMBER, text, at)![0], british));
    case "+": {
      const phone = phoneAt(text, at, PHONE);
      if (phone) return phone;
      break;
    }
    case "(":
      return phoneAt(text, at, AREA_CODE);
    case "#":
      return hash(source, at, run, before);
    case "/": {
      // The end of a tag.
      if (before === "<" || text[at + 1] === ">") return undefined;
      const path = addressAtStart(text, at, before);
      if (path) return path;
      break;
    }
    case "~":
      if (run.length === 1 && fitsAt(AMOUNT_SOON, text, at + 1)) return read(1, "about");
      return addressAtStart(text, at, before);
    case "\\":
      return addressAtStart(text, at, before);
    case "*":
      return run.length === 1 && between(text, at) ? read(1, "times") : undefined;
    case "<":
    case ">":
      return compare(text, at, sign);
    case "$":
      return moneyAt(source, at) ?? (run.length < 3 ? read(run.length, "dollar") : undefined);
  }
  const pair = matchAt(PAIR, text, at);
  if (pair && run.length < 3) return read(pair[0].length, PAIRS[pair[0]]!);
  const name = ASCII_NAMES[sign];
  if (name) return run.length < 3 ? read(run.length, Array(run.length).fill(name).join(" ")) : undefined;
  return run.charCodeAt(0) > 0x7e ? unicodeSign(source, at, sign) : undefined;
}

function addressAtStart(text: string, at: number, before: string): Reading | undefined {
  return /[\s(["'“‘]/.test(before) ? addressAt(text, at) : undefined;
}

function phoneAt(text: string, at: number, shape: RegExp): Reading | undefined {
  const match = matchAt(shape, text, at);
  if (!match || (match[0].match(/\d/g) ?? []).length < LEAST_PHONE_DIGITS) return undefined;
  const plus = match[0].startsWith("+") ? "plus " : "";
  return { start: at, end: at + match[0].length, words: `${plus}${sayGroups(match[0])}` };
}

/** "#5", "#tag", "C#"; "## Title" is decoration. */
function hash({ text }: Source, at: number, run: string, before: string): Reading | undefined {
  if (run.length > 1) return undefined;
  const end = at + 1;
  if (/[CFJ]/.test(before) && !/[\p{L}\d]/u.test(`${text[at - 2] ?? " "}`) && !/[\p{L}\d]/u.test(text[end] ?? " ")) {
    return { start: at, end, words: "sharp" };
  }
  if (isDigit(text[end])) return { start: at, end, words: "number" };
  if (fitsAt(TAG, text, at)) return { start: at, end, words: "hashtag" };
  return LINE_START.test(text.slice(Math.max(0, at - 8), at)) || /\s/.test(text[end] ?? " ")
    ? undefined
    : { start: at, end, words: "hash" };
}

/** Between two numbers, with or without spaces. */
function between(text: string, at: number): boolean {
  const before = text[at - 1] === " " ? text[at - 2] : text[at - 1];
  const after = text[at + 1] === " " ? text[at + 2] : text[at + 1];
  return (isDigit(before) || before === ")") && (isDigit(after) || after === "(");
}

function compare(text: string, at: number, sign: "<" | ">"): Reading | undefined {
  const pair = matchAt(PAIR, text, at);
  if (pair) return { start: at, end: at + 2, words: PAIRS[pair[0]]! };
  const spaced = text[at - 1] === " " && text[at + 1] === " ";
  const number = isDigit(text[at + 1] === " " ? text[at + 2] : text[at + 1]);
  const compares = sign === "<" ? number : number && isDigit(text[at - 1] === " " ? text[at - 2] : text[at - 1]);
  if (!spaced && !compares) return undefined;
  return { start: at, end: at + 1, words: sign === "<" ? "less than" : "greater than" };
}

function unicodeSign(source: Source, at: number, sign: string): Reading | undefined {
  const { text, british } = source;
  const vulgar = VULGAR.get(sign);
  if (vulgar) return { start: at, end: at + 1, words: sayFraction(vulgar[0]!, vulgar[1]!, british) };
  const raised = matchAt(SUPERSCRIPT, text, at);
  if (raised)
    return { start: at, end: at + raised[0].length, words: sayRaised(raised[0].normalize("NFKD"), text, at, british) };
  const lowered = matchAt(SUBSCRIPT, text, at);
  if (lowered) {
    const digits = lowered[0].normalize("NFKD");
    return { start: at, end: at + lowered[0].length, words: sayNumber(digits, british) };
  }
  const money = moneyAt(source, at);
  if (money) return money;
  const name = ENGLISH_SIGNS.get(sign);
  return name === undefined ? undefined : { start: at, end: at + 1, words: name };
}

/** "x²", "10⁶"; a mark of a footnote behind a word is its number. */
function sayRaised(written: string, text: string, at: number, british: boolean): string {
  const digits = written.replace(/^[+−-]/, "");
  const negative = digits.length < written.length && !written.startsWith("+");
  const word = /\p{L}{3}$/u.test(text.slice(Math.max(0, at - 3), at));
  if (word) return sayNumber(digits, british);
  return sayPower(digits, negative, british);
}
