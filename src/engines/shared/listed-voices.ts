import { createHash } from "node:crypto";
import type { EngineCache, EngineVoice, Gender } from "../engine.ts";

/** What is kept of a voice that a provider listed. */
export interface ListedVoice {
  voiceId: string;
  gender: Gender;
}

interface Kept {
  fetchedAt: number;
  voices: ListedVoice[];
}

interface Known {
  key: string;
  until: number;
  voices?: EngineVoice[];
  failure?: unknown;
}

const FRESH_MS = 24 * 60 * 60 * 1_000;
/** A list that is older than a day is better than none while the provider does not answer. */
const KEPT_MS = 30 * FRESH_MS;
/** So long nobody waits for a provider again after it did not answer. */
const AFTER_FAILURE_MS = 60_000;

/** A provider's own list of its voices: asked for once a day, kept in the cache for thirty. */
export class ListedVoices {
  readonly #cache: EngineCache;
  readonly #now: () => number;
  readonly #asking = new Map<string, Promise<EngineVoice[]>>();
  #known: Known | undefined;

  constructor(cache: EngineCache, now = Date.now) {
    this.#cache = cache;
    this.#now = now;
  }

  /**
   * @param source.provider whose list it is
   * @param source.of what the list depends on, such as the address it comes from; not who asks
   * @throws what `ask` throws, when no list is kept
   */
  async voices(source: {
    provider: string;
    of: string;
    ask: () => Promise<ListedVoice[]>;
    describe: (voices: readonly ListedVoice[]) => EngineVoice[];
  }): Promise<EngineVoice[]> {
    const hash = createHash("sha256").update(source.of).digest("hex").slice(0, 16);
    const key = `${source.provider}/voices/${hash}`;
    if (this.#known?.key === key && this.#known.until > this.#now()) {
      if (this.#known.voices) return [...this.#known.voices];
      throw this.#known.failure;
    }
    let asking = this.#asking.get(key);
    if (!asking) {
      asking = this.#find(key, source.ask, source.describe).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return [...(await asking)];
  }

  forget(): void {
    this.#known = undefined;
  }

  async #find(
    key: string,
    ask: () => Promise<ListedVoice[]>,
    describe: (voices: readonly ListedVoice[]) => EngineVoice[],
  ): Promise<EngineVoice[]> {
    const remember = ({ voices }: Kept, until: number): EngineVoice[] => {
      const described = describe(voices);
      this.#known = { key, until, voices: described };
      return described;
    };
    const kept = readKept(await this.#cache.get(key));
    if (kept && kept.fetchedAt + FRESH_MS > this.#now()) return remember(kept, kept.fetchedAt + FRESH_MS);
    try {
      const listed: Kept = { fetchedAt: this.#now(), voices: await ask() };
      await this.#cache.set(key, listed, KEPT_MS);
      return remember(listed, listed.fetchedAt + FRESH_MS);
    } catch (error) {
      const until = this.#now() + AFTER_FAILURE_MS;
      if (kept) return remember(kept, until);
      this.#known = { key, until, failure: error };
      throw error;
    }
  }
}

/** What the cache has, unless another version wrote it in another form. */
function readKept(value: unknown): Kept | undefined {
  const kept = value as Partial<Kept> | undefined;
  return typeof kept?.fetchedAt === "number" && Array.isArray(kept.voices) ? (kept as Kept) : undefined;
}
