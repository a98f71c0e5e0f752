import { randomUUID } from "node:crypto";
import type { Store } from "../../store/database.ts";
import { statement } from "../../store/statement.ts";

/** What was delivered or given up is remembered this long. */
export const MEMORY_MS = 7 * 24 * 60 * 60 * 1000;
/** Old rows that one finished delivery takes with it: more than one, so that they can't pile up. */
const TIDIED_AT_ONCE = 20;

const ANNOUNCE = `
  insert into webhook_deliveries (delivery_id, job_id, account_id, event, created_at, next_attempt_at)
    select ?, job_id, account_id, ?, ?, ?
    from jobs join webhooks using (account_id)
    where job_id = ? and kind = 'speech' and enabled = 1`;

/**
 * Puts the end of a job into the outbox, inside the transaction that ends it: if its account has a webhook that is
 * enabled. Samples tell nobody.
 */
export async function announceEnd(trx: Store, jobId: string, event: "job.completed" | "job.failed"): Promise<void> {
  const now = Date.now();
  await statement(trx, ANNOUNCE, [randomUUID(), event, now, now, jobId]);
}

/** Forgets what is not delivered yet of a job (its words are erased) or an account (its webhook is removed). */
export async function forgetUndelivered(
  trx: Store,
  whose: { column: "job_id" | "account_id"; id: string },
): Promise<void> {
  await trx
    .deleteFrom("webhook_deliveries")
    .where(whose.column, "=", whose.id)
    .where("finished_at", "is", null)
    .execute();
}

/** Removes rows that ended a week ago; `most` of them. */
export async function tidyOutbox(store: Store, most = TIDIED_AT_ONCE): Promise<void> {
  await store
    .deleteFrom("webhook_deliveries")
    .where("delivery_id", "in", (eb) =>
      eb
        .selectFrom("webhook_deliveries")
        .select("delivery_id")
        .where("finished_at", "is not", null)
        .where("finished_at", "<", Date.now() - MEMORY_MS)
        .limit(most),
    )
    .execute();
}
