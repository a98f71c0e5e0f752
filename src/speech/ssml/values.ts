/**
 * The values of SSML's attributes, by SSML 1.1 (https://www.w3.org/TR/speech-synthesis11/) and what Google's and
 * Amazon's guides add to it. Each reader gives undefined for what it does not know.
 *
 * Words such as "x-slow" have no numbers in the standard. Here they have those of espeak-ng (its SSML tables: percent of
 * the voice's own rate, pitch and amplitude). They count against the voice's own, numbers against what is around the
 * element, as the standard has it.
 */

/** A pace, as a factor. */
export interface Rate {
  factor: number;
  /** Against the voice's own pace, whatever is around the element. */
  absolute: boolean;
}

const RATES: Readonly<Record<string, number>> = {
  "x-slow": 0.6,
  slow: 0.8,
  medium: 1,
  fast: 1.25,
  "x-fast": 1.6,
  default: 1,
};

export const RATE_TAKES = `${Object.keys(RATES).join(", ")}, or a number: "80%", "+20%" or "1.2"`;

const NUMBER = String.raw`(?:\d+\.?\d*|\.\d+)`;
const RATE = new RegExp(`^([+-]?)(${NUMBER})(%?)$`);

/** A word, "80%" (of the pace around it), "+20%" (faster than that) or "1.2" (SSML 1.0). */
export function readRate(value: string): Rate | undefined {
  if (Object.hasOwn(RATES, value)) return { factor: RATES[value]!, absolute: true };
  const [, sign, digits, percent] = RATE.exec(value) ?? [];
  if (digits === undefined || (sign && !percent)) return undefined;
  const number = Number(digits) / (percent ? 100 : 1);
  const factor = sign === "+" ? 1 + number : sign === "-" ? 1 - number : number;
  return factor > 0 ? { factor, absolute: false } : undefined;
}

/** A pitch: semitones, or hertz of change, which say nothing without the voice's own pitch. */
export type Pitch = { semitones: number; absolute: boolean } | { hertz: number };

const semitonesOf = (factor: number) => 12 * Math.log2(factor);

const PITCHES: Readonly<Record<string, number>> = {
  "x-low": semitonesOf(0.7),
  low: semitonesOf(0.85),
  medium: 0,
  high: semitonesOf(1.1),
  "x-high": semitonesOf(1.2),
  default: 0,
};

export const PITCH_TAKES = `${Object.keys(PITCHES).join(", ")}, or a change: "+2st" or "-10%"; no pitch in Hz`;

const PITCH = new RegExp(`^([+-]?)(${NUMBER})(st|%|Hz)$`);

/** A word, "+2st", "-10%" or "+10Hz". An absolute pitch ("200Hz") is none: voices here are not tuned. */
export function readPitch(value: string): Pitch | undefined {
  if (Object.hasOwn(PITCHES, value)) return { semitones: PITCHES[value]!, absolute: true };
  const [, sign, digits, unit] = PITCH.exec(value) ?? [];
  if (digits === undefined || (unit !== "st" && !sign)) return undefined;
  const number = (sign === "-" ? -1 : 1) * Number(digits);
  if (unit === "Hz") return { hertz: number };
  if (unit === "st") return { semitones: number, absolute: false };
  return number > -100 ? { semitones: semitonesOf(1 + number / 100), absolute: false } : undefined;
}

/** Decibels; −Infinity is silence. */
export interface Volume {
  decibels: number;
  absolute: boolean;
}

const decibelsOf = (factor: number) => 20 * Math.log10(factor);

const VOLUMES: Readonly<Record<string, number>> = {
  silent: Number.NEGATIVE_INFINITY,
  "x-soft": decibelsOf(0.3),
  soft: decibelsOf(0.65),
  medium: 0,
  loud: decibelsOf(1.5),
  "x-loud": decibelsOf(2.3),
  default: 0,
};

export const VOLUME_TAKES = `${Object.keys(VOLUMES).join(", ")}, or a change such as "+6dB" or "-3dB"`;

const VOLUME = new RegExp(`^([+-])(${NUMBER})dB$`);

/** A word, or a change in decibels with its sign. */
export function readVolume(value: string): Volume | undefined {
  if (Object.hasOwn(VOLUMES, value)) return { decibels: VOLUMES[value]!, absolute: true };
  const [, sign, digits] = VOLUME.exec(value) ?? [];
  return digits === undefined ? undefined : { decibels: (sign === "-" ? -1 : 1) * Number(digits), absolute: false };
}

/** The longest <break>: as long as Amazon Polly's and Google's voices make one. */
const LONGEST_BREAK_MS = 10_000;

export const TIME_TAKES = `milliseconds or seconds, as "500ms" or "1.5s", at most ${LONGEST_BREAK_MS / 1000}s`;

const TIME = new RegExp(`^\\+?(${NUMBER})(ms|s)$`);

/** Milliseconds of "500ms" or "1.5s"; undefined also past the longest break. */
export function readTime(value: string): number | undefined {
  const [, digits, unit] = TIME.exec(value) ?? [];
  if (digits === undefined) return undefined;
  const milliseconds = Math.round(Number(digits) * (unit === "s" ? 1000 : 1));
  return milliseconds <= LONGEST_BREAK_MS ? milliseconds : undefined;
}

/**
 * Milliseconds for a strength: chosen. Weak ones are like the pause after a comma, medium is longer than that, strong
 * about the pause between two sentences, x-strong between paragraphs, read calmly.
 */
export const STRENGTHS: Readonly<Record<string, number>> = {
  none: 0,
  "x-weak": 100,
  weak: 200,
  medium: 400,
  strong: 700,
  "x-strong": 1_000,
};

/** Silence that is asked for. */
export interface Silence {
  milliseconds: number;
  /** No more than that, either. */
  exact: boolean;
}

/** What the attributes of a <break> ask for: its time if it has one, else its strength, which is medium by itself. */
export function silenceOf(attributes: Readonly<Record<string, string>>): Silence {
  const milliseconds =
    attributes.time === undefined ? STRENGTHS[attributes.strength ?? "medium"]! : readTime(attributes.time)!;
  return { milliseconds, exact: milliseconds === 0 };
}

/**
 * What stands for the stress of <emphasis> where a voice has none: louder and slower, or softer and faster (Amazon
 * Polly's guide says that its own does so). The amounts are chosen: heard, and not taken for another voice.
 */
export const EMPHASES: Readonly<Record<string, { decibels: number; pace: number }>> = {
  strong: { decibels: 4, pace: 0.85 },
  moderate: { decibels: 2, pace: 0.93 },
  none: { decibels: 0, pace: 1 },
  reduced: { decibels: -3, pace: 1.08 },
};

/** The BCP-47 tag in its usual spelling, or undefined. */
export function readLanguage(value: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(value)[0];
  } catch {
    return undefined;
  }
}
