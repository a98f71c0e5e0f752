import type { Selectable } from "kysely";
import type { LeaseSource } from "../../queue/queue.ts";
import type { Store } from "../../store/database.ts";
import { isCertainlyGone } from "../../store/process-id.ts";
import type { Database } from "../../store/schema.ts";
import { tidyOutbox } from "./outbox.ts";
import type { PostOutcome } from "./poster.ts";
import { MAX_TRIES, retryDelayMs } from "./retry.ts";

/** Much longer than a try may take (10 s), and renewed right before it. */
export const DELIVERY_LEASE_MS = 30_000;
/** Receivers of one account that are waited for at a time, so that slow ones do not hold up the other accounts. */
const MOST_OF_ONE_ACCOUNT = 4;

export type DeliveryRow = Selectable<Database["webhook_deliveries"]>;

/** A delivery that this process may try, and where to. */
export interface ClaimedDelivery {
  deliveryId: string;
  jobId: string;
  attempt: number;
  row: DeliveryRow;
  webhook: { url: string; secretSealed: string };
}

/** Leases on the rows of the outbox: of all processes on a database one has a delivery in hand. */
export class DeliveryLeases implements LeaseSource<ClaimedDelivery> {
  readonly #store: Store;
  readonly #processId: string;
  readonly #random: () => number;

  constructor(store: Store, processId: string, random: () => number = Math.random) {
    this.#store = store;
    this.#processId = processId;
    this.#random = random;
  }

  async claim(): Promise<ClaimedDelivery | undefined> {
    // Most looks find nothing: they take no write lock.
    if (!(await this.#next(this.#store))) return undefined;
    return this.#store.transaction().execute(async (trx) => {
      for (;;) {
        const row = await this.#next(trx);
        if (!row) return undefined;
        const webhook = await trx
          .selectFrom("webhooks")
          .selectAll()
          .where("account_id", "=", row.account_id)
          .where("enabled", "=", 1)
          .executeTakeFirst();
        if (!webhook) {
          await finish(trx, row.delivery_id, "cancelled", "the account's webhook was disabled");
          continue;
        }
        if (row.attempt >= MAX_TRIES) {
          await finish(trx, row.delivery_id, "failed", "the process ended during the last try");
          continue;
        }
        const attempt = row.attempt + 1;
        const lease_expires_at = Date.now() + DELIVERY_LEASE_MS;
        await trx
          .updateTable("webhook_deliveries")
          .set({ attempt, owner_id: this.#processId, lease_expires_at })
          .where("delivery_id", "=", row.delivery_id)
          .execute();
        return {
          deliveryId: row.delivery_id,
          jobId: row.job_id,
          attempt,
          row: { ...row, attempt, owner_id: this.#processId, lease_expires_at },
          webhook: { url: webhook.url, secretSealed: webhook.secret_sealed },
        };
      }
    });
  }

  async renew(claim: ClaimedDelivery): Promise<boolean> {
    const { numUpdatedRows } = await this.#ours(this.#store, claim)
      .set({ lease_expires_at: Date.now() + DELIVERY_LEASE_MS })
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** The try was not made, or not to its end: it does not count. */
  async giveBack(claim: ClaimedDelivery): Promise<void> {
    await this.#ours(this.#store, claim)
      .set({ owner_id: null, lease_expires_at: null, attempt: claim.attempt - 1 })
      .execute();
  }

  /**
   * Records how the try went: the end of the delivery, or when it is tried again.
   * @returns what became of it; undefined when it is not ours any more (then nothing was changed)
   */
  async record(claim: ClaimedDelivery, outcome: PostOutcome): Promise<"delivered" | "failed" | "waits" | undefined> {
    const became = outcome.accepted ? "delivered" : claim.attempt >= MAX_TRIES ? "failed" : "waits";
    const now = Date.now();
    return this.#store.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await this.#ours(trx, claim)
        .set({
          owner_id: null,
          lease_expires_at: null,
          last_status: outcome.status ?? null,
          last_error: outcome.accepted ? null : outcome.what,
          ...(became === "waits"
            ? { next_attempt_at: now + retryDelayMs(claim.attempt, this.#random()) }
            : { outcome: became, finished_at: now }),
        })
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return undefined;
      if (became !== "waits") await tidyOutbox(trx);
      return became;
    });
  }

  /** The delivery that is due longest; before it one whose process is gone or stuck. */
  async #next(store: Store): Promise<DeliveryRow | undefined> {
    const now = Date.now();
    const leased = await store
      .selectFrom("webhook_deliveries")
      .select(["delivery_id", "account_id", "owner_id", "lease_expires_at"])
      .where("finished_at", "is", null)
      .where("lease_expires_at", "is not", null)
      .execute();
    const isFree = (row: (typeof leased)[number]) =>
      row.lease_expires_at! < now ||
      (row.owner_id !== null && row.owner_id !== this.#processId && isCertainlyGone(row.owner_id));
    const abandoned = leased.find(isFree);
    if (abandoned) {
      return store
        .selectFrom("webhook_deliveries")
        .selectAll()
        .where("delivery_id", "=", abandoned.delivery_id)
        .executeTakeFirst();
    }
    const inHand = new Map<string, number>();
    for (const { account_id } of leased) inHand.set(account_id, (inHand.get(account_id) ?? 0) + 1);
    const busy = [...inHand].filter(([, count]) => count >= MOST_OF_ONE_ACCOUNT).map(([accountId]) => accountId);
    return store
      .selectFrom("webhook_deliveries")
      .selectAll()
      .where("finished_at", "is", null)
      .where("lease_expires_at", "is", null)
      .where("next_attempt_at", "<=", now)
      .$if(busy.length > 0, (query) => query.where("account_id", "not in", busy))
      .orderBy("next_attempt_at")
      .limit(1)
      .executeTakeFirst();
  }

  #ours(store: Store, claim: ClaimedDelivery) {
    return store
      .updateTable("webhook_deliveries")
      .where("delivery_id", "=", claim.deliveryId)
      .where("finished_at", "is", null)
      .where("owner_id", "=", this.#processId)
      .where("attempt", "=", claim.attempt);
  }
}

async function finish(trx: Store, deliveryId: string, outcome: "failed" | "cancelled", why: string): Promise<void> {
  await trx
    .updateTable("webhook_deliveries")
    .set({ outcome, finished_at: Date.now(), owner_id: null, lease_expires_at: null, last_error: why })
    .where("delivery_id", "=", deliveryId)
    .execute();
}
