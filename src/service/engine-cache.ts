import type { EngineCache } from "../engines/engine.ts";
import type { Store } from "../store/database.ts";

/** Engines' memory in the database: what a provider was asked for is known to every process and after a restart. */
export class StoredEngineCache implements EngineCache {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async get(key: string): Promise<unknown> {
    const row = await this.#store
      .selectFrom("engine_cache")
      .select("value")
      .where("key", "=", key)
      .where("expires_at", ">", Date.now())
      .executeTakeFirst();
    return row && JSON.parse(row.value);
  }

  async set(key: string, value: unknown, lifeMs: number): Promise<void> {
    const row = { value: JSON.stringify(value), expires_at: Date.now() + lifeMs };
    await this.#store
      .insertInto("engine_cache")
      .values({ key, ...row })
      .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
      .execute();
  }
}
