import type { SynthesisRequest } from "../engine.ts";

type Phonemes = NonNullable<SynthesisRequest["phonemes"]>;

/** Plain text, and how parts of it sound; start and end are UTF-16 code units of `text`. */
export interface SpokenText {
  text: string;
  phonemes?: Phonemes;
}

export const bytesOf = (text: string): number => Buffer.byteLength(text);

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The text as SSML that says how parts of it sound. */
export function toSsml({ text, phonemes = [] }: SpokenText): string {
  let ssml = "";
  let at = 0;
  for (const { start, end, alphabet, ph } of phonemes) {
    ssml += `${escapeXml(text.slice(at, start))}<phoneme alphabet="${alphabet}" ph="${escapeXml(ph)}">`;
    ssml += `${escapeXml(text.slice(start, end))}</phoneme>`;
    at = end;
  }
  return `<speak>${ssml}${escapeXml(text.slice(at))}</speak>`;
}

/** A text shorter than this is not cut: there is no better place in it. */
const SHORTEST_TO_CUT = 20;
const CUTS = [/[.!?。！？]\s*/gu, /[,;:–—、，；：]\s*/gu, /\s+/gu];

/**
 * A text in two, near its middle: after a sentence, else after a clause, else between words, else between characters;
 * never within a phoneme. Undefined when it is too short for that.
 */
export function halve(spoken: SpokenText): [SpokenText, SpokenText] | undefined {
  const { text, phonemes = [] } = spoken;
  if (text.length < SHORTEST_TO_CUT) return undefined;
  const open = (at: number) => at > 0 && at < text.length && !phonemes.some(({ start, end }) => at > start && at < end);
  const middle = text.length / 2;
  // The outer thirds would leave one part as long as the whole.
  const near = (at: number) => Math.abs(at - middle) < text.length / 3 && open(at);
  for (const cut of CUTS) {
    const places = [...text.matchAll(cut)].map((match) => match.index + match[0].length).filter(near);
    if (places.length > 0)
      return cutAt(
        spoken,
        places.reduce((a, b) => (Math.abs(b - middle) < Math.abs(a - middle) ? b : a)),
      );
  }
  let at = Math.floor(middle);
  while (at < text.length && (!open(at) || /[\udc00-\udfff]/.test(text[at]!) || /\p{M}/u.test(text[at]!))) at++;
  return open(at) ? cutAt(spoken, at) : undefined;
}

function cutAt({ text, phonemes = [] }: SpokenText, at: number): [SpokenText, SpokenText] {
  const after = phonemes.filter(({ start }) => start >= at);
  return [
    { text: text.slice(0, at), phonemes: phonemes.filter(({ end }) => end <= at) },
    {
      text: text.slice(at),
      phonemes: after.map((one) => ({ ...one, start: one.start - at, end: one.end - at })),
    },
  ];
}

/** A text in as many parts as it takes for `fits` to hold for each, in order; a part that can't be cut stays whole. */
export function cutToFit(spoken: SpokenText, fits: (part: SpokenText) => boolean): SpokenText[] {
  if (fits(spoken)) return [spoken];
  const halves = halve(spoken);
  return halves ? halves.flatMap((half) => cutToFit(half, fits)) : [spoken];
}
