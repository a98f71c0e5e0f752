import type { VoiceCapabilities } from "../engines/engine.ts";
import type { OutputFormat } from "../speech/encoders/encoder.ts";
import type { CatalogueEntry } from "./engine-listing.ts";
import { matchesLanguage } from "./language-tags.ts";

/** A modifier that a voice may or may not support, as callers filter by it. */
export type Supports = "streaming" | "ssml" | "markup" | "speed" | "prompt" | "multi_speaker" | "bitrate";

export interface VoiceQuery {
  query?: string;
  voiceId?: string;
  /** BCP-47 prefix: `en` finds `en-US`. */
  language?: string;
  provider?: string;
  family?: string;
  gender?: string;
  modelType?: string;
  supports?: Supports[];
  outputFormat?: OutputFormat;
}

type Condition = (entry: CatalogueEntry) => boolean;

const SUPPORT_TESTS: Record<Supports, (capabilities: VoiceCapabilities) => boolean> = {
  streaming: (c) => c.streaming,
  ssml: (c) => c.ssml,
  markup: (c) => c.markup,
  speed: (c) => c.speed !== null,
  prompt: (c) => c.prompt,
  multi_speaker: (c) => c.multiSpeaker,
  bitrate: (c) => c.bitrate,
};

/** The voices that keep to all conditions but the words of `query`, in the given order. */
export function filterEntries(entries: readonly CatalogueEntry[], query: VoiceQuery): readonly CatalogueEntry[] {
  let left = entries;
  for (const holds of conditionsOf(query)) left = left.filter(holds);
  return left;
}

/** Those of the query that were given. No voice lacks an output format, so `outputFormat` leaves none out. */
function conditionsOf(query: VoiceQuery): Condition[] {
  const { voiceId, language, provider, family, gender, modelType, supports = [] } = query;
  const conditions: Condition[] = [];
  if (voiceId) {
    const wanted = voiceId.toLowerCase();
    conditions.push(({ voice }) => voice.voiceId.length === wanted.length && voice.voiceId.toLowerCase() === wanted);
  }
  const judge = (of: (entry: CatalogueEntry) => string, test: (value: string) => boolean) => {
    // Thousands of voices share a hundred languages and fewer families.
    const judged = new Map<string, boolean>();
    conditions.push((entry) => {
      const value = of(entry);
      let verdict = judged.get(value);
      if (verdict === undefined) {
        verdict = test(value);
        judged.set(value, verdict);
      }
      return verdict;
    });
  };
  if (provider) {
    // Ids of engines, like genders and tiers, have no capitals.
    const wanted = provider.toLowerCase();
    conditions.push(({ voice }) => voice.provider === wanted);
  }
  if (gender) conditions.push(({ voice }) => voice.gender === gender);
  if (modelType) conditions.push(({ voice }) => voice.modelType === modelType);
  if (language)
    judge(
      ({ voice }) => voice.language,
      (value) => matchesLanguage(value, language),
    );
  if (family)
    judge(
      ({ voice }) => voice.family,
      (value) => value.toLowerCase() === family.toLowerCase(),
    );
  for (const name of supports) conditions.push(({ capabilities }) => SUPPORT_TESTS[name](capabilities));
  return conditions;
}
