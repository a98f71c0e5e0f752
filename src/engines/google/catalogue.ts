import { createHash } from "node:crypto";
import { AppError } from "../../errors.ts";
import type { EngineCache, EngineVoice, Gender } from "../engine.ts";
import { GoogleClient } from "./client.ts";
import { GEMINI_LANGUAGES, GEMINI_MODELS, SPEAKERS } from "./gemini.ts";
import type { GoogleSettings } from "./setup.ts";
import { googleVoice, voiceIdOf } from "./voices.ts";

/** What is kept of a listed voice. */
interface Listed {
  voiceId: string;
  gender: Gender;
}

interface Kept {
  fetchedAt: number;
  voices: Listed[];
}

const FRESH_MS = 24 * 60 * 60 * 1_000;
/** A list that is older than a day is better than none while Google does not answer. */
const KEPT_MS = 30 * FRESH_MS;
/** So long nobody waits for Google again after it did not answer. */
const AFTER_FAILURE_MS = 60_000;

/**
 * Google's voices, from its own list, which is asked for once a day and kept in the cache for thirty. Gemini's, which
 * speak every language of theirs, are known by name.
 */
export class GoogleCatalogue {
  readonly #cache: EngineCache;
  readonly #now: () => number;
  #asking: Promise<EngineVoice[]> | undefined;
  /** Whose list is remembered, and until when. */
  #known: { endpoint: string; until: number; voices?: EngineVoice[]; failure?: unknown } | undefined;

  constructor(cache: EngineCache, now = Date.now) {
    this.#cache = cache;
    this.#now = now;
  }

  /** @throws AppErrors of the client when Google does not answer and no list is kept */
  async voices(settings: GoogleSettings): Promise<EngineVoice[]> {
    const known = this.#known;
    if (known?.endpoint === settings.endpoint && known.until > this.#now()) {
      if (known.voices) return [...known.voices];
      throw known.failure;
    }
    this.#asking ??= this.#find(settings).finally(() => {
      this.#asking = undefined;
    });
    return [...(await this.#asking)];
  }

  forget(): void {
    this.#known = undefined;
  }

  async #find(settings: GoogleSettings): Promise<EngineVoice[]> {
    const { endpoint } = settings;
    const key = `google/voices/${createHash("sha256").update(endpoint).digest("hex").slice(0, 16)}`;
    const kept = readKept(await this.#cache.get(key));
    if (kept && kept.fetchedAt + FRESH_MS > this.#now()) {
      return this.#remember(endpoint, kept, kept.fetchedAt + FRESH_MS);
    }
    try {
      const listed: Kept = { fetchedAt: this.#now(), voices: await ask(settings) };
      await this.#cache.set(key, listed, KEPT_MS);
      return this.#remember(endpoint, listed, listed.fetchedAt + FRESH_MS);
    } catch (error) {
      const until = this.#now() + AFTER_FAILURE_MS;
      if (kept) return this.#remember(endpoint, kept, until);
      this.#known = { endpoint, until, failure: error };
      throw error;
    }
  }

  #remember(endpoint: string, { voices }: Kept, until: number): EngineVoice[] {
    const all = [...voices.map(({ voiceId, gender }) => describe(voiceId, gender)), ...geminiVoices()];
    this.#known = { endpoint, until, voices: all };
    return all;
  }
}

async function ask(settings: GoogleSettings): Promise<Listed[]> {
  const client = new GoogleClient(settings);
  try {
    const { voices } = (await client.listVoices(new AbortController().signal)) as { voices?: unknown };
    if (!Array.isArray(voices)) {
      throw new AppError("PROVIDER_ERROR", "Google answered without a list of voices.", { hint: "try again" });
    }
    const found = new Map<string, Listed>();
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

/** What the cache has, unless another version wrote it in another form. */
function readKept(value: unknown): Kept | undefined {
  const kept = value as Partial<Kept> | undefined;
  return typeof kept?.fetchedAt === "number" && Array.isArray(kept.voices) ? (kept as Kept) : undefined;
}

function geminiVoices(): EngineVoice[] {
  return GEMINI_LANGUAGES.flatMap((language) =>
    Object.entries(SPEAKERS).map(([name, { gender }]) => describe(`google:${language}-Gemini-${name}`, gender)),
  );
}

/**
 * Characters a second where they are not letters of an alphabet: a mean of conversational rates for Mandarin and
 * Cantonese (a syllable each), Japanese (two morae each) and Korean. Else 15, about 160 English words a minute.
 */
const CHARS_PER_SECOND: Readonly<Record<string, number>> = { cmn: 5.2, yue: 5.2, ja: 5.5, ko: 6 };
const LETTERS_PER_SECOND = 15;

const regions = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

function describe(voiceId: string, gender: Gender): EngineVoice {
  const { language, family, name, modelType, gemini, rank } = googleVoice(voiceId);
  const [speech = "", region = ""] = language.split("-");
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
      accent: (/^[A-Z]{2}$/.test(region) && regions.of(region)) || "",
      pitch: "",
      useCase: family === "News" ? ["news"] : [],
    },
    availableModels: gemini ? [...GEMINI_MODELS] : [],
    available: true,
    rank,
    charsPerSecond: CHARS_PER_SECOND[speech] ?? LETTERS_PER_SECOND,
  };
}
