import { fitsAt, fullStop, matchAt, pattern, type Reading, type Source, SPACE, wordBefore } from "./reading.ts";

/** Abbreviations, each where its context leaves no doubt. Keys are as they are written, without the point. */

interface Abbreviation {
  words: string;
  /** What must follow the word: the point, and where more is needed, that. */
  before: RegExp;
  /** The point may be a full stop as well. */
  ends?: boolean;
}

const POINT = pattern("\\.(?![\\p{L}\\d])", "u");
const BEFORE_NAME = pattern(`\\.?(?=${SPACE}\\p{Lu})`, "u");
const BEFORE_NUMBER = pattern(`\\.?(?=${SPACE}?\\d)`);
const POINT_BEFORE_NUMBER = pattern(`\\.(?=${SPACE}?\\d)`);
const BEFORE_ANY_NUMBER = pattern(`\\.(?=${SPACE}?(?:\\d|[IVXL]+(?![\\p{L}\\d])))`, "u");
const POINT_OR_NAME = pattern(`\\.(?![\\p{L}\\d])|(?=${SPACE}\\p{Lu})`, "u");

const listed = (entries: Record<string, string>, before: RegExp, ends = false): [string, Abbreviation][] =>
  Object.entries(entries).map(([key, words]) => [key, { words, before, ends }]);

const ABBREVIATIONS = new Map<string, Abbreviation>([
  ...listed({ Mr: "Mister", Mrs: "Missus", Messrs: "Messieurs" }, POINT_OR_NAME),
  ...listed(
    {
      ...{ Prof: "Professor", Rev: "Reverend", Hon: "Honorable", Gen: "General", Col: "Colonel", Maj: "Major" },
      ...{ Capt: "Captain", Cmdr: "Commander", Lt: "Lieutenant", Sgt: "Sergeant", Sen: "Senator", Gov: "Governor" },
      ...{ Rep: "Representative", Pres: "President", Mt: "Mount", Ft: "Fort", Supt: "Superintendent" },
    },
    pattern(`\\.(?=${SPACE}\\p{Lu})`, "u"),
  ),
  ...listed({ Jr: "Junior", Sr: "Senior", Esq: "Esquire", Inc: "Incorporated", Ltd: "Limited" }, POINT, true),
  ...listed(
    { Corp: "Corporation", Co: "Company", Bros: "Brothers", Dept: "Department", dept: "department" },
    POINT,
    true,
  ),
  ...listed({ Ave: "Avenue", Blvd: "Boulevard", Rd: "Road", Hwy: "Highway", Pkwy: "Parkway", Ln: "Lane" }, POINT, true),
  ...listed({ Sq: "Square", Apt: "Apartment", govt: "government", Govt: "Government" }, POINT, true),
  ...listed({ etc: "et cetera", Etc: "Et cetera" }, POINT, true),
  ...listed({ vs: "versus", Vs: "Versus" }, pattern(`\\.?(?![\\p{L}\\d.])`, "u")),
  ...listed({ approx: "approximately", Approx: "Approximately", incl: "including", excl: "excluding" }, POINT),
  ...listed(
    { esp: "especially", cf: "compare", viz: "namely", ibid: "ibidem", Tel: "Telephone", tel: "telephone" },
    POINT,
  ),
  ...listed(
    { No: "Number", no: "number", Nos: "Numbers", nos: "numbers", ca: "circa", c: "circa" },
    POINT_BEFORE_NUMBER,
  ),
  ...listed({ p: "page", pp: "pages", max: "maximum", min: "minimum", est: "established" }, POINT_BEFORE_NUMBER),
  ...listed({ ext: "extension", Ext: "Extension" }, BEFORE_NUMBER),
  ...listed(
    { Fig: "Figure", fig: "figure", Figs: "Figures", figs: "figures", Vol: "Volume", vol: "volume" },
    BEFORE_ANY_NUMBER,
  ),
  ...listed({ Ch: "Chapter", ch: "chapter", Chap: "Chapter", chap: "chapter", Art: "Article" }, BEFORE_ANY_NUMBER),
  ...listed(
    { Sec: "Section", sec: "section", Pt: "Part", pt: "part", Eq: "Equation", eq: "equation" },
    BEFORE_ANY_NUMBER,
  ),
  ...listed({ Apr: "April", Feb: "February", Aug: "August", Sept: "September", Sep: "September" }, POINT, true),
  ...listed({ Oct: "October", Nov: "November", Dec: "December", Tue: "Tuesday", Tues: "Tuesday" }, POINT, true),
  ...listed({ Thu: "Thursday", Thur: "Thursday", Thurs: "Thursday", Fri: "Friday" }, POINT, true),
]);

/** Names and words as well: only after a word of time or before a number. */
const DOUBTFUL: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Jan: "January",
    Mar: "March",
    Jun: "June",
    Jul: "July",
    Mon: "Monday",
    Wed: "Wednesday",
    Sat: "Saturday",
    Sun: "Sunday",
  }),
);
const DATE_FOLLOWS = pattern(`\\.?(?=,?${SPACE}?\\d)`);
const TIME_WORD =
  /^(?:in|on|since|until|till|by|of|from|before|after|during|early|late|mid|this|next|last|every|each|through)$/i;
