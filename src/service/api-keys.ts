import { hash, randomBytes, randomUUID } from "node:crypto";
import { AppError } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { requireAccount } from "./accounts.ts";
import { isoTime } from "./clock.ts";

const PREFIX = "tts_";
const KEY_BYTES = 32;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface NewKey {
  name: string;
  scopes: readonly string[];
  /** The account's name; it is made when there is none. */
  account: string;
  expiresInDays?: number;
}

export interface ApiKey {
  keyId: string;
  name: string;
  account: string;
  scopes: string[];
  state: "active" | "expired" | "revoked";
  createdAt: string;
  expiresAt?: string;
  lastUsedAt?: string;
}

/** SHA-256, and no slow hash: a key is 256 random bits, so there is nothing to guess and nothing to slow down. */
export const hashKey = (key: string) => hash("sha256", key, "base64url");

/** The API keys of a hosted service. */
export class ApiKeyService {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Makes a key. It is in this answer, and nowhere else. */
  async create({ name, scopes, account, expiresInDays }: NewKey): Promise<{ key: string; keyId: string }> {
    const key = PREFIX + randomBytes(KEY_BYTES).toString("base64url");
    const key_id = randomUUID();
    const created_at = Date.now();
    await this.#store.transaction().execute(async (trx) => {
      const { accountId } = await requireAccount(trx, account, { make: true });
      await trx
        .insertInto("api_keys")
        .values({
          key_id,
          account_id: accountId,
          name,
          key_hash: hashKey(key),
          scopes: JSON.stringify(scopes),
          created_at,
          expires_at: expiresInDays === undefined ? null : created_at + expiresInDays * DAY_MS,
          revoked_at: null,
        })
        .execute();
    });
    return { key, keyId: key_id };
  }

  /** Oldest first. */
  async list(): Promise<ApiKey[]> {
    const rows = await this.#store
      .selectFrom("api_keys")
      .innerJoin("accounts", "accounts.account_id", "api_keys.account_id")
      .selectAll("api_keys")
      .select("accounts.name as account")
      .orderBy("created_at")
      .orderBy("key_id")
      .execute();
    return rows.map((row) => ({
      keyId: row.key_id,
      name: row.name,
      account: row.account ?? row.account_id,
      scopes: JSON.parse(row.scopes),
      state: row.revoked_at !== null ? "revoked" : isOver(row.expires_at) ? "expired" : "active",
      createdAt: isoTime(row.created_at),
      expiresAt: row.expires_at === null ? undefined : isoTime(row.expires_at),
      lastUsedAt: row.last_used_at === null ? undefined : isoTime(row.last_used_at),
    }));
  }

  /** True when there is a key that opens the service. */
  async any(): Promise<boolean> {
    return (await this.list()).some((key) => key.state === "active");
  }

  /** Its next request is refused. A repeat changes nothing. @throws AppError NOT_FOUND. */
  async revoke(keyId: string): Promise<void> {
    const { numUpdatedRows } = await this.#store
      .updateTable("api_keys")
      .set((eb) => ({ revoked_at: eb.fn.coalesce("revoked_at", eb.val(Date.now())) }))
      .where("key_id", "=", keyId)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) return;
    throw new AppError("NOT_FOUND", `There is no API key with the id "${keyId}".`, {
      hint: "use a key_id (not the key) that `aittsm keys list` shows",
    });
  }
}

export const isOver = (expiresAt: number | null) => expiresAt !== null && expiresAt <= Date.now();
