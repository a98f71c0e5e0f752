import { createHash } from "node:crypto";
import { AppError } from "../../errors.ts";
import type { EngineCache, EngineVoice, Gender } from "../engine.ts";
import { PollyCalls } from "./client.ts";
import type { PollySettings } from "./setup.ts";
import { pollyVoice, voiceIdOf } from "./voices.ts";

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
/** A list that is older than a day is better than none while Polly does not answer. */
const KEPT_MS = 30 * FRESH_MS;
/** So long nobody waits for Polly again after it did not answer. */
const AFTER_FAILURE_MS = 60_000;

/** The voices that Polly has in a region, from its own list: asked for once a day, kept in the cache for thirty. */
export class PollyCatalogue {
  readonly #cache: EngineCache;
  readonly #now: () => number;
  readonly #asking = new Map<string, Promise<EngineVoice[]>>();
  /** Whose list is remembered, and until when. */
  #known: { key: string; until: number; voices?: EngineVoice[]; failure?: unknown } | undefined;

  constructor(cache: EngineCache, now = Date.now) {
    this.#cache = cache;
    this.#now = now;
  }

  /** @throws AppErrors, see `failureOf`, when Polly does not answer and no list is kept */
  async voices(settings: PollySettings): Promise<EngineVoice[]> {
    const key = keyOf(settings);
    if (this.#known?.key === key && this.#known.until > this.#now()) {
      if (this.#known.voices) return [...this.#known.voices];
      throw this.#known.failure;
    }
    let asking = this.#asking.get(key);
    if (!asking) {
      asking = this.#find(key, settings).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return [...(await asking)];
  }

  forget(): void {
    this.#known = undefined;
  }

  async #find(key: string, settings: PollySettings): Promise<EngineVoice[]> {
    const kept = readKept(await this.#cache.get(key));
    if (kept && kept.fetchedAt + FRESH_MS > this.#now()) return this.#remember(key, kept, kept.fetchedAt + FRESH_MS);
    try {
      const listed: Kept = { fetchedAt: this.#now(), voices: await ask(settings) };
      await this.#cache.set(key, listed, KEPT_MS);
      return this.#remember(key, listed, listed.fetchedAt + FRESH_MS);
    } catch (error) {
      const until = this.#now() + AFTER_FAILURE_MS;
      if (kept) return this.#remember(key, kept, until);
      this.#known = { key, until, failure: error };
      throw error;
    }
  }

  #remember(key: string, { voices }: Kept, until: number): EngineVoice[] {
    const all = voices.map(describe);
    this.#known = { key, until, voices: all };
    return all;
  }
}

/** Which voices there are depends on the region, not on who asks. */
function keyOf({ region, endpoint = "" }: PollySettings): string {
  return `polly/voices/${createHash("sha256").update(`${region} ${endpoint}`).digest("hex").slice(0, 16)}`;
}

async function ask(settings: PollySettings): Promise<Listed[]> {
  const calls = new PollyCalls(settings);
  try {
    const found = new Map<string, Listed>();
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

/** What the cache has, unless another version wrote it in another form. */
function readKept(value: unknown): Kept | undefined {
  const kept = value as Partial<Kept> | undefined;
  return typeof kept?.fetchedAt === "number" && Array.isArray(kept.voices) ? (kept as Kept) : undefined;
}

/** Voices of children, as Polly's list of voices in its Developer Guide marks them. */
const CHILDREN = new Set(["Ivy", "Justin", "Kevin"]);

/**
 * Characters a second where they are not letters of an alphabet: a mean of conversational rates for Mandarin and
 * Cantonese (a syllable each), Japanese (two morae each) and Korean. Else 15, about 160 English words a minute.
 */
const CHARS_PER_SECOND: Readonly<Record<string, number>> = { cmn: 5.2, yue: 5.2, ja: 5.5, ko: 6 };
const LETTERS_PER_SECOND = 15;

const regions = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

function describe({ voiceId, gender }: Listed): EngineVoice {
  const { language, family, name, modelType, rank, languageCode } = pollyVoice(voiceId);
  const [speech = "", region = ""] = language.split("-");
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
      accent: languageCode === "en-GB-WLS" ? "Welsh" : (region && regions.of(region)) || "",
      pitch: "",
      useCase: family === "LongForm" ? ["long texts"] : [],
    },
    availableModels: [],
    available: true,
    rank,
    charsPerSecond: CHARS_PER_SECOND[speech] ?? LETTERS_PER_SECOND,
  };
}