const WEEKDAY_BEFORE_DATE = pattern(`,?${SPACE}(?=\\d{1,2}${SPACE}\\p{Lu}|\\p{Lu}\\p{Ll}{2,8}\\.?${SPACE}\\d)`, "u");
const WEEKDAYS = new Map([
  ...[...DOUBTFUL].slice(4),
  ...["Tue", "Tues", "Thu", "Thur", "Thurs", "Fri"].map((key): [string, string] => [
    key,
    ABBREVIATIONS.get(key)!.words,
  ]),
]);

const LATIN = pattern("(e\\.g|i\\.e|E\\.g|I\\.e|a\\.k\\.a|w\\.r\\.t)\\.?(?![\\p{L}\\d])", "u");
const LATIN_WORDS: Record<string, string> = {
  ...{ "e.g": "for example", "i.e": "that is", "E.g": "For example", "I.e": "That is" },
  ...{ "a.k.a": "also known as", "w.r.t": "with respect to" },
};
const INITIALS = pattern(
  "(?:\\p{Lu}\\.){1,7}\\p{Lu}(?!\\p{L}|\\.\\p{L})\\.?|([ap])\\.m\\.?(?![\\p{L}\\d])|(Ph)\\.D\\.?(?![\\p{L}\\d])",
  "u",
);
const STROKES = pattern("(and/or|w/o|w/(?=[ \\u00a0]?\\p{L})|[Nn]/[Aa])(?![\\p{L}\\d/])", "u");
const STROKE_WORDS: Record<string, string> = { "and/or": "and or", "w/o": "without", "w/": "with", "n/a": "N A" };

/** The abbreviation that the word at `at` is, or begins. */
export function abbreviationAt(source: Source, at: number, word: string): Reading | undefined {
  const { text } = source;
  const end = at + word.length;
  if (text[end] === ".") {
    if (word.length <= 2) {
      const dotted = dottedAt(text, at);
      if (dotted) return dotted;
    }
    if (word === "St" || word === "Dr") return saintOrStreet(text, at, word);
  } else if (word === "Dr" || word === "St") {
    return fitsAt(BEFORE_NAME, text, end) && !followsName(text, at)
      ? { start: at, end, words: word === "Dr" ? "Doctor" : "Saint" }
      : undefined;
  } else if (text[end] === "/") {
    const match = matchAt(STROKES, text, at);
    if (match) return { start: at, end: at + match[0].length, words: STROKE_WORDS[match[1]!.toLowerCase()]! };
  }
  const known = ABBREVIATIONS.get(word);
  const match = known && matchAt(known.before, text, end);
  if (known && match) {
    const after = end + match[0].length;
    return { start: at, end: after, words: `${known.words}${known.ends && match[0] ? fullStop(text, after) : ""}` };
  }
  return dateWord(text, at, word, end);
}

function dateWord(text: string, at: number, word: string, end: number): Reading | undefined {
  const weekday = WEEKDAYS.get(word);
  if (weekday && fitsAt(WEEKDAY_BEFORE_DATE, text, end)) return { start: at, end, words: weekday };
  const doubtful = DOUBTFUL.get(word);
  if (!doubtful) return undefined;
  const date = matchAt(DATE_FOLLOWS, text, end);
  if (date) return { start: at, end: end + date[0].length, words: doubtful };
  if (!fitsAt(POINT, text, end) || !TIME_WORD.test(wordBefore(text, at))) return undefined;
  return { start: at, end: end + 1, words: `${doubtful}${fullStop(text, end + 1)}` };
}

function dottedAt(text: string, at: number): Reading | undefined {
  const latin = matchAt(LATIN, text, at);
  if (latin) return { start: at, end: at + latin[0].length, words: LATIN_WORDS[latin[1]!]! };
  const initials = matchAt(INITIALS, text, at);
  if (!initials) return undefined;
  const [all] = initials;
  const end = at + all.length;
  const letters = [...all.replaceAll(".", "").toUpperCase()].join(" ");
  // "J.R.R. Tolkien", "U.S. Army": before a capital letter the point says nothing.
  const stop = all.endsWith(".") && (initials[1] || !fitsAt(BEFORE_NAME, text, end)) ? fullStop(text, end) : "";
  return { start: at, end, words: `${letters}${stop}` };
}

/** Words with a capital letter that aren't the name of a street: "In St. Paul". */
const NO_NAME =
  /^(?:In|At|On|The|From|To|Of|And|Near|For|By|With|Mount|Fort|Port|Sault|Lake|East|West|North|South|Old|Hello|Hi|Dear|Is|Was|But|Or|As|So|When|If|Then|Our|My|See|Ask|Call|Thank)$/;

function followsName(text: string, at: number): boolean {
  const before = wordBefore(text, at);
  return /^(?:\p{Lu}|\d)/u.test(before) && !before.endsWith(".") && !NO_NAME.test(before);
}

/** "St. James St.", "Dr. Smith of Elm Dr." */
function saintOrStreet(text: string, at: number, word: "St" | "Dr"): Reading {
  const end = at + word.length + 1;
  const beforeName = fitsAt(BEFORE_NAME, text, end);
  const place = followsName(text, at) && (word === "St" || !beforeName);
  const words = word === "St" ? (place || !beforeName ? "Street" : "Saint") : place ? "Drive" : "Doctor";
  return { start: at, end, words: place || !beforeName ? `${words}${fullStop(text, end)}` : words };
}
