import { randomUUID } from "node:crypto";
import { AppError } from "../../errors.ts";
import type { Store } from "../../store/database.ts";
import type { Signer } from "../../store/secrets.ts";
import { isoTime } from "../clock.ts";
import { forgetUndelivered } from "./outbox.ts";
import type { WebhookPoster } from "./poster.ts";
import { makeSecret, signedHeaders } from "./signature.ts";
import { type AllowedHosts, readTarget } from "./target.ts";

export interface WebhookWish {
  url: string;
  /** Default: as it was; a new one is enabled. */
  enabled?: boolean;
  regenerateSecret?: boolean;
}

export interface Webhook {
  url: string;
  enabled: boolean;
  hasSecret: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface WebhookParts {
  store: Store;
  signer: Signer;
  allowed: AllowedHosts;
  poster: Pick<WebhookPoster, "post">;
}

/** What the tables keep of a secret is bound to its account. */
export const openSecret = (signer: Signer, accountId: string, sealed: string): string =>
  signer.open("webhook-secret", accountId, sealed);

/** The webhook of an account: where it is told that its jobs have ended. */
export class WebhookService {
  readonly #parts: WebhookParts;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /**
   * Makes or changes it. The secret is in the answer that made it, and in no other.
   * @throws AppError INVALID_INPUT for a URL that is not a public https one.
   */
  async set(
    accountId: string,
    { url, enabled, regenerateSecret }: WebhookWish,
  ): Promise<Webhook & { secret?: string }> {
    const { store, signer, allowed } = this.#parts;
    const target = readTarget(url, "url", allowed);
    return store.transaction().execute(async (trx) => {
      const now = Date.now();
      const known = await find(trx, accountId);
      const secret = !known || regenerateSecret ? makeSecret() : undefined;
      const values = {
        url: target.href,
        secret_sealed: secret ? signer.seal("webhook-secret", accountId, secret) : known!.secret_sealed,
        enabled: (enabled ?? (known ? known.enabled === 1 : true)) ? 1 : 0,
        updated_at: now,
      };
      await trx
        .insertInto("webhooks")
        .values({ account_id: accountId, created_at: now, ...values })
        .onConflict((conflict) => conflict.column("account_id").doUpdateSet(values))
        .execute();
      return { ...present((await find(trx, accountId))!), secret };
    });
  }

  /** @throws AppError NOT_FOUND. */
  async get(accountId: string): Promise<Webhook> {
    return present(await this.#require(accountId));
  }

  /** With all that it was not told yet. A repeat changes nothing. */
  async remove(accountId: string): Promise<{ removed: boolean }> {
    return this.#parts.store.transaction().execute(async (trx) => {
      await forgetUndelivered(trx, { column: "account_id", id: accountId });
      const { numDeletedRows } = await trx
        .deleteFrom("webhooks")
        .where("account_id", "=", accountId)
        .executeTakeFirst();
      return { removed: numDeletedRows > 0n };
    });
  }

  /**
   * Sends a test event at once and once, also while the webhook is disabled.
   * @throws AppError NOT_FOUND; WEBHOOK_FAILED when the receiver did not accept it.
   */
  async test(accountId: string): Promise<{ testId: string }> {
    const { signer, poster } = this.#parts;
    const { url, secret_sealed } = await this.#require(accountId);
    const testId = randomUUID();
    const now = Date.now();
    const body = JSON.stringify({ event: "test", created_at: isoTime(now), data: { test_id: testId } });
    const secret = openSecret(signer, accountId, secret_sealed);
    const headers = signedHeaders({ event: "test", deliveryId: testId, secret, body, unixMs: now });
    const { accepted, status, what } = await poster.post(url, headers, body);
    if (accepted) return { testId };
    throw new AppError("WEBHOOK_FAILED", `The test event was not accepted: ${what}.`, {
      hint: "the receiver must answer 2xx in 10 seconds, at a public https URL with a good certificate",
      details: { test_id: testId, status },
    });
  }

  /**
   * What becomes of a job's own `webhook_url`: it is used in place of the account's while that is enabled.
   * @throws AppError INVALID_INPUT for a URL that is not a public https one.
   */
  async override(accountId: string, url: string): Promise<{ url?: string; warnings: string[] }> {
    const target = readTarget(url, "webhook_url", this.#parts.allowed);
    const webhook = await find(this.#parts.store, accountId);
    if (webhook?.enabled === 1) return { url: target.href, warnings: [] };
    return { warnings: ["webhook_url was not used: this account has no webhook enabled. Poll the job instead."] };
  }

  async #require(accountId: string) {
    const row = await find(this.#parts.store, accountId);
    if (row) return row;
    throw new AppError("NOT_FOUND", "This account has no webhook.", {
      hint: "set one with PUT /api/user/enterprise/webhook or `aittsm webhook set URL`",
    });
  }
}

const find = (store: Store, accountId: string) =>
  store.selectFrom("webhooks").selectAll().where("account_id", "=", accountId).executeTakeFirst();

function present(row: NonNullable<Awaited<ReturnType<typeof find>>>): Webhook {
  return {
    url: row.url,
    enabled: row.enabled === 1,
    hasSecret: row.secret_sealed !== "",
    createdAt: isoTime(row.created_at),
    updatedAt: isoTime(row.updated_at),
  };
}
