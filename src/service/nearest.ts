import { distance } from "fastest-levenshtein";
import type { CatalogueEntry } from "./engine-listing.ts";
import { baseLanguage, canonicalTag } from "./language-tags.ts";

/** The `count` names nearest to `name` by edit distance, nearest first. */
export function nearestNames(name: string, known: readonly string[], count: number): string[] {
  const wanted = name.toLowerCase().slice(0, 200);
  return known
    .map((candidate) => ({ candidate, d: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.d - b.d)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** The language in a voice id of the published layout, `provider:language-Family-Name`. */
const LANGUAGE_OF_ID = /^[^:]+:([a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?)-/i;

/** The language (BCP-47) that a voice id tells, or undefined. */
export const languageOfId = (voiceId: string): string | undefined => LANGUAGE_OF_ID.exec(voiceId)?.[1];

/**
 * The voice most like the one asked for: its language first, then its gender, then the order of the entries.
 * @param voiceId tells the language when nothing else is known of the voice
 * @param speaking voices that can speak, best first
 */
export function nearestVoice(
  voiceId: string,
  like: CatalogueEntry | undefined,
  speaking: readonly CatalogueEntry[],
): CatalogueEntry | undefined {
  const language = like?.voice.language ?? languageOfId(voiceId);
  const score = ({ voice }: CatalogueEntry) => {
    const sameGender = like && voice.gender === like.voice.gender ? 1 : 0;
    if (!language || baseLanguage(voice.language) !== baseLanguage(language)) return sameGender;
    return sameGender + (canonicalTag(voice.language) === canonicalTag(language) ? 4 : 2);
  };
  let best: { entry: CatalogueEntry; score: number } | undefined;
  for (const entry of speaking) {
    const own = score(entry);
    if (!best || own > best.score) best = { entry, score: own };
  }
  return best?.entry;
}
