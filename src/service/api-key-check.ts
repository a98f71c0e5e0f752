import type { Store } from "../store/database.ts";
import { ReadCache, type Reader } from "../store/reader.ts";
import { hashKey, isOver } from "./api-keys.ts";

/** When a key was last used is told to the minute: not every request is a write. */
const USE_PRECISION_MS = 60_000;

/** Who a key stands for. */
export interface KeyOwner {
  keyId: string;
  accountId: string;
  scopes: ReadonlySet<string>;
}

interface KnownKey extends KeyOwner {
  expiresAt: number | null;
  lastUsedAt: number;
}

interface Row {
  key_id: string;
  account_id: string;
  scopes: string;
  expires_at: number | null;
  last_used_at: number | null;
}

/** Looks API keys up, for every request. */
export class ApiKeyCheck {
  readonly #store: Store;
  readonly #known: ReadCache<KnownKey | null>;

  constructor(store: Store, reader: Reader) {
    this.#store = store;
    this.#known = new ReadCache(reader);
  }

  /** Whose key this is; undefined for an unknown, revoked or expired one. */
  async find(key: string): Promise<KeyOwner | undefined> {
    const hash = hashKey(key);
    const known = this.#known.get(hash, (reader) => readKey(reader, hash));
    if (!known || isOver(known.expiresAt)) return undefined;
    const now = Date.now();
    if (known.lastUsedAt < now - USE_PRECISION_MS) {
      known.lastUsedAt = now;
      await this.#store.updateTable("api_keys").set({ last_used_at: now }).where("key_id", "=", known.keyId).execute();
    }
    return known;
  }
}

function readKey(reader: Reader, hash: string): KnownKey | null {
  const row = reader.get<Row>(
    `select key_id, account_id, scopes, expires_at, last_used_at from api_keys
      where key_hash = ? and revoked_at is null`,
    hash,
  );
  if (!row) return null;
  const { key_id: keyId, account_id: accountId, expires_at: expiresAt } = row;
  return { keyId, accountId, scopes: new Set(JSON.parse(row.scopes)), expiresAt, lastUsedAt: row.last_used_at ?? 0 };
}
