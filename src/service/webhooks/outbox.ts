import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Store } from "../../store/database.ts";

/** What was delivered or given up is remembered this long. */
export const MEMORY_MS = 7 * 24 * 60 * 60 * 1000;
/** Old rows that one finished delivery takes with it: more than one, so that they can't pile up. */
const TIDIED_AT_ONCE = 20;

/**
 * Puts the end of a job into the outbox, inside the transaction that ends it: if its account has a webhook that is
 * enabled. Samples tell nobody.
 */
export async function announceEnd(trx: Store, jobId: string, event: "job.completed" | "job.failed"): Promise<void> {
  const now = Date.now();
  await trx
    .insertInto("webhook_deliveries")
    .columns(["delivery_id", "job_id", "account_id", "event", "created_at", "next_attempt_at"])
    .expression(
      trx
        .selectFrom("jobs")
        .innerJoin("webhooks", "webhooks.account_id", "jobs.account_id")
        .select([
          sql<string>`${randomUUID()}`.as("delivery_id"),
          "jobs.job_id",
          "jobs.account_id",
          sql<typeof event>`${event}`.as("event"),
          sql<number>`${now}`.as("created_at"),
          sql<number>`${now}`.as("next_attempt_at"),
        ])
        .where("jobs.job_id", "=", jobId)
        .where("jobs.kind", "=", "speech")
        .where("webhooks.enabled", "=", 1),
    )
    .execute();
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
