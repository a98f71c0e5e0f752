import { sql } from "kysely";
import { invalidField } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { insertRow, statement } from "../store/statement.ts";

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

/** Search ids of an account: its span's number times this, and those behind it. */
const SPAN = 2 ** 32;

/** The search ids that an account's jobs have, so that a search need not look at each job found. */
export interface SearchSpan {
  first: number;
  last: number;
}

/** An account without jobs has none. */
export async function searchSpanOf(store: Store, accountId: string): Promise<SearchSpan> {
  const row = await store
    .selectFrom("search_spans")
    .select("span")
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row ? { first: row.span * SPAN, last: row.span * SPAN + SPAN - 1 } : { first: 0, last: 0 };
}

/**
 * Makes a job findable by its title and text, inside the caller's transaction. A job keeps its search_id, so that they
 * stay in the order in which jobs were made.
 */
export async function indexJob(trx: Store, jobId: string, title: string | undefined, text: string): Promise<void> {
  const rowid = (await searchIdOf(trx, jobId)) ?? (await firstSearchIdOf(trx, jobId));
  await insertRow(trx, "job_search", { rowid, title: title ?? "", text });
}

/** Finds the end of the account's span, or the place that the job has already. */
const NEXT_SEARCH_ID = `
  insert into search_entries (search_id, job_id)
    select 1 + coalesce(
        (select max(search_id) from search_entries where search_id between span * ${SPAN} and span * ${SPAN} + ${SPAN - 1}),
        span * ${SPAN}
      ), job_id
    from jobs join search_spans using (account_id) where job_id = ?
  on conflict (job_id) do update set job_id = excluded.job_id
  returning search_id`;

/** The job's search_id, or the next one of its account's span; undefined for an account without a span. */
async function searchIdOf(trx: Store, jobId: string): Promise<number | undefined> {
  const [row] = await statement<{ search_id: number }>(trx, NEXT_SEARCH_ID, [jobId]);
  return row?.search_id;
}

/** Makes the span of the job's account, and gives its first search_id. */
async function firstSearchIdOf(trx: Store, jobId: string): Promise<number> {
  await sql`insert into search_spans (account_id) select account_id from jobs where job_id = ${jobId}`.execute(trx);
  return (await searchIdOf(trx, jobId))!;
}

/** Takes a job's words out of the index, inside the caller's transaction. */
export async function unindexJob(trx: Store, jobId: string): Promise<void> {
  await sql`delete from job_search where rowid = (select search_id from search_entries where job_id = ${jobId})`.execute(
    trx,
  );
}
