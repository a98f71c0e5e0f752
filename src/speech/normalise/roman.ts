import { fitsAt, pattern, SPACE, wordBefore } from "./reading.ts";
import { sayCardinal, sayOrdinal } from "./words.ts";

/** Roman numerals, where what stands before leaves no doubt. */

const VALUES: Record<string, number> = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1_000 };
const WELL_FORMED = /^M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})$/;

/** Always numbered: also by a lone "I" in the middle of a sentence. */
const STRONG = new Set("chapter war act scene volume book psalm canto bowl chap vol".split(" "));
const NUMBERED = new Set(
  [
    ...STRONG,
    ..."part section article phase type class stage level grade appendix title lesson unit figure table".split(" "),
  ].concat("ch sec art fig pt olympiad schedule annex amendment mark corps division quarter tome".split(" ")),
);
const RULERS = new Set(
  `henry george edward richard charles louis elizabeth william james mary paul benedict pius leo gregory innocent clement
  urban boniface alexander nicholas napoleon catherine frederick philip ferdinand francis haakon harald olav gustav
  christian ramses ptolemy darius otto ivan alfonso felipe leopold baudouin albert wilhelm friedrich king queen pope
  victor umberto stephen robert david malcolm edmund carl karl sixtus adrian celestine eugene julius callixtus
  margrethe beatrix wilhelmina juliana peter joseph franz maximilian theodore constantine justinian`.split(/\s+/),
);
/** "Elizabeth I was", "Part I of": what may follow a lone "I" that is a numeral. */
const AFTER_LONE = pattern(`$|['’]s\\b|[.,;:!?)\\]"”\\n]|${SPACE}(?:of|and|was|is|to|or|in|on|by|the)\\b`);

/** "XIV" → 14; 0 when it is no Roman numeral. */
export function romanValue(numeral: string): number {
  if (!WELL_FORMED.test(numeral)) return 0;
  let value = 0;
  for (let i = 0; i < numeral.length; i++) {
    const own = VALUES[numeral[i]!]!;
    value += own < (VALUES[numeral[i + 1] ?? ""] ?? 0) ? -own : own;
  }
  return value;
}

/** How the word at `at` is said if it is surely a Roman numeral: "Chapter IV", "Henry VIII", "World War II". */
export function sayRoman(text: string, at: number, word: string, british: boolean): string | undefined {
  const before = wordBefore(text, at);
  const capital = /^\p{Lu}/u.test(before);
  const key = before.replace(/\.$/, "").toLowerCase();
  const ruler = capital && RULERS.has(key);
  if (!ruler && !NUMBERED.has(key)) return undefined;
  // "Charles C", "Class C", "Type D": letters.
  if (/^[LCDM]$/.test(word)) return undefined;
  if (word === "I" && !(capital && STRONG.has(key)) && !fitsAt(AFTER_LONE, text, at + 1)) return undefined;
  const value = romanValue(word);
  if (value === 0) return undefined;
  return ruler ? `the ${sayOrdinal(String(value), british)}` : sayCardinal(String(value), british);
}
