import { sql } from "kysely";
import type { Store } from "../store/database.ts";
import { CREATE_SHARE } from "./idempotency.ts";
import { unindexJob } from "./job-search.ts";
import { forgetUndelivered } from "./webhooks/outbox.ts";

/** While this setting is there, erased words may still be in the files of the database. */
const SCRUB_DUE = "scrub_due";

/**
 * Erases the words of ended jobs, inside the caller's transaction: text, prompt, title, notes, metadata, what was warned of and
 * why they failed (both may quote the text), the webhook's target and what it was
 * not told yet, remembered answers. The caller calls `scrub` after it.
 */
export async function eraseWords(trx: Store, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length === 0) return;
  const now = Date.now();
  // What was answered to a create_share names the titles of its tracks; a retry of it makes a new share from now on.
  await trx
    .deleteFrom("idempotency")
    .where("operation", "=", CREATE_SHARE)
    .where("account_id", "in", (jobs) => jobs.selectFrom("jobs").select("account_id").where("job_id", "=", jobIds[0]!))
    .execute();
  for (const jobId of jobIds) {
    await unindexJob(trx, jobId);
    await trx.deleteFrom("job_texts").where("job_id", "=", jobId).execute();
    await trx.deleteFrom("idempotency").where("job_id", "=", jobId).execute();
    await forgetUndelivered(trx, { column: "job_id", id: jobId });
    await trx
      .updateTable("jobs")
      .set((eb) => ({
        title: null,
        notes: null,
        metadata: null,
        prompt: null,
        webhook_url: null,
        warnings: null,
        error_message: eb
          .case()
          .when("error_code", "is not", null)
          .then("The reason was erased with the text.")
          .else(null)
          .end(),
        error_hint: null,
        text_erased_at: eb.fn.coalesce("text_erased_at", eb.val(now)),
      }))
      .where("job_id", "=", jobId)
      .execute();
  }
  await trx
    .insertInto("settings")
    .values({ name: SCRUB_DUE, value: String(now) })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: String(now) }))
    .execute();
}

/**
 * Removes erased words from the database's files, when some were erased. `secure_delete` is not enough: the search
 * index keeps the words of deleted rows until its segments are merged, and rows that moved when a page was split leave
 * a stale copy behind (of 1,000 erased jobs with edited titles, 20 could still be read). So the index is merged, the
 * file is written anew, and the log cut to nothing. Takes 50 ms for 10 MB.
 * @throws what SQLite throws; then it is still due, and the next erasure or start does it.
 */
export async function scrub(store: Store): Promise<void> {
  const due = await store.selectFrom("settings").select("value").where("name", "=", SCRUB_DUE).executeTakeFirst();
  if (!due) return;
  await sql`insert into job_search (job_search) values ('optimize')`.execute(store);
  await sql`vacuum`.execute(store);
  const log = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(store);
  if (log.rows[0]?.busy) return; // another process reads an old state; still due
  // Another process may have erased more since.
  await store.deleteFrom("settings").where("name", "=", SCRUB_DUE).where("value", "=", due.value).execute();
}
