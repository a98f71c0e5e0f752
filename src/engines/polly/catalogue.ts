import { AppError } from "../../errors.ts";
import type { EngineCache, EngineVoice, Gender } from "../engine.ts";
import { type ListedVoice, ListedVoices } from "../shared/listed-voices.ts";
import { countryOf, usualCharsPerSecond } from "../shared/provider-voices.ts";
import { PollyCalls } from "./client.ts";
import type { PollySettings } from "./setup.ts";
import { pollyVoice, voiceIdOf } from "./voices.ts";

/** The voices that Polly has in a region, from its own list. */
export class PollyCatalogue {
  readonly #listed: ListedVoices;

  constructor(cache: EngineCache, now = Date.now) {
    this.#listed = new ListedVoices(cache, now);
  }

  /** @throws AppErrors, see `failureOf`, when Polly does not answer and no list is kept */
  voices(settings: PollySettings): Promise<EngineVoice[]> {
    const { region, endpoint = "" } = settings;
    return this.#listed.voices({
      provider: "polly",
      of: `${region} ${endpoint}`,
      ask: () => ask(settings),
      describe: (voices) => voices.map(describe),
    });
  }

  forget(): void {
    this.#listed.forget();
  }
}

async function ask(settings: PollySettings): Promise<ListedVoice[]> {
  const calls = new PollyCalls(settings);
  try {
    const found = new Map<string, ListedVoice>();
    for (const voice of await calls.describeVoices(new AbortController().signal)) {
      const { Id: name = "", Gender: gender = "", LanguageCode: own = "", AdditionalLanguageCodes: more = [] } = voice;
      for (const language of [own, ...more]) {
        for (const engine of voice.SupportedEngines ?? []) {
          const voiceId = voiceIdOf(language, engine, name);
          if (voiceId) found.set(voiceId, { voiceId, gender: GENDERS[gender] ?? "neutral" });
        }
      }
    }
    if (found.size === 0) {
      throw new AppError("PROVIDER_ERROR", `Amazon Polly lists no voices in ${settings.region}.`, {
        hint: "set AWS_REGION to a region that has Amazon Polly, such as us-east-1",
        details: { provider: "polly" },
      });
    }
    return [...found.values()].sort((a, b) => (a.voiceId < b.voiceId ? -1 : 1));
  } finally {
    await calls.close();
  }
}

const GENDERS: Readonly<Record<string, Gender>> = { Male: "male", Female: "female" };

/** Voices of children, as Polly's list of voices in its Developer Guide marks them. */
const CHILDREN = new Set(["Ivy", "Justin", "Kevin"]);

function describe({ voiceId, gender }: ListedVoice): EngineVoice {
  const { language, family, name, modelType, rank, languageCode } = pollyVoice(voiceId);
  return {
    voiceId,
    provider: "polly",
    language,
    family,
    name,
    gender,
    modelType,
    // Polly tells no more of its voices than this; what is empty is not known.
    characteristics: {
      styles: [],
      roles: [],
      age: CHILDREN.has(name) ? "child" : "",
      accent: languageCode === "en-GB-WLS" ? "Welsh" : countryOf(language),
      pitch: "",
      useCase: family === "LongForm" ? ["long texts"] : [],
    },
    availableModels: [],
    available: true,
    rank,
    charsPerSecond: usualCharsPerSecond(language),
  };
}
