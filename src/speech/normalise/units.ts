import { matchAt, pattern, type Said } from "./reading.ts";

/** Units of measurement, each by its sign. */

type Name = readonly [one: string, many: string];

const regular = (one: string): Name => [one, `${one}s`];

/** "mm cm" of "meter" and the like: prefixes that are in use with a unit. */
function prefixed(sign: string, name: string, prefixes: string): [string, Name][] {
  return prefixes.split(" ").map((prefix) => [`${prefix}${sign}`, regular(`${PREFIXES[prefix]}${name}`)]);
}

const PREFIXES: Record<string, string> = {
  ...{ n: "nano", µ: "micro", μ: "micro", u: "micro", m: "milli", c: "centi", d: "deci", h: "hecto" },
  ...{ k: "kilo", K: "kilo", M: "mega", G: "giga", T: "tera", P: "peta", E: "exa" },
  ...{ Ki: "kibi", Mi: "mebi", Gi: "gibi", Ti: "tebi" },
};

const UNITS = new Map<string, Name>([
  ...prefixed("m", "meter", "n µ μ m c d k"),
  ...prefixed("g", "gram", "n µ μ m k"),
  ...prefixed("L", "liter", "µ μ m c d"),
  ...prefixed("l", "liter", "µ μ m c d h"),
  ...prefixed("s", "second", "n µ μ m"),
  ...prefixed("Hz", "hertz", "k M G T").map(([sign, [one]]): [string, Name] => [sign, [one, one]]),
  ...prefixed("B", "byte", "k K M G T P E Ki Mi Gi Ti"),
  ...prefixed("bit", "bit", "k M G T"),
  ...prefixed("b", "bit", "k M G"),
  ...prefixed("bps", "bit", "k K M G").map(([sign, [one]]): [string, Name] => [sign, perSecond(one)]),
  ...prefixed("W", "watt", "m k M G T"),
  ...prefixed("Wh", "watt hour", "k M G T"),
  ...prefixed("V", "volt", "m k"),
  ...prefixed("A", "amp", "µ μ m"),
  ...prefixed("Ah", "amp hour", "m"),
  ...prefixed("Ω", "ohm", "k M"),
  ...prefixed("J", "joule", "k M G"),
  ...prefixed("cal", "calorie", "k"),
  ...prefixed("Pa", "pascal", "h k M G"),
  ...prefixed("F", "farad", "n µ μ m"),
  ...prefixed("eV", "electron volt", "k M G T"),
  ...Object.entries({
    ...{ m: regular("meter"), g: regular("gram"), l: regular("liter"), L: regular("liter"), s: regular("second") },
    ...{
      h: regular("hour"),
      hr: regular("hour"),
      hrs: regular("hour"),
      min: regular("minute"),
      mins: regular("minute"),
    },
    ...{
      sec: regular("second"),
      secs: regular("second"),
      wk: regular("week"),
      yr: regular("year"),
      yrs: regular("year"),
    },
    ...{
      t: regular("ton"),
      ha: regular("hectare"),
      Hz: ["hertz", "hertz"],
      W: regular("watt"),
      Wh: regular("watt hour"),
    },
    ...{ V: regular("volt"), Ω: regular("ohm"), Ah: regular("amp hour"), Pa: regular("pascal"), bps: perSecond("bit") },
    ...{
      cal: regular("calorie"),
      dB: regular("decibel"),
      mol: regular("mole"),
      lm: ["lumen", "lumens"],
      px: regular("pixel"),
    },
    ...{
      ft: ["foot", "feet"],
      yd: regular("yard"),
      yds: regular("yard"),
      mi: regular("mile"),
      nmi: regular("nautical mile"),
    },
    ...{
      lb: regular("pound"),
      lbs: regular("pound"),
      oz: regular("ounce"),
      gal: regular("gallon"),
      qt: regular("quart"),
    },
    ...{ tbsp: regular("tablespoon"), tsp: regular("teaspoon"), "fl oz": regular("fluid ounce") },
    ...{
      mph: per("mile", "hour"),
      kph: per("kilometer", "hour"),
      kmh: per("kilometer", "hour"),
      mpg: per("mile", "gallon"),
    },
    ...{
      rpm: per("revolution", "minute"),
      fps: per("frame", "second"),
      bpm: per("beat", "minute"),
      wpm: per("word", "minute"),
    },
    ...{ psi: per("pound", "square inch"), ppm: ["part per million", "parts per million"], dpi: per("dot", "inch") },
    ...{
      "°C": ["degree Celsius", "degrees Celsius"],
      "℃": ["degree Celsius", "degrees Celsius"],
      "°": regular("degree"),
    },
    ...{ "°F": ["degree Fahrenheit", "degrees Fahrenheit"], "℉": ["degree Fahrenheit", "degrees Fahrenheit"] },
    ...{ "%": ["percent", "percent"], "‰": ["per mille", "per mille"], MP: regular("megapixel") },
  } satisfies Record<string, Name>),
]);

