import { matchAt, pattern, type Reading, type Source, SPACE } from "./reading.ts";
import { sayClock } from "./times.ts";
import { sayCardinal, sayOrdinal, sayPair, sayYear } from "./words.ts";

const MONTHS = "January February March April May June July August September October November December".split(" ");
const MONTH_BY_START = new Map(MONTHS.map((name, i) => [name.slice(0, 3).toLowerCase(), i + 1]));
const MONTH =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";

/** The full name of a month by its number, 1 to 12. */
export function monthName(month: number): string {
  return MONTHS[month - 1]!;
}

/** The number of a month, 1 to 12, by its English name or the first letters of it. */
export function monthNumber(name: string): number | undefined {
  return MONTH_BY_START.get(name.slice(0, 3).toLowerCase());
}

/** A date of which parts may be missing; numbers as they are in a calendar. */
export interface DateParts {
  year?: string;
  month?: number;
  day?: number;
}

/** Whether there can be such a day and month. */
export function isDate({ month, day }: DateParts): boolean {
  return (month === undefined || (month >= 1 && month <= 12)) && (day === undefined || (day >= 1 && day <= 31));
}

/** "November twenty-eighth, twenty twenty-six"; in Britain "the twenty-eighth of November, twenty twenty-six". */
export function sayDate(
  { year, month, day }: DateParts,
  british: boolean,
  { dayFirst = british, afterThe = false } = {},
): string {
  const said: string[] = [];
  const ordinal = day === undefined ? "" : sayOrdinal(String(day), british);
  if (month === undefined) said.push(ordinal);
  else if (!ordinal) said.push(monthName(month));
  else if (dayFirst) said.push(`${afterThe ? "" : "the "}${ordinal} of ${monthName(month)}`);
  else said.push(`${monthName(month)} ${ordinal}`);
  if (year) said.push(sayWrittenYear(year, british));
  const separator = day === undefined ? " " : ", ";
  return said.filter(Boolean).join(separator);
}

/** Two digits of a year as they are written: "twenty-six", "oh five". */
function sayWrittenYear(year: string, british: boolean): string {
  if (year.length > 2) return sayYear(Number(year), british);
  return Number(year) === 0 ? "two thousand" : sayPair(Number(year), british);
}

const ISO = pattern(
  "(\\d{4})-(\\d{2})-(\\d{2})(?![\\d-])(?:[T ](\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.\\d{1,9})?)?(Z|[+-]\\d{2}:?\\d{2})?(?![\\d:]))?",
);
const NUMERIC = pattern("(\\d{1,2})([/.-])(\\d{1,2})\\2(\\d{4}|\\d{2})(?![\\d/-]|\\.\\d)");
const YEAR_FIRST = pattern("(\\d{4})([/.])(\\d{1,2})\\2(\\d{1,2})(?![\\d/-]|\\.\\d)");
const DAY_MONTH = pattern(
  `(\\d{1,2})(?:st|nd|rd|th)?(?:${SPACE}|-)(${MONTH})(?![\\p{L}\\d])\\.?(?:(?:,?${SPACE}|-)(\\d{4})(?!\\d|,\\d|\\.\\d))?`,
  "u",
);
const MONTH_DAY = pattern(
  `(${MONTH})\\.?${SPACE}(\\d{1,2})(?:st|nd|rd|th)?(?![\\p{L}\\d:/%$€£]|[.,]\\d|[-–]\\d)(?:,?${SPACE}(\\d{4})(?!\\d|,\\d|\\.\\d))?`,
  "u",
);
const MONTH_DAYS = pattern(
  `(${MONTH})\\.?${SPACE}(\\d{1,2})${SPACE}?[-–]${SPACE}?(\\d{1,2})(?![\\p{L}\\d:/%-]|[.,]\\d)`,
  "u",
);

