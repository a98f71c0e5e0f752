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
  const conditions = conditionsOf(query);
  if (conditions.length === 0) return entries;
  return entries.filter((entry) => conditions.every((holds) => holds(entry)));
}

/** Those of the query that were given. No voice lacks an output format, so `outputFormat` leaves none out. */
function conditionsOf({ voiceId, language, provider, family, gender, modelType, supports = [] }: VoiceQuery) {
  const conditions: Condition[] = [];
  const same = (wanted: string | undefined, of: (entry: CatalogueEntry) => string) => {
    if (!wanted) return;
    const folded = wanted.toLowerCase();
    conditions.push((entry) => {
      const got = of(entry);
      return got === wanted || got.toLowerCase() === folded;
    });
  };
  same(voiceId, ({ voice }) => voice.voiceId);
  same(provider, ({ voice }) => voice.provider);
  same(gender, ({ voice }) => voice.gender);
  same(modelType, ({ voice }) => voice.modelType);
  same(family, ({ voice }) => voice.family);
  if (language) {
    // Thousands of voices have a hundred languages.
    const judged = new Map<string, boolean>();
    conditions.push(({ voice }) => {
      let matches = judged.get(voice.language);
      if (matches === undefined) {
        matches = matchesLanguage(voice.language, language);
        judged.set(voice.language, matches);
      }
      return matches;
    });
  }
  for (const name of supports) conditions.push(({ capabilities }) => SUPPORT_TESTS[name](capabilities));
  return conditions;
}