/** "square" and "cubic" go with lengths. */
const LENGTHS = "mm cm dm m km ft yd mi in".split(" ");
const INCH: Name = ["inch", "inches"];

function perSecond(one: string): Name {
  return per(one, "second");
}

function per(one: string, of: string): Name {
  return [`${one} per ${of}`, `${one}s per ${of}`];
}

for (const sign of LENGTHS) {
  const [one, many] = UNITS.get(sign) ?? INCH;
  for (const squared of [`${sign}²`, `${sign}^2`, `sq ${sign}`, `sq. ${sign}`])
    UNITS.set(squared, [`square ${one}`, `square ${many}`]);
  for (const cubed of [`${sign}³`, `${sign}^3`, `cu ${sign}`]) UNITS.set(cubed, [`cubic ${one}`, `cubic ${many}`]);
}

/** Said in one, behind a stroke: "per second". */
const PER: Record<string, string> = {
  ...{
    s: "second",
    sec: "second",
    min: "minute",
    h: "hour",
    hr: "hour",
    d: "day",
    wk: "week",
    mo: "month",
    yr: "year",
  },
  ...{ kg: "kilogram", g: "gram", lb: "pound", oz: "ounce", l: "liter", L: "liter", m: "meter", km: "kilometer" },
  ...{
    mL: "milliliter",
    ml: "milliliter",
    dL: "deciliter",
    gal: "gallon",
    GB: "gigabyte",
    MB: "megabyte",
    kWh: "kilowatt hour",
  },
  ...{
    "m²": "square meter",
    "m³": "cubic meter",
    "km²": "square kilometer",
    "cm²": "square centimeter",
    "s²": "second squared",
  },
};

const escaped = (signs: Iterable<string>) =>
  [...signs]
    .sort((a, b) => b.length - a.length)
    .map((sign) => sign.replace(/[.^$*+?()[\]{}|\\/]/g, "\\$&"))
    .join("|");

const NOT_MORE = "(?![\\p{L}\\p{M}\\d²³])";
const UNIT = pattern(`([ \\u00a0\\u202f\\u2009-]?)(${escaped(UNITS.keys())})${NOT_MORE}`, "u");
const UNIT_ALONE = pattern(`(${escaped(UNITS.keys())})(?=/)`, "u");
const PER_UNIT = pattern(`/(${escaped(Object.keys(PER))})${NOT_MORE}`, "u");
const PER_WORD = pattern("/([a-z]{3,14})(?![\\p{L}\\d/.])", "u");
/** Words of the language that are signs only right behind a number, or letters that number something: "a 5 s". */
const CLOSE_ONLY = new Set(["s", "t", "L", "W", "V"]);

/**
 * The unit after a number that ends at `at`: " kilometers per hour", with the space or hyphen in front.
 *
 * @param one whether the number is one
 */
export function unitAfter(text: string, at: number, one: boolean): Said | undefined {
  const match = matchAt(UNIT, text, at);
  if (!match) return undefined;
  const [all, gap, sign] = match;
  if (gap === "-" && sign!.length === 1) return undefined;
  if (gap !== "" && CLOSE_ONLY.has(sign!) && fitsWord(text, at + all.length)) return undefined;
  const name = UNITS.get(sign!)!;
  const rest = perAfter(text, at + all.length);
  const said = `${gap === "-" ? "-" : " "}${gap === "-" || one ? name[0] : name[1]}`;
  return { end: rest?.end ?? at + all.length, words: `${said}${rest?.words ?? ""}` };
}

/** "/month", "/kg" after an amount that ends at `at`: " per month". */
export function perAfter(text: string, at: number): Said | undefined {
  if (text[at] !== "/") return undefined;
  const unit = matchAt(PER_UNIT, text, at);
  if (unit) return { end: at + unit[0].length, words: ` per ${PER[unit[1]!]}` };
  const word = matchAt(PER_WORD, text, at);
  return word ? { end: at + word[0].length, words: ` per ${word[1]}` } : undefined;
}

/** A unit of speed or rate without a number: "in km/h". */
export function rateAlone(text: string, at: number): Said | undefined {
  const match = matchAt(UNIT_ALONE, text, at);
  const rest = match && matchAt(PER_UNIT, text, at + match[0].length);
  if (!match || !rest) return undefined;
  return { end: at + match[0].length + rest[0].length, words: `${UNITS.get(match[1]!)![1]} per ${PER[rest[1]!]}` };
}

/** The name of a unit by its sign, or undefined. */
export function unitName(sign: string, one: boolean): string | undefined {
  return UNITS.get(sign)?.[one ? 0 : 1];
}

const WORD_AFTER = pattern("[ \\u00a0]\\p{L}", "u");

function fitsWord(text: string, at: number): boolean {
  return matchAt(WORD_AFTER, text, at) !== null;
}
