import { sql } from "kysely";
import { invalidField } from "../errors.ts";
import type { Store } from "../store/database.ts";

/** What the index's tokenizer (unicode61) keeps: letters, digits, private use; marks belong to their letter. */
const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/**
 * What people type as an FTS5 query: every word must be there, in any order, and the last may be a beginning.
 * Words are quoted (https://www.sqlite.org/fts5.html §3.1), so nothing in them is read as syntax.
 * @throws AppError INVALID_INPUT when there is no word in it.
 */
export function searchQuery(query: string): string {
  const words = query.match(WORDS);
  if (!words) {
    throw invalidField("query", "query has no letters or digits.", "send words of the title or the text");
  }
  return `${words.map((word) => `"${word}"`).join(" ")}*`;
}

/**
 * Makes a job findable by its title and text, inside the caller's transaction. A job keeps its search_id, so that they
 * stay in the order in which jobs were made.
 */
export async function indexJob(trx: Store, jobId: string, title: string | undefined, text: string): Promise<void> {
  const { search_id } = await trx
    .insertInto("search_entries")
    .values({ job_id: jobId })
    .onConflict((conflict) => conflict.column("job_id").doUpdateSet({ job_id: jobId }))
    .returning("search_id")
    .executeTakeFirstOrThrow();
  await trx
    .insertInto("job_search")
    .values({ rowid: search_id, title: title ?? "", text })
    .execute();
}

/** Takes a job's words out of the index, inside the caller's transaction. */
export async function unindexJob(trx: Store, jobId: string): Promise<void> {
  await sql`delete from job_search where rowid = (select search_id from search_entries where job_id = ${jobId})`.execute(
    trx,
  );
}
