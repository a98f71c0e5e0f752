import { ReadCache, type Reader } from "../store/reader.ts";

const MOST_KEPT = 1_000;

/**
 * Counts and sums that take a walk over many rows, remembered while nobody changes the database. Only what depends on
 * the database alone may be kept here: nothing that changes with time.
 */
export class AnswerCache {
  readonly #kept: ReadCache<Promise<unknown>> | undefined;

  /** Without a reader nothing is remembered. */
  constructor(reader?: Reader) {
    this.#kept = reader && new ReadCache(reader, MOST_KEPT);
  }

  /** @param question everything that the answer depends on, besides the database */
  get<T>(question: readonly unknown[], answer: () => Promise<T>): Promise<T> {
    const kept = this.#kept;
    if (!kept) return answer();
    const key = JSON.stringify(question);
    return kept.get(key, () => {
      const given = answer();
      // A database that was busy is not busy for ever.
      given.catch(() => kept.forget(key));
      return given;
    }) as Promise<T>;
  }
}
