import { sql } from "kysely";
import type { BlobStore } from "../blobs/blob-store.ts";
import { AppError } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { finishRemoval, hasAudio, removeAudio } from "./audio-removal.ts";
import { requireCollection } from "./collections.ts";
import { hasTag, inCollection } from "./job-list.ts";
import { isEnded, type JobRow } from "./job-row.ts";
import { jobSums, providerIn } from "./job-sums.ts";
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

/** Where the sums of each grouping are, and what of their keys it groups by. Months are UTC. */
const GROUPS = {
  provider: { dimension: "voice", group: providerIn("key") },
  voice: { dimension: "voice", group: sql<string>`key` },
  collection: { dimension: "collection", group: sql<string>`key` },
  month: { dimension: "day", group: sql<string>`substr(key, 1, 7)` },
} as const;

const BYTES = sql<number>`coalesce(sum(bytes), 0)`;
const FILES = sql<number>`coalesce(sum(files), 0)`;

/** The audio that an account keeps. */
export class StorageService {
  readonly #parts: { store: Store; blobs: BlobStore; log: Log };

  constructor(parts: { store: Store; blobs: BlobStore; log: Log }) {
    this.#parts = parts;
  }

  /** Bytes and files, in all and by group (the largest 100). A job in two collections counts in both. */
  async usage(accountId: string, groupBy?: StorageGrouping) {
    const { bytes, files } = await jobSums(this.#parts.store, accountId, { dimension: "all" })
      .select([BYTES.as("bytes"), FILES.as("files")])
      .executeTakeFirstOrThrow();
    const groups = groupBy && (await this.#groups(accountId, groupBy));
    return { bytesUsed: bytes, files, groups };
  }

  async #groups(accountId: string, groupBy: StorageGrouping) {
    const { dimension, group } = GROUPS[groupBy];
    const rows = await jobSums(this.#parts.store, accountId, { dimension })
      .where("files", ">", 0)
      .select([group.as("group"), BYTES.as("bytes"), FILES.as("files")])
      .groupBy(group)
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
