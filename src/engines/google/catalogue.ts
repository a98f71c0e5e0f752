import { AppError } from "../../errors.ts";
import type { EngineCache, EngineVoice, Gender } from "../engine.ts";
import { type ListedVoice, ListedVoices } from "../shared/listed-voices.ts";
import { countryOf, usualCharsPerSecond } from "../shared/provider-voices.ts";
import { GoogleClient } from "./client.ts";
import { GEMINI_LANGUAGES, GEMINI_MODELS, SPEAKERS } from "./gemini.ts";
import type { GoogleSettings } from "./setup.ts";
import { googleVoice, voiceIdOf } from "./voices.ts";

/** Google's voices: those it lists, and Gemini's, which speak every language of theirs and are known by name. */
export class GoogleCatalogue {
  readonly #listed: ListedVoices;

  constructor(cache: EngineCache, now = Date.now) {
    this.#listed = new ListedVoices(cache, now);
  }

  /** @throws AppErrors of the client when Google does not answer and no list is kept */
  voices(settings: GoogleSettings): Promise<EngineVoice[]> {
    return this.#listed.voices({
      provider: "google",
      of: settings.endpoint,
      ask: () => ask(settings),
      describe: (voices) => [...voices.map(({ voiceId, gender }) => describe(voiceId, gender)), ...geminiVoices()],
    });
  }

  forget(): void {
    this.#listed.forget();
  }
}

async function ask(settings: GoogleSettings): Promise<ListedVoice[]> {
  const client = new GoogleClient(settings);
  try {
    const { voices } = (await client.listVoices(new AbortController().signal)) as { voices?: unknown };
    if (!Array.isArray(voices)) {
      throw new AppError("PROVIDER_ERROR", "Google answered without a list of voices.", { hint: "try again" });
    }
    const found = new Map<string, ListedVoice>();
    for (const { name, ssmlGender } of voices as { name?: unknown; ssmlGender?: unknown }[]) {
      const voiceId = voiceIdOf(String(name));
      if (voiceId) found.set(voiceId, { voiceId, gender: GENDERS[String(ssmlGender)] ?? "neutral" });
    }
    return [...found.values()].sort((a, b) => (a.voiceId < b.voiceId ? -1 : 1));
  } finally {
    await client.close();
  }
}

const GENDERS: Readonly<Record<string, Gender>> = { MALE: "male", FEMALE: "female" };

function geminiVoices(): EngineVoice[] {
  return GEMINI_LANGUAGES.flatMap((language) =>
    Object.entries(SPEAKERS).map(([name, { gender }]) => describe(`google:${language}-Gemini-${name}`, gender)),
  );
}

function describe(voiceId: string, gender: Gender): EngineVoice {
  const { language, family, name, modelType, gemini, rank } = googleVoice(voiceId);
  const speaker = gemini || family === "Chirp3HD" ? SPEAKERS[name] : undefined;
  return {
    voiceId,
    provider: "google",
    language,
    family,
    name,
    gender: speaker?.gender ?? gender,
    modelType,
    // Google tells no more of its voices than this; what is empty is not known.
    characteristics: {
      styles: speaker ? [speaker.style] : [],
      roles: [],
      age: "",
      accent: countryOf(language),
      pitch: "",
      useCase: family === "News" ? ["news"] : [],
    },
    availableModels: gemini ? [...GEMINI_MODELS] : [],
    available: true,
    rank,
    charsPerSecond: usualCharsPerSecond(language),
  };
}
