import { distance } from "fastest-levenshtein";
import type { ElementName } from "./document.ts";
import {
  EMPHASES,
  PITCH_TAKES,
  RATE_TAKES,
  readLanguage,
  readPitch,
  readRate,
  readTime,
  readVolume,
  STRENGTHS,
  TIME_TAKES,
  VOLUME_TAKES,
} from "./values.ts";

/** What an attribute takes. */
export interface AttributeRule {
  required?: boolean;
  /** In words, for a hint. */
  takes: string;
  valid(value: string): boolean;
}

export interface ElementRule {
  attributes: Readonly<Record<string, AttributeRule>>;
  /** One of these must be there. */
  oneOf?: readonly string[];
  /** What may stand in it: elements and text, text (and not nothing), or nothing. */
  content: "elements" | "text" | "nothing";
  /** Elements that it may not be in, at any depth. */
  notIn?: readonly ElementName[];
}

const anyText: AttributeRule = { takes: "a text that is not empty", valid: (value) => value.trim() !== "" };
const language: AttributeRule = {
  takes: 'a language tag such as "en-US" or "fr"',
  valid: (value) => readLanguage(value) !== undefined,
};
const words = (...values: string[]): AttributeRule => ({
  takes: values.join(", "),
  valid: (value) => values.includes(value),
});
const required = (rule: AttributeRule): AttributeRule => ({ ...rule, required: true });

const NAMESPACE = "http://www.w3.org/2001/10/synthesis";

/** The elements of SSML that are spoken here. https://www.w3.org/TR/speech-synthesis11/#S3 */
export const ELEMENTS: Readonly<Record<ElementName, ElementRule>> = {
  speak: {
    attributes: {
      version: words("1.0", "1.1"),
      xmlns: words(NAMESPACE, NAMESPACE.replace("http:", "https:")),
      "xml:lang": language,
      // Tells validators where the schema is; nothing to be heard.
      "xsi:schemaLocation": anyText,
    },
    content: "elements",
  },
  p: { attributes: { "xml:lang": language }, content: "elements", notIn: ["p", "s", "emphasis"] },
  s: { attributes: { "xml:lang": language }, content: "elements", notIn: ["s", "emphasis"] },
  break: {
    attributes: {
      time: { takes: TIME_TAKES, valid: (value) => readTime(value) !== undefined },
      strength: words(...Object.keys(STRENGTHS)),
    },
    content: "nothing",
  },
  prosody: {
    attributes: {
      rate: { takes: RATE_TAKES, valid: (value) => readRate(value) !== undefined },
      pitch: { takes: PITCH_TAKES, valid: (value) => readPitch(value) !== undefined },
      volume: { takes: VOLUME_TAKES, valid: (value) => readVolume(value) !== undefined },
    },
    oneOf: ["rate", "pitch", "volume"],
    content: "elements",
  },
  emphasis: { attributes: { level: words(...Object.keys(EMPHASES)) }, content: "elements" },
  sub: { attributes: { alias: required(anyText) }, content: "text" },
  "say-as": {
    attributes: { "interpret-as": required(anyText), format: anyText, detail: anyText },
    content: "text",
  },
  voice: {
    attributes: {
      name: anyText,
      gender: words("male", "female", "neutral"),
      // SSML 1.0, Google's and SSML 1.1's spelling of the same wish.
      "xml:lang": language,
      language,
      languages: language,
    },
    oneOf: ["name", "gender", "language", "xml:lang"],
    content: "elements",
  },
  lang: { attributes: { "xml:lang": required(language) }, content: "elements" },
  phoneme: { attributes: { alphabet: anyText, ph: required(anyText) }, content: "text" },
  mark: { attributes: { name: required(anyText) }, content: "nothing" },
};

export const isElementName = (name: string): name is ElementName => Object.hasOwn(ELEMENTS, name);

/** Declares a prefix of names; nothing to be heard by itself. */
export const isNamespacePrefix = (element: ElementName, attribute: string): boolean =>
  element === "speak" && attribute.startsWith("xmlns:");

const NEAR = 3;

/** Which of the known names was meant, or all of them. */
export function hintFor(name: string, known: readonly string[], show: (name: string) => string): string {
  const wanted = name.slice(0, 50).toLowerCase();
  const steps = (one: string) => distance(wanted, one.toLowerCase());
  const nearest = known.toSorted((a, b) => steps(a) - steps(b))[0];
  const meant = nearest && steps(nearest) < Math.min(NEAR, nearest.length) ? `did you mean ${show(nearest)}? ` : "";
  return `${meant}Known here: ${known.map(show).join(", ") || "none"}`;
}
