import type { Store } from "./database.ts";

/** A Keyv store over the `client_memory` table: what the client remembers survives restarts and is shared by processes. */
export class KeyvAdapter {
  /** Keyv sets these on its stores. */
  opts: Record<string, unknown> = {};
  namespace?: string;
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  async get(key: string): Promise<string | undefined> {
    const row = await this.#store.selectFrom("client_memory").selectAll().where("key", "=", key).executeTakeFirst();
    return row && (row.expires_at === null || row.expires_at > this.#now()) ? row.value : undefined;
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    const expires_at = ttlMs === undefined ? null : this.#now() + ttlMs;
    await this.#store.transaction().execute(async (trx) => {
      await trx.deleteFrom("client_memory").where("expires_at", "<=", this.#now()).execute();
      await trx
        .insertInto("client_memory")
        .values({ key, value, expires_at })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value, expires_at }))
        .execute();
    });
  }

  async delete(key: string): Promise<boolean> {
    const result = await this.#store.deleteFrom("client_memory").where("key", "=", key).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async clear(): Promise<void> {
    await this.#store.deleteFrom("client_memory").execute();
  }

  /** Keyv attaches an error listener; failures here are thrown to the caller instead. */
  on(): this {
    return this;
  }
}
