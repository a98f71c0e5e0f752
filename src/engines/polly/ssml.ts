import { AppError } from "../../errors.ts";
import type { SsmlElements } from "../engine.ts";
import type { PollyEngineName } from "./voices.ts";

// Which engine takes what: "Supported SSML tags" of Amazon Polly's Developer Guide, and the page of each tag.
const EVERYWHERE: SsmlElements = {
  p: {},
  s: {},
  break: { time: true, strength: ["none", "x-weak", "weak", "medium", "strong", "x-strong"] },
  lang: { "xml:lang": true },
  mark: { name: true },
  sub: { alias: true },
};
const SAID_AS = [
  ...["cardinal", "number", "ordinal", "digits", "fraction", "unit", "date", "time", "address", "expletive"],
  "telephone",
];
const SPELT = ["characters", "spell-out"];
const SAY_AS: SsmlElements = { "say-as": { "interpret-as": [...SAID_AS, ...SPELT], format: true } };
/** A neural voice lets another voice, the standard one, say a sentence that is spelt. */
const NEURAL_SAY_AS: SsmlElements = { "say-as": { "interpret-as": SAID_AS, format: true } };
const PHONEME: SsmlElements = {
  phoneme: {
    alphabet: ["ipa", "x-sampa", "x-amazon-pinyin", "x-amazon-jyutping", "x-amazon-yomigana", "x-amazon-pron-kana"],
    ph: true,
  },
};
const LEVEL_PROSODY: SsmlElements = { prosody: { rate: true, volume: true } };

const ELEMENTS: Readonly<Record<PollyEngineName, SsmlElements>> = {
  standard: {
    ...EVERYWHERE,
    ...SAY_AS,
    ...PHONEME,
    prosody: { rate: true, volume: true, pitch: true },
    emphasis: { level: ["strong", "moderate", "reduced"] },
  },
  neural: { ...EVERYWHERE, ...NEURAL_SAY_AS, ...PHONEME, ...LEVEL_PROSODY },
  "long-form": { ...EVERYWHERE, ...SAY_AS, ...PHONEME, ...LEVEL_PROSODY },
  // It takes some phonemes and skips others, without a list of which.
  generative: { ...EVERYWHERE, ...SAY_AS, ...LEVEL_PROSODY },
};

/**
 * The values of <prosody> that SSML has and Polly's guide does not (https://docs.aws.amazon.com/polly/latest/dg/prosody-tag.html):
 * a pace beyond 20 to 200 %, a pitch in semitones or hertz.
 */
const PROSODY_VALUES: Readonly<Record<string, { valid(value: string): boolean; takes: string }>> = {
  rate: {
    valid: (value) => !value.endsWith("%") || (Number.parseFloat(value) >= 20 && Number.parseFloat(value) <= 200),
    takes: "it takes 20% to 200%",
  },
  pitch: { valid: (value) => !/(st|Hz)$/.test(value), takes: 'it takes a percentage: "+10%"' },
};

/** What an engine of Polly's takes within <speak>. */
export const ssmlElements = (engine: PollyEngineName): SsmlElements => ELEMENTS[engine];

const SPEAK_ATTRIBUTES = ["version", "xmlns", "xml:lang"];
const TOKEN = /<!--[\s\S]*?-->|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|<|[^<]+/g;

/**
 * Refuses what the engine would answer with an error, or skip without a word.
 * @param ssml a well-formed document, <speak> to </speak>
 * @throws AppError UNSUPPORTED_MODIFIER that names element, line and column of `ssml`; INVALID_SSML
 */
export function checkSsml(ssml: string, engine: PollyEngineName, voiceId: string): void {
  const taken = ELEMENTS[engine];
  const refuse = (index: number, what: string, hint: string): never => {
    const before = ssml.slice(0, index).split("\n");
    const place = { line: before.length, column: before.at(-1)!.length + 1 };
    throw new AppError("UNSUPPORTED_MODIFIER", `${voiceId} does not take ${what}.`, {
      hint,
      details: { voice_id: voiceId, ...place },
    });
  };
  /** Whether a sentence could begin here: a generative voice takes prosody around whole ones only. */
  let atStart = true;
  const open: { name: string; index: number }[] = [];
  for (const { 0: token, 1: closes, 2: name, 3: attributes = "", 4: empty, index } of ssml.matchAll(TOKEN)) {
    if (name === undefined) {
      if (token === "<") throw new AppError("INVALID_SSML", "The SSML has a < that begins no element.");
      if (!token.startsWith("<") && token.trim()) atStart = /[.!?…。！？]["'”’»)\]]*\s*$/.test(token);
      continue;
    }
    const wholeSentences = engine === "generative" && name === "prosody" && !empty;
    if (closes) {
      const opened = open.pop();
      const next = ssml.slice(index + token.length).trimStart();
      // The end of a sentence, paragraph or document ends one, too.
      if (wholeSentences && !atStart && !/^(<\/(s|p|speak)>|<(s|p|break)\b)/.test(next)) {
        refuse(opened?.index ?? index, "<prosody> around a part of a sentence", "put it around whole sentences");
      }
      if (name === "s" || name === "p") atStart = true;
      continue;
    }
    if (!empty) open.push({ name, index });
    if (wholeSentences && !atStart) {
      refuse(index, "<prosody> around a part of a sentence", "put it around whole sentences");
    }
    if (name === "s" || name === "p" || name === "break") atStart = true;
    const allowed = name === "speak" ? undefined : Object.hasOwn(taken, name) ? taken[name] : null;
    if (allowed === null) {
      refuse(index, `<${name}>`, `leave it out; it takes ${Object.keys(taken).join(", ")}`);
    }
    for (const [, attribute = "", quoted = ""] of attributes.matchAll(/([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
      const values = allowed
        ? Object.hasOwn(allowed, attribute) && allowed[attribute]
        : SPEAK_ATTRIBUTES.includes(attribute);
      const value = quoted.slice(1, -1);
      if (!values) refuse(index, `${attribute} of <${name}>`, "leave the attribute out, or choose another voice");
      if (Array.isArray(values) && !values.includes(value)) {
        refuse(index, `${attribute}="${value.slice(0, 50)}" of <${name}>`, `it takes ${values.join(", ")}`);
      }
      const prosody = name === "prosody" ? PROSODY_VALUES[attribute] : undefined;
      if (prosody && !prosody.valid(value)) {
        refuse(index, `${attribute}="${value.slice(0, 50)}" of <${name}>`, prosody.takes);
      }
    }
  }
}
