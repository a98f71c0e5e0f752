import type { EngineVoice } from "../../src/engines/engine.ts";
import { Catalogue, type VoiceQuery } from "../../src/service/catalogue.ts";
import { manyEngines, manyVoices } from "../../test/support/many-voices.ts";
import type { Measured } from "../harness/figure.ts";
import { ratioOf, timed } from "../harness/interleave.ts";

const VOICES = 5_000;
const ROUNDS = { rounds: 300, warmUps: 50 };

interface Search {
  query: VoiceQuery;
  /** The same question as a plain filter asks it, of a voice and everything written about it in lower case. */
  plain: (voice: EngineVoice, written: string) => boolean;
}

const SEARCHES: Record<string, Search> = {
  "a language": { query: { language: "en" }, plain: ({ language }) => language.startsWith("en-") },
  "a provider and a gender": {
    query: { provider: "polly", gender: "male" },
    plain: ({ provider, gender }) => provider === "polly" && gender === "male",
  },
  "all simple filters": {
    query: { language: "de", provider: "google", family: "Wavenet", gender: "female", modelType: "premium" },
    plain: ({ language, provider, family, gender, modelType }) =>
      language.startsWith("de-") &&
      provider === "google" &&
      family === "Wavenet" &&
      gender === "female" &&
      modelType === "premium",
  },
  "three words": {
    query: { query: "brian british male" },
    plain: (_, written) => ["brian", "british", " male"].every((word) => written.includes(word)),
  },
  "a common word": { query: { query: "female" }, plain: (_, written) => written.includes("female") },
  "words and filters": {
    query: { query: "german male", provider: "google" },
    plain: ({ provider }, written) =>
      provider === "google" && ["german", " male"].every((word) => written.includes(word)),
  },
  "a misspelt name": { query: { query: "brien" }, plain: (_, written) => written.includes("brien") },
};

/** A search among 5,000 voices by the catalogue against Array.filter over the same voices, the worst of several. */
export async function voiceSearch(): Promise<Measured> {
  const voices = manyVoices(VOICES);
  const catalogue = new Catalogue(manyEngines(voices));
  const names = new Intl.DisplayNames("en", { type: "language" });
  const written = voices.map(({ voiceId, gender, language }) =>
    `${voiceId} ${gender} ${names.of(language)}`.toLowerCase(),
  );
  const all: Measured[] = [];
  for (const [what, { query, plain }] of Object.entries(SEARCHES)) {
    const measured = await ratioOf(
      { what: `${what}, by the catalogue`, once: () => timed(() => catalogue.search(query)) },
      {
        what: `${what}, by Array.filter`,
        once: () => timed(async () => voices.filter((voice, i) => plain(voice, written[i]!))),
      },
      ROUNDS,
    );
    all.push(measured);
  }
  all.sort((a, b) => b.value - a.value);
  return { ...all[0]!, details: all };
}
