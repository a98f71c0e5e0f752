import { type DateParts, dayMonth, isDate, monthDay, monthNumber, numericDate, sayDate } from "./dates.ts";
import { currencyOf, sayAmount } from "./money.ts";
import { isBritish, isEnglish, normaliseText } from "./normalise.ts";
import { sayClock, sayDuration } from "./times.ts";
import { unitName } from "./units.ts";
import { sayCardinal, sayDigits, sayFraction, sayGroups, sayNumber, sayOrdinal } from "./words.ts";

/** SSML's <say-as>: W3C, "SSML 1.0 say-as attribute values", and the names that the large providers added. */

type Say = (text: string, format: string, british: boolean) => string | undefined;

const NUMBER = /^([-−+]?)((?:\d{1,3}(?:,\d{3}){1,20}|\d{1,66})(?:\.\d{1,60})?|\.\d{1,60})$/;
const DATE_NUMBERS = /^(\d{1,4})(?:[\s./,-]+(\d{1,4}))?(?:[\s./,-]+(\d{1,4}))?$/;
const PACKED_DATE: Record<string, readonly number[]> = { ymd: [4, 2, 2], mdy: [2, 2, 4], dmy: [2, 2, 4], ym: [4, 2] };
const TIME = /^(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s?(?:([ap])\.?m?\.?)?$/i;
const PRIMES = /^(?:(\d{1,4})[h°])?\s?(?:(\d{1,4})['′m])?\s?(?:(\d{1,4})(?:["″s]|''))?$/;
const AMOUNT = /^([-−]?)(?:([^\d\s.,-]{1,4})\s?)?([\d,]{1,40}(?:\.\d{1,20})?)\s?(?:([^\d\s.,-]{1,3}))?$/;
const MEASURE = /^([-−]?)([\d,]{1,40}(?:\.\d{1,20})?)\s?([^\d\s].{0,7})$/;
const ADDRESS_WORDS: Record<string, string> = {
  ...{
    N: "North",
    S: "South",
    E: "East",
    W: "West",
    NE: "Northeast",
    NW: "Northwest",
    SE: "Southeast",
    SW: "Southwest",
  },
  ...{ St: "Street", Ave: "Avenue", Blvd: "Boulevard", Rd: "Road", Dr: "Drive", Ln: "Lane", Ct: "Court", Pl: "Place" },
  ...{ Sq: "Square", Hwy: "Highway", Pkwy: "Parkway", Apt: "Apartment", Ste: "Suite", Fl: "Floor", Bldg: "Building" },
};

const ENGLISH: Record<string, Say> = {
  cardinal,
  number: cardinal,
  ordinal: (text, _format, british) => {
    const match = /^(\d{1,3}(?:,\d{3})+|\d{1,15})(?:st|nd|rd|th)?$/i.exec(text);
    return match ? sayOrdinal(match[1]!, british) : undefined;
  },
  fraction: (text, _format, british) => {
    const match = /^([-−]?)(?:(\d{1,9})[\s+]+)?(\d{1,9})\s?[/⁄]\s?(\d{1,9})$/.exec(text);
    if (!match || Number(match[4]) === 0) return undefined;
    const [, minus, whole, top, bottom] = match;
    const said = sayFraction(top!, bottom!, british);
    return `${minus ? "minus " : ""}${whole ? `${sayCardinal(whole, british)} and ` : ""}${said}`;
  },
  unit: (text, _format, british) => {
    const match = MEASURE.exec(text);
    const name = match && unitName(match[3]!, match[2] === "1");
    return name ? `${match[1] ? "minus " : ""}${sayNumber(match[2]!, british)} ${name}` : undefined;
  },
  date,
  time,
  duration: (text, _format, british) => primes(text, british),
  telephone: (text) => {
    if (!/^[\d\s()+./x#*-]{1,60}$/i.test(text) || !/\d/.test(text)) return undefined;
    return `${text.trimStart().startsWith("+") ? "plus " : ""}${sayGroups(text)}`;
  },
  currency: (text, _format, british) => {
    const match = AMOUNT.exec(text);
    const name = match && (match[2] ?? match[4]);
    const currency = name ? currencyOf(name) : undefined;
    if (!match || !currency || (match[2] && match[4])) return undefined;
    return sayAmount({ number: match[3]!.replaceAll(",", ""), negative: match[1] !== "" }, currency, british);
  },
  address: (text, _format, british) => {
    const whole = text.replace(/(?<=^|[\s,])([A-Z][A-Za-z]{0,4})\.?(?=[\s,]|$)/g, (all, word: string) =>
      Object.hasOwn(ADDRESS_WORDS, word) ? ADDRESS_WORDS[word]! : all,
    );
    return normaliseText(whole, british ? "en-GB" : "en-US");
  },
};
/** What interpret-as may be. */
export const SAY_AS_KINDS: readonly string[] = ["characters", "digits", ...Object.keys(ENGLISH)];

/** Other names of the same. */
const ALIASES: Record<string, string> = { measure: "unit", money: "currency", phone: "telephone" };
const SPELLED = new Set(["characters", "spell-out", "verbatim"]);

/**
 * What `text` is to be said as, in words.
 *
 * @param interpretAs SSML's interpret-as: cardinal or number, ordinal, digits, characters (spell-out, verbatim), fraction,
 *   unit, date, time, duration, telephone, currency, address
 * @param options format: for dates the order of "d", "m" and "y" ("mdy", "ym", "yyyymmdd"), for times "hms12" or "hms24".
 *   detail is taken and without effect: it asks for more or less of what there is, such as marks
 * @param language BCP-47; characters and digits are separated in any language, all else is English
 * @returns undefined when it can't be said so: an unknown kind, one that would hide the text (expletive), or a text that
 *   is nothing of the kind
 */
export function sayAs(
  text: string,
  interpretAs: string,
  options: { format?: string; detail?: string },
  language: string,
): string | undefined {
  const kind = interpretAs.toLowerCase();
  const english = isEnglish(language);
  const british = isBritish(language);
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (SPELLED.has(kind)) return spelled(trimmed, english);
  if (kind === "digits") return digits(trimmed, english);
  const name = ALIASES[kind] ?? kind;
  if (!english || !Object.hasOwn(ENGLISH, name)) return undefined;
  return ENGLISH[name]!(trimmed, options.format?.toLowerCase() ?? "", british);
}

function cardinal(text: string, _format: string, british: boolean): string | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const sign = match[1] === "" ? "" : match[1] === "+" ? "plus " : "minus ";
  return `${sign}${sayNumber(match[2]!, british)}`;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Character by character; figures and common signs by their English names. Commas would be read, so spaces divide. */
function spelled(text: string, english: boolean): string {
  const characters: string[] = [];
  for (const { segment } of graphemes.segment(text)) {
    if (segment.trim() === "") continue;
    if (!english) characters.push(segment);
    else if (/^\d$/.test(segment)) characters.push(sayDigits(segment));
    else characters.push(/^\p{L}/u.test(segment) ? segment.toUpperCase() : signName(segment));
  }
  return characters.join(" ");
}

const SIGN_NAMES: Record<string, string> = {
  ...{ ".": "dot", "-": "dash", _: "underscore", ",": "comma", ":": "colon", ";": "semicolon", "'": "apostrophe" },
  ...{ "!": "exclamation mark", "?": "question mark", "*": "asterisk", "\\": "backslash", "#": "hash", "~": "tilde" },
  ...{ "(": "open parenthesis", ")": "close parenthesis", '"': "quote", "|": "vertical bar", $: "dollar" },
};

function signName(sign: string): string {
  return SIGN_NAMES[sign] ?? normaliseText(sign, "en-US");
}

function digits(text: string, english: boolean): string | undefined {
  if (!/\d/.test(text) || !/^[\d\s.,()+/-]+$/.test(text)) return undefined;
  const found = text.match(/\d/g)!;
  return english ? sayDigits(found.join("")) : found.join(" ");
}

function date(text: string, format: string, british: boolean): string | undefined {
  // "yyyymmdd" and "mm/dd/yyyy" are "ymd" and "mdy".
  const order = format.replace(/[^dmy]/g, "").replace(/(.)\1+/g, "$1");
  if (!/^(?:[dmy]{1,3})?$/.test(order) || new Set(order).size !== order.length) return undefined;
  if (order === "") return dateAsWritten(text, british);
  const values = datePieces(text, order);
  if (!values || values.length !== order.length) return undefined;
  const parts: DateParts = {};
  for (const [i, letter] of [...order].entries()) {
    const value = values[i]!;
    const month = /^\d+$/.test(value) ? Number(value) : monthNumber(value);
    if (letter === "y") parts.year = value;
    else if (letter === "m") parts.month = month ?? 0;
    else parts.day = Number(value);
  }
  if (!isDate(parts) || (parts.year !== undefined && !/^\d{1,4}$/.test(parts.year))) return undefined;
  return sayDate(parts, british) || undefined;
}

/** Without a format: as the normaliser knows dates, else in the order of the country. */
function dateAsWritten(text: string, british: boolean): string | undefined {
  const source = { text, british };
  const found = [numericDate, dayMonth, monthDay].map((reader) => reader(source, 0));
  const whole = found.find((reading) => reading?.end === text.length);
  if (whole) return whole.words;
  const orders = british ? ["dmy", "mdy", "my", "dm", "y"] : ["mdy", "dmy", "my", "md", "y"];
  for (const order of orders) {
    const said = date(text, order, british);
    if (said) return said;
  }
  return undefined;
}

function datePieces(text: string, order: string): string[] | undefined {
  const packed = PACKED_DATE[order];
  if (packed && /^\d+$/.test(text) && text.length === packed.reduce((sum, length) => sum + length, 0)) {
    const starts = packed.map((_, i) => packed.slice(0, i).reduce((sum, length) => sum + length, 0));
    return packed.map((length, i) => text.slice(starts[i], starts[i]! + length));
  }
  if (DATE_NUMBERS.test(text)) return text.split(/[\s./,-]+/);
  const words = text.replace(/(\d)(?:st|nd|rd|th)\b/gi, "$1").split(/[\s./,-]+/);
  return words.every((word) => /^\d{1,4}$/.test(word) || monthNumber(word) !== undefined) ? words : undefined;
}

function time(text: string, format: string, british: boolean): string | undefined {
  const match = TIME.exec(text);
  if (!match) return primes(text, british);
  const [, hours, minutes, seconds, half] = match;
  if (format === "hms24" && half) return undefined;
  return sayClock(
    { hours: hours!, minutes: minutes!, ...(seconds && { seconds }), ...(half && { half: half.toLowerCase() }) },
    british,
  );
}

/** `1'21"`: minutes and seconds. */
function primes(text: string, british: boolean): string | undefined {
  const match = PRIMES.exec(text);
  if (!match || match[0] === "") return undefined;
  const [, hours, minutes, seconds] = match;
  return sayDuration({ hours, minutes, seconds }, british);
}