/** A date in figures: 2026-11-28 (with a time, too), 11/28/2026, 28.11.2026, 2026/11/28. */
export function numericDate({ text, british }: Source, at: number): Reading | undefined {
  const before = text[at - 1] ?? " ";
  if (/[\p{L}\d/.-]/u.test(before)) return undefined;
  const iso = matchAt(ISO, text, at);
  if (iso) {
    const [all, year, month, day, hours, minutes, seconds, zone] = iso;
    const date = { year: year!, month: Number(month), day: Number(day) };
    if (isDate(date)) {
      const clock = hours ? sayClock({ hours, minutes: minutes!, ...(seconds && { seconds }) }, british) : "";
      if (clock !== undefined) {
        const time = clock && `, ${clock}${zone ? sayZone(zone, british) : ""}`;
        return { start: at, end: at + all.length, words: `${sayDate(date, british)}${time}` };
      }
    }
  }
  const yearFirst = matchAt(YEAR_FIRST, text, at);
  if (yearFirst) {
    const date = { year: yearFirst[1]!, month: Number(yearFirst[3]), day: Number(yearFirst[4]) };
    if (isDate(date)) return { start: at, end: at + yearFirst[0].length, words: sayDate(date, british) };
  }
  const numeric = matchAt(NUMERIC, text, at);
  if (!numeric) return undefined;
  const [all, first, sign, second, year] = numeric;
  // 1-2-34 and 1.2.34 are no dates.
  if (sign !== "/" && year!.length < 4) return undefined;
  const dayFirst = { year: year!, day: Number(first), month: Number(second) };
  const monthFirst = { year: year!, month: Number(first), day: Number(second) };
  const order = british || sign === "." ? [dayFirst, monthFirst] : [monthFirst, dayFirst];
  const date = order.find(isDate);
  return date && { start: at, end: at + all.length, words: sayDate(date, british) };
}

/** A day before the name of its month: "28 Nov. 2026", "1st May". */
export function dayMonth({ text, british }: Source, at: number): Reading | undefined {
  const match = matchAt(DAY_MONTH, text, at);
  if (!match) return undefined;
  const date = { day: Number(match[1]), month: monthNumber(match[2]!)!, ...(match[3] && { year: match[3] }) };
  if (!isDate(date)) return undefined;
  const afterThe = /\bthe[ \u00a0]$/i.test(text.slice(Math.max(0, at - 5), at));
  // Said in the order in which it is written, for Americans too.
  const words = sayDate(date, british, { dayFirst: true, afterThe });
  const end = at + match[0].length;
  return { start: at, end, words };
}

/** The name of a month before its day or year: "Nov 28, 2026", "November 3rd", "Dec 5–7". */
export function monthDay({ text, british }: Source, at: number): Reading | undefined {
  const span = matchAt(MONTH_DAYS, text, at);
  if (span && isDate({ day: Number(span[2]) }) && isDate({ day: Number(span[3]) })) {
    const date = { month: monthNumber(span[1]!)!, day: Number(span[2]) };
    const words = `${sayMonthDay(date, british)} to ${sayOrdinal(span[3]!, british)}`;
    return { start: at, end: at + span[0].length, words };
  }
  const match = matchAt(MONTH_DAY, text, at);
  if (!match) return undefined;
  const date = { month: monthNumber(match[1]!)!, day: Number(match[2]) };
  if (!isDate(date)) return undefined;
  const year = match[3] ? `, ${sayYear(Number(match[3]), british)}` : "";
  return { start: at, end: at + match[0].length, words: `${sayMonthDay(date, british)}${year}` };
}

function sayMonthDay({ month, day }: { month: number; day: number }, british: boolean): string {
  return `${monthName(month)} ${british ? "the " : ""}${sayOrdinal(String(day), british)}`;
}

function sayZone(zone: string, british: boolean): string {
  if (zone === "Z") return " Zulu";
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone)!;
  const rest = Number(minutes) === 0 ? "" : ` ${sayCardinal(String(Number(minutes)), british)}`;
  return ` ${sign === "+" ? "plus" : "minus"} ${sayCardinal(String(Number(hours)), british)}${rest}`;
}
