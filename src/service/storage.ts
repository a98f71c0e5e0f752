import { sql } from "kysely";
import type { BlobStore } from "../blobs/blob-store.ts";
import { AppError } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { AnswerCache } from "./answer-cache.ts";
import { finishRemoval, hasAudio, removeAudio } from "./audio-removal.ts";
import { requireCollection } from "./collections.ts";
import { hasTag, inCollection } from "./job-list.ts";
import { isEnded, type JobRow } from "./job-row.ts";
import type { Log } from "./log.ts";
import { findJobs, isSpeech } from "./owned-jobs.ts";
import { normaliseTag } from "./tags.ts";

export type StorageGrouping = "provider" | "voice" | "collection" | "month";

/** Which jobs a bulk removal is for: ids, or a filter of which at least one member is given. */
export interface BulkSelection {
  jobIds?: readonly string[];
  olderThanDays?: number;
  collectionId?: string;
  tag?: string;
  unbookmarkedOnly?: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_GROUPS = 100;
/** A model reads this many; the rest are still running and can be asked for again. */
const MAX_SKIPPED = 1_000;

interface Skipped {
  jobId: string;
  reason: "NOT_FOUND" | "JOB_NOT_COMPLETED" | "AUDIO_DELETED";
}

/** What each grouping groups by, as SQL over `jobs`. Months are UTC. */
const GROUPS = {
  provider: sql<string>`substr(voice_id, 1, instr(voice_id || ':', ':') - 1)`,
  voice: sql<string>`voice_id`,
  collection: sql<string>`coalesce(collection_jobs.collection_id, 'none')`,
  month: sql<string>`strftime('%Y-%m', created_at / 1000, 'unixepoch')`,
} as const;

/** The audio that an account keeps. */
export class StorageService {
  readonly #parts: { store: Store; blobs: BlobStore; log: Log };
  readonly #answers: AnswerCache;

  constructor(parts: { store: Store; blobs: BlobStore; log: Log }, answers = new AnswerCache()) {
    this.#parts = parts;
    this.#answers = answers;
  }

  /** Bytes and files, in all and by group (the largest 100). A job in two collections counts in both. */
  usage(accountId: string, groupBy?: StorageGrouping) {
    return this.#answers.get(["storage", accountId, groupBy], () => this.#usage(accountId, groupBy));
  }

  async #usage(accountId: string, groupBy?: StorageGrouping) {
    const { bytes, files } = await this.#kept(accountId)
      .select([sql<number>`coalesce(sum(bytes), 0)`.as("bytes"), sql<number>`count(*)`.as("files")])
      .executeTakeFirstOrThrow();
    const groups = groupBy && (await this.#groups(accountId, groupBy));
    return { bytesUsed: bytes, files, groups };
  }

  async #groups(accountId: string, groupBy: StorageGrouping) {
    const key = GROUPS[groupBy];
    const kept = this.#kept(accountId);
    const joined =
      groupBy === "collection" ? kept.leftJoin("collection_jobs", "collection_jobs.job_id", "jobs.job_id") : kept;
    const rows = await joined
      .select([key.as("group"), sql<number>`sum(bytes)`.as("bytes"), sql<number>`count(*)`.as("files")])
      .groupBy(key)
      .orderBy("bytes", "desc")
      .orderBy("group")
      .limit(MAX_GROUPS)
      .execute();
    if (groupBy !== "collection") return rows;
    const names = await this.#parts.store
      .selectFrom("collections")
      .select(["collection_id", "name"])
      .where("account_id", "=", accountId)
      .execute();
    const nameOf = new Map(names.map(({ collection_id, name }) => [collection_id, name]));
    return rows.map((row) => ({ ...row, name: nameOf.get(row.group) }));
  }

  #kept(accountId: string) {
    return this.#parts.store
      .selectFrom("jobs")
      .where("jobs.account_id", "=", accountId)
      .where(isSpeech)
      .where(sql<boolean>`bytes is not null`);
  }

  /**
   * Removes the audio of many jobs in one transaction; the jobs stay. Those that have none, or still run, are skipped
   * and named. With `eraseText` the words of all that have ended go too.
   * @throws AppError INVALID_INPUT without ids and filter, or with both; NOT_FOUND for a collection that is not there.
   */
  async bulkDelete(
    accountId: string,
    {
      eraseText = false,
      dryRun = false,
      ...selection
    }: BulkSelection & Partial<{ eraseText: boolean; dryRun: boolean }>,
  ) {
    checkSelection(selection);
    const { removal, skipped } = await this.#parts.store.transaction().execute(async (trx) => {
      const { rows, skipped } = await select(trx, accountId, selection, eraseText);
      return { removal: await removeAudio(trx, rows, { eraseText, dryRun }), skipped };
    });
    if (!dryRun) await finishRemoval(this.#parts, removal);
    return {
      deleted: removal.deleted.length,
      bytesFreed: removal.bytesFreed,
      textsErased: eraseText ? removal.erased.length : undefined,
      sharesAffected: removal.sharesAffected,
      skipped: skipped.slice(0, MAX_SKIPPED),
    };
  }
}

function checkSelection({ jobIds, ...filter }: BulkSelection): void {
  const given = Object.values(filter).some((value) => value !== undefined && value !== false);
  if ((jobIds !== undefined) !== given) return;
  const message = given ? "job_ids and a filter were both sent." : "There are no job_ids and no filter.";
  throw new AppError("INVALID_INPUT", message, {
    hint: "send job_ids, or one or more of older_than_days, collection_id, tag, unbookmarked_only; nothing was deleted",
    details: { fields: [{ field: "job_ids", message }] },
  });
}

async function select(trx: Store, accountId: string, selection: BulkSelection, eraseText: boolean) {
  const found = selection.jobIds
    ? await findJobs(trx, accountId, selection.jobIds)
    : await matching(trx, accountId, selection);
  const known = new Set(found.map((row) => row.job_id));
  const skipped: Skipped[] = [...new Set(selection.jobIds ?? [])]
    .filter((jobId) => !known.has(jobId))
    .map((jobId) => ({ jobId, reason: "NOT_FOUND" }));
  const rows: JobRow[] = [];
  for (const row of found) {
    if (!isEnded(row)) skipped.push({ jobId: row.job_id, reason: "JOB_NOT_COMPLETED" });
    else if (hasAudio(row) || eraseText) rows.push(row);
    // A filter means audio that is there; only ids can be disappointed.
    else if (selection.jobIds)
      skipped.push({ jobId: row.job_id, reason: row.status === "failed" ? "JOB_NOT_COMPLETED" : "AUDIO_DELETED" });
  }
  return { rows, skipped };
}

async function matching(trx: Store, accountId: string, filter: BulkSelection): Promise<JobRow[]> {
  const { olderThanDays, collectionId, tag, unbookmarkedOnly } = filter;
  if (collectionId !== undefined) await requireCollection(trx, accountId, collectionId);
  let query = trx.selectFrom("jobs").selectAll("jobs").where("account_id", "=", accountId).where(isSpeech);
  if (olderThanDays !== undefined) query = query.where("created_at", "<", Date.now() - olderThanDays * DAY_MS);
  if (collectionId !== undefined) query = query.where(inCollection(collectionId));
  if (tag !== undefined) query = query.where(hasTag(accountId, normaliseTag(tag, "tag")));
  if (unbookmarkedOnly) query = query.where("bookmarked_at", "is", null);
  return query.execute();
}
