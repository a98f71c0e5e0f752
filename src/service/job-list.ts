import { type RawBuilder, sql } from "kysely";
import { invalidField } from "../errors.ts";
import type { Store } from "../store/database.ts";
import type { JobStatus, SumDimension } from "../store/schema.ts";
import { isoTime } from "./clock.ts";
import { requireCollection } from "./collections.ts";
import type { JobRow } from "./job-row.ts";
import { type SearchSpan, searchQuery, searchSpanOf } from "./job-search.ts";
import { isOfProvider, type SumKeys, sumOfJobs } from "./job-sums.ts";
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

/**
 * The account's jobs that match all of a filter, newest first, and how many there are.
 * @throws AppError INVALID_INPUT for a bad time, query or cursor; NOT_FOUND for a collection that is not there.
 */
export async function listJobs(
  store: Store,
  accountId: string,
  { limit, cursor: after, ...filter }: JobFilter & PageRequest,
): Promise<{ jobs: JobItem[]; total: number; nextCursor?: string }> {
  const source = await sourceOf(store, accountId, filter);
  const from = after === undefined ? undefined : source.after(after);
  if (filter.collectionId !== undefined) await requireCollection(store, accountId, filter.collectionId);
  const wanted = [...conditions(accountId, filter), ...source.narrow];
  const page = sql<JobRow & { sort_key: number }>`select jobs.*, ${source.key} as sort_key from ${source.from}
    where ${all([source.where, ...wanted, ...(from ? [from] : [])])} order by ${source.order} limit ${limit + 1}`;
  const { rows } = await page.execute(store);
  const total = await totalOf(store, accountId, filter, {
    from: source.from,
    where: [source.where, ...wanted],
  });
  const shown = pageOf(rows, limit, (last) => source.cursorOf(last));
  return { jobs: await jobItems(store, shown.rows), total, nextCursor: shown.nextCursor };
}

type Condition = RawBuilder<boolean>;
const all = (conditions: readonly Condition[]) => sql<boolean>`${sql.join(conditions, sql` and `)}`;

/**
 * How many jobs match a filter. Of one member it is known; of words the index counts those of the account by itself;
 * for the rest all rows that match are walked.
 */
async function totalOf(
  store: Store,
  accountId: string,
  filter: JobFilter,
  rows: { from: RawBuilder<unknown>; where: readonly Condition[] },
): Promise<number> {
  const given = Object.values(filter).filter((value) => value !== undefined && value !== "");
  const keys = given.length > 1 ? undefined : keysOf(filter);
  if (keys) return sumOfJobs(store, accountId, keys);
  const wordsAlone = given.length === 1 && filter.query !== undefined;
  const from = wordsAlone ? sql`job_search` : rows.from;
  const where = wordsAlone ? rows.where.slice(0, 1) : rows.where;
  const count = sql<{ total: number }>`select count(*) as total from ${from} where ${all(where)}`;
  return (await count.execute(store)).rows[0]!.total;
}

/** The sum that knows how many jobs match a filter of at most one member; undefined for words and times. */
function keysOf({ status, voiceId, provider, query, collectionId, tag, bookmarked, ...times }: JobFilter) {
  const keys = (dimension: SumDimension, key: string): SumKeys => ({ dimension, key });
  if (status) return keys("status", status);
  if (voiceId) return keys("voice", voiceId);
  if (provider) return { dimension: "voice" as const, provider };
  if (collectionId) return keys("collection", collectionId);
  if (tag) return keys("tag", normaliseTag(tag, "tag"));
  if (bookmarked !== undefined) return keys("bookmarked", bookmarked ? "yes" : "no");
  return query || times.createdAfter || times.createdBefore ? undefined : keys("all", "");
}

/** Where a list's rows come from, already in its order: a page then costs a page, however many rows match. */
interface Source {
  /** Tables, `jobs` among them. */
  from: RawBuilder<unknown>;
  where: Condition;
  order: RawBuilder<unknown>;
  key: RawBuilder<number>;
  /** Filters that could have been a source too, as conditions on jobs. */
  narrow: Condition[];
  /** The rows behind a cursor. @throws AppError INVALID_INPUT. */
  after(cursor: string): Condition;
  cursorOf(last: JobRow & { sort_key: number }): string;
}

