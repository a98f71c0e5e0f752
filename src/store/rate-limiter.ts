import { sql } from "kysely";
import type { IRateLimiterOptions } from "rate-limiter-flexible";
// By their files: the package's entry does not export the first, and would bring every other store along.
import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import RateLimiterStoreAbstract from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import type { Store } from "./database.ts";

interface Counter {
  points: number;
  expires_at: number | null;
}

/** A rate-limiter-flexible limiter that counts in our database, so that limits hold over restarts and processes. */
export class DatabaseRateLimiter extends RateLimiterStoreAbstract {
  readonly #store: Store;

  constructor(store: Store, options: IRateLimiterOptions) {
    super({ ...options, storeClient: store });
    this.#store = store;
  }

  // The four that the abstract class asks its subclasses for.

  async _upsert(key: string, points: number, durationMs: number, replace = false): Promise<Counter> {
    const now = Date.now();
    const expires_at = durationMs > 0 ? now + durationMs : null;
    await this.#store.deleteFrom("rate_limits").where("expires_at", "<=", now).execute();
    const counted = sql<number>`rate_limits.points + excluded.points`;
    return this.#store
      .insertInto("rate_limits")
      .values({ key, points, expires_at })
      .onConflict((conflict) =>
        conflict.column("key").doUpdateSet(replace ? { points, expires_at } : { points: counted }),
      )
      .returning(["points", "expires_at"])
      .executeTakeFirstOrThrow();
  }

  async _get(key: string): Promise<Counter | null> {
    const row = await this.#store
      .selectFrom("rate_limits")
      .select(["points", "expires_at"])
      .where("key", "=", key)
      .where((eb) => eb.or([eb("expires_at", ">", Date.now()), eb("expires_at", "is", null)]))
      .executeTakeFirst();
    return row ?? null;
  }

  async _delete(key: string): Promise<boolean> {
    const { numDeletedRows } = await this.#store.deleteFrom("rate_limits").where("key", "=", key).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  _getRateLimiterRes(_key: string, changedPoints: number, { points, expires_at }: Counter): RateLimiterRes {
    const msBeforeNext = expires_at === null ? -1 : Math.max(expires_at - Date.now(), 0);
    return new RateLimiterRes(Math.max(this.points - points, 0), msBeforeNext, points, points === changedPoints);
  }
}
