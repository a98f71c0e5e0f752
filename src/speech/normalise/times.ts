import { fullStop, matchAt, pattern, type Reading, type Source, SPACE } from "./reading.ts";
import { sayCardinal, sayPair } from "./words.ts";

/** A time of day as it is written, in digits. */
export interface Clock {
  hours: string;
  minutes: string;
  seconds?: string;
  /** "a" or "p". */
  half?: string;
}

/** "three oh five P M", "fifteen thirty", "seven o'clock", "fifteen hundred hours"; undefined when there is no such time. */
export function sayClock({ hours, minutes, seconds, half }: Clock, british: boolean): string | undefined {
  const hour = Number(hours);
  const minute = Number(minutes);
  const second = seconds === undefined ? undefined : Number(seconds);
  if (hour > 24 || minute > 59 || (second ?? 0) > 59 || (half && (hour === 0 || hour > 12))) return undefined;
  let words = sayCardinal(String(hour), british);
  if (minute > 0) words += ` ${sayPair(minute, british)}`;
  else if (!half) words += hour >= 1 && hour <= 12 ? " o'clock" : " hundred hours";
  if (second !== undefined) words += ` and ${sayCardinal(String(second), british)} second${second === 1 ? "" : "s"}`;
  return half ? `${words} ${sayHalf(half)}` : words;
}

/** "p" → "P M". */
export function sayHalf(half: string): string {
  return `${half.toUpperCase()} M`;
}

/** "pm", "p.m." and " PM" after a time. */
export const HALF_OF_DAY = `${SPACE}?([AaPp])(?:\\.[Mm]\\.|[Mm](?![\\p{L}\\d]))`;

const TIME = "(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:\\.\\d{1,9})?)?(?![\\d:])";
const CLOCK = pattern(`${TIME}(?:${HALF_OF_DAY})?`, "u");
const TO_CLOCK = pattern(`${SPACE}?[-–]${SPACE}?(?=\\d{1,2}:\\d{2})`);
const LONG = pattern("(\\d{1,3}):(\\d{2}):(\\d{2})(?![\\d:])");
const SAYS_O_CLOCK = pattern(`${SPACE}o['’]clock`, "i");
const RATIO = pattern("(\\d{1,3}):(\\d{1,3})(?![\\d:]|[.,]\\d)");

/** A time of day or a ratio: "3:05 pm", "15:30", "9:00–17:00", "16:9". */
export function clockTime(source: Source, at: number): Reading | undefined {
  const { text, british } = source;
  if (text[at - 1] === ":") return undefined;
  const match = matchAt(CLOCK, text, at);
  const words = match && sayClock(clockOf(match), british);
  if (match && words) {
    const end = at + match[0].length;
    const plain = matchAt(SAYS_O_CLOCK, text, end) ? words.replace(/ (?:o'clock|hundred hours)$/, "") : words;
    const reading = { start: at, end, words: `${plain}${match[0].endsWith(".") ? fullStop(text, end) : ""}` };
    const to = matchAt(TO_CLOCK, text, end);
    const until = to && matchAt(CLOCK, text, end + to[0].length);
    const untilWords = until && sayClock(clockOf(until), british);
    if (!to || !until || !untilWords) return reading;
    const last = end + to[0].length + until[0].length;
    return {
      start: at,
      end: last,
      words: `${plain} to ${untilWords}${until[0].endsWith(".") ? fullStop(text, last) : ""}`,
    };
  }
  const long = matchAt(LONG, text, at);
  if (long) {
    const [hours, minutes, seconds] = [long[1]!, long[2]!, long[3]!].map((digits) => String(Number(digits)));
    return { start: at, end: at + long[0].length, words: sayDuration({ hours, minutes, seconds }, british) };
  }
  const ratio = matchAt(RATIO, text, at);
  if (!ratio) return undefined;
  const [all, one, other] = ratio;
  return { start: at, end: at + all.length, words: `${sayCardinal(one!, british)} to ${sayCardinal(other!, british)}` };
}

function clockOf(match: RegExpExecArray): Clock {
  const [, hours, minutes, seconds, half] = match;
  return { hours: hours!, minutes: minutes!, ...(seconds && { seconds }), ...(half && { half }) };
}

/** "one hour, two minutes and three seconds": parts that are there, in digits. */
export function sayDuration(
  parts: { hours?: string | undefined; minutes?: string | undefined; seconds?: string | undefined },
  british: boolean,
): string {
  const named = [
    [parts.hours, "hour"],
    [parts.minutes, "minute"],
    [parts.seconds, "second"],
  ] as const;
  return named
    .filter(([digits]) => digits !== undefined)
    .map(([digits, unit]) => `${sayCardinal(digits!, british)} ${unit}${Number(digits) === 1 ? "" : "s"}`)
    .join(" ");
}
