import { type SelectQueryBuilder, sql } from "kysely";
import { invalidField } from "../errors.ts";
import type { Store } from "../store/database.ts";
import type { Database, JobStatus } from "../store/schema.ts";
import { isoTime } from "./clock.ts";
import { requireCollection } from "./collections.ts";
import type { JobRow } from "./job-row.ts";
import { searchQuery } from "./job-search.ts";
import { isSpeech } from "./owned-jobs.ts";
import { cursors, type PageRequest, pageOf } from "./paging.ts";
import { normaliseTag, tagsOfJobs } from "./tags.ts";

export interface JobFilter {
  status?: JobStatus;
  voiceId?: string;
  provider?: string;
  query?: string;
  collectionId?: string;
  tag?: string;
  bookmarked?: boolean;
  createdAfter?: string;
  createdBefore?: string;
}

/** A job as lists show it. */
export interface JobItem {
  jobId: string;
  status: JobStatus;
  title?: string;
  voiceId: string;
  createdAt: string;
  durationSeconds?: number;
  bytes?: number;
  contentType?: string;
  audioDeleted?: boolean;
  bookmarked: boolean;
  tags: string[];
}

const cursor = cursors("jobs", ["number", "string"]);

/**
 * The account's jobs that match all of a filter, newest first, and how many there are.
 * @throws AppError INVALID_INPUT for a bad time, query or cursor; NOT_FOUND for a collection that is not there.
 */
export async function listJobs(
  store: Store,
  accountId: string,
  { limit, cursor: after, ...filter }: JobFilter & PageRequest,
): Promise<{ jobs: JobItem[]; total: number; nextCursor?: string }> {
  const from = after === undefined ? undefined : cursor.read(after);
  if (filter.collectionId !== undefined) await requireCollection(store, accountId, filter.collectionId);
  const matching = filtered(store, accountId, filter);
  let page = matching.selectAll("jobs").orderBy("created_at", "desc").orderBy("job_id");
  if (from) {
    const [createdAt, jobId] = from;
    // Both halves: the first lets the index start at the right place.
    page = page
      .where("created_at", "<=", createdAt)
      .where((eb) => eb.or([eb("created_at", "<", createdAt), eb("jobs.job_id", ">", jobId)]));
  }
  const rows = await page.limit(limit + 1).execute();
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const shown = pageOf(rows, limit, (last) => cursor.make([last.created_at, last.job_id]));
  return { jobs: await jobItems(store, shown.rows), total, nextCursor: shown.nextCursor };
}

/** How many jobs of all accounts are in each status, for those who watch over the service. */
export async function countJobs(store: Store): Promise<ReadonlyMap<JobStatus, number>> {
  const rows = await store
    .selectFrom("jobs")
    .select(["status", sql<number>`count(*)`.as("jobs")])
    .where(isSpeech)
    .groupBy("status")
    .execute();
  return new Map(rows.map(({ status, jobs }) => [status, jobs]));
}

function filtered(store: Store, accountId: string, filter: JobFilter): SelectQueryBuilder<Database, "jobs", object> {
  // A few ids looked up beat a walk over all jobs in order; the + keeps SQLite from the index on the account.
  const narrow = filter.query !== undefined || filter.tag !== undefined || filter.collectionId !== undefined;
  const ours = narrow ? sql<boolean>`+jobs.account_id = ${accountId}` : sql<boolean>`jobs.account_id = ${accountId}`;
  let query = store.selectFrom("jobs").where(ours).where(isSpeech);
  if (filter.status) query = query.where("status", "=", filter.status);
  if (filter.voiceId) query = query.where("voice_id", "=", filter.voiceId);
  // `provider:` up to `provider;`, the character behind the colon: no LIKE, so nothing in the name is a wildcard.
  if (filter.provider) {
    query = query.where("voice_id", ">=", `${filter.provider}:`).where("voice_id", "<", `${filter.provider};`);
  }
  if (filter.bookmarked === true) query = query.where(sql<boolean>`jobs.bookmarked_at is not null`);
  if (filter.bookmarked === false) query = query.where("bookmarked_at", "is", null);
  if (filter.createdAfter) query = query.where("created_at", ">", readTime("created_after", filter.createdAfter));
  if (filter.createdBefore) query = query.where("created_at", "<", readTime("created_before", filter.createdBefore));
  if (filter.tag) query = query.where(hasTag(accountId, normaliseTag(filter.tag, "tag")));
  if (filter.collectionId) query = query.where(inCollection(filter.collectionId));
  if (filter.query !== undefined) {
    const words = searchQuery(filter.query);
    query = query.where(
      sql<boolean>`jobs.job_id in (select job_id from search_entries where search_id in
        (select rowid from job_search where job_search match ${words}))`,
    );
  }
  return query;
}

/** For queries of jobs: those with a tag of the account's. */
export const hasTag = (accountId: string, tag: string) =>
  sql<boolean>`jobs.job_id in (select job_id from job_tags where account_id = ${accountId} and tag = ${tag})`;

/** For queries of jobs: those in a collection. */
export const inCollection = (collectionId: string) =>
  sql<boolean>`jobs.job_id in (select job_id from collection_jobs where collection_id = ${collectionId})`;

/** Unix milliseconds. RFC 3339, or a date alone for its first moment in UTC. */
function readTime(field: string, text: string): number {
  const time = /^\d{4}-\d\d-\d\d(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw invalidField(field, `${field} is not a time.`, 'send ISO 8601, such as "2026-01-31T12:00:00Z"');
}

/** Rows as lists show them, each with its tags. */
export async function jobItems(store: Store, rows: readonly JobRow[]): Promise<JobItem[]> {
  const tags = await tagsOfJobs(
    store,
    rows.map((row) => row.job_id),
  );
  return rows.map((row) => {
    const audible = row.status === "completed" && row.audio_deleted_at === null;
    return {
      jobId: row.job_id,
      status: row.status,
      title: row.title ?? undefined,
      voiceId: row.voice_id,
      createdAt: isoTime(row.created_at),
      durationSeconds: row.duration_seconds ?? undefined,
      bytes: row.bytes ?? undefined,
      contentType: audible ? row.content_type : undefined,
      audioDeleted: row.audio_deleted_at !== null || undefined,
      bookmarked: row.bookmarked_at !== null,
      tags: tags.get(row.job_id) ?? [],
    };
  });
}
