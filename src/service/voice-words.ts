import type { EngineVoice } from "../engines/engine.ts";
import { canonicalTag } from "./language-tags.ts";

/** Lower case, without accents. */
const fold = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** The words of a text, as voices are found by them: folded, each once. */
export const wordsOf = (text: string): string[] => [...new Set(fold(text).match(/[\p{L}\p{N}]+/gu) ?? [])];

/** Words of a query that say nothing of a voice. */
const EMPTY_WORDS = new Set(["a", "an", "the", "with", "in", "for", "from", "and", "voice", "voices", "speaker"]);

/** The words that a query asks for; one of empty words only is taken as it is. */
export function askedWords(query: string): string[] {
  const words = wordsOf(query);
  const telling = words.filter((word) => !EMPTY_WORDS.has(word));
  return telling.length > 0 ? telling : words;
}

/** What people call a language or country beside its names in English and in itself. */
const ALSO: Readonly<Record<string, string>> = {
  zh: "mandarin cmn putonghua",
  yue: "cantonese chinese",
  GB: "uk britain england",
  US: "usa america",
  KR: "korea",
  NL: "holland",
  AE: "uae emirates",
  nb: "no norwegian norsk",
  fil: "tagalog",
  fa: "farsi",
};
const GENDER_WORDS: Readonly<Record<string, string>> = { male: "male man", female: "female woman" };

const byLanguage = new Map<string, string>();

/** Everything a language is called: its tag, its names, its country's, in English and in itself. */
function languageWords(language: string): string {
  const known = byLanguage.get(language);
  if (known !== undefined) return known;
  const tag = canonicalTag(language);
  const [base = "", ...subtags] = tag.split("-");
  const region = subtags.find((subtag) => /^([A-Z]{2}|\d{3})$/.test(subtag));
  const name = (of: string, type: "language" | "region", inLanguage: string) => {
    try {
      return new Intl.DisplayNames(inLanguage, { type, fallback: "none" }).of(of);
    } catch {
      // Not every provider's tags are well-formed.
      return undefined;
    }
  };
  const words = [
    ...[language, tag, ALSO[base]],
    // "British English" as well as "English" and "United Kingdom": people ask by either.
    ...["en", base].flatMap((spoken) => [name(tag, "language", spoken), name(base, "language", spoken)]),
    ...(region ? [ALSO[region], name(region, "region", "en"), name(region, "region", base)] : []),
  ];
  const joined = words.filter(Boolean).join(" ");
  byLanguage.set(language, joined);
  return joined;
}

/** All words that find a voice. */
export function voiceWords(voice: EngineVoice): string[] {
  const { styles, roles, age, accent, pitch, useCase } = voice.characteristics;
  const own = [voice.voiceId, voice.name, voice.family, voice.provider, voice.modelType, ...voice.availableModels];
  const gender = GENDER_WORDS[voice.gender] ?? voice.gender;
  const character = [...styles, ...roles, age, accent, pitch, ...useCase];
  return wordsOf([...own, gender, languageWords(voice.language), ...character].join(" "));
}