const listCursor = cursors("jobs", ["number", "string"]);
const foundCursor = cursors("jobs found", ["number"]);

/** The words come first, then a collection, then a tag: whichever is given narrows most. */
async function sourceOf(store: Store, accountId: string, { query, collectionId, tag }: JobFilter): Promise<Source> {
  const byTag = tag === undefined ? undefined : normaliseTag(tag, "tag");
  const tagged = byTag === undefined ? [] : [hasTag(accountId, byTag)];
  const collected = collectionId === undefined ? [] : [inCollection(collectionId)];
  if (query !== undefined) {
    return { ...found(searchQuery(query), await searchSpanOf(store, accountId)), narrow: [...collected, ...tagged] };
  }
  if (collectionId !== undefined) {
    const where = sql<boolean>`collection_jobs.collection_id = ${collectionId}`;
    return { ...dated("collection_jobs", where), narrow: tagged };
  }
  if (byTag !== undefined) {
    return dated("job_tags", sql<boolean>`job_tags.account_id = ${accountId} and job_tags.tag = ${byTag}`);
  }
  return dated("jobs", sql<boolean>`true`);
}

/** Rows of a table that has the jobs' dates: newest first, and by id where they are of one moment. */
function dated(table: "jobs" | "job_tags" | "collection_jobs", where: Condition): Source {
  const [createdAt, jobId] = [sql.ref<number>(`${table}.created_at`), sql.ref<string>(`${table}.job_id`)];
  return {
    // A cross join keeps SQLite from another order of the tables.
    from: table === "jobs" ? sql`jobs` : sql`${sql.table(table)} cross join jobs on jobs.job_id = ${jobId}`,
    where,
    order: sql`${createdAt} desc, ${jobId}`,
    key: createdAt,
    narrow: [],
    after: (cursor) => {
      const [date, id] = listCursor.read(cursor);
      // Both halves: the first lets the index start at the right place.
      return sql<boolean>`${createdAt} <= ${date} and (${createdAt} < ${date} or ${jobId} > ${id})`;
    },
    cursorOf: ({ created_at, job_id }) => listCursor.make([created_at, job_id]),
  };
}

/** Jobs with words in title or text, the last made first: FTS5 walks its rows in that order by itself. */
function found(words: string, { first, last }: SearchSpan): Source {
  const key = sql.ref<number>("job_search.rowid");
  return {
    from: sql`job_search cross join search_entries on search_entries.search_id = job_search.rowid
      cross join jobs on jobs.job_id = search_entries.job_id`,
    where: sql<boolean>`job_search match ${words} and job_search.rowid between ${first} and ${last}`,
    order: sql`job_search.rowid desc`,
    key,
    narrow: [],
    after: (cursor) => sql<boolean>`job_search.rowid < ${foundCursor.read(cursor)[0]}`,
    cursorOf: ({ sort_key }) => foundCursor.make([sort_key]),
  };
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

/** What a filter asks of a job by itself. @throws AppError INVALID_INPUT for a bad time. */
function conditions(accountId: string, filter: JobFilter): Condition[] {
  const { status, voiceId, provider, bookmarked, createdAfter, createdBefore } = filter;
  const wanted = [sql<boolean>`jobs.account_id = ${accountId}`, isSpeech];
  if (status) wanted.push(sql`jobs.status = ${status}`);
  if (voiceId) wanted.push(sql`jobs.voice_id = ${voiceId}`);
  if (provider) wanted.push(isOfProvider("jobs.voice_id", provider));
  if (bookmarked === true) wanted.push(sql`jobs.bookmarked_at is not null`);
  if (bookmarked === false) wanted.push(sql`jobs.bookmarked_at is null`);
  if (createdAfter) wanted.push(sql`jobs.created_at > ${readTime("created_after", createdAfter)}`);
  if (createdBefore) wanted.push(sql`jobs.created_at < ${readTime("created_before", createdBefore)}`);
  return wanted;
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
