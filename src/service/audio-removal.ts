import type { BlobStore } from "../blobs/blob-store.ts";
import type { Store } from "../store/database.ts";
import { eraseWords, scrub } from "./erasure.ts";
import { isEnded, type JobRow } from "./job-row.ts";
import type { Log } from "./log.ts";
import { IDS_PER_QUERY } from "./owned-jobs.ts";

/** What a removal did, or would do. */
export interface Removal {
  /** Jobs whose audio was removed. */
  deleted: string[];
  erased: string[];
  bytesFreed: number;
  /** Shares that lose a track. */
  sharesAffected: string[];
  /** Names of the blobs that no row names any more. */
  blobNames: string[];
}

export const hasAudio = (row: JobRow) => row.status === "completed" && row.audio_deleted_at === null;

/** Whether erasing would still find words: jobs are described again after their erasure. */
const hasWords = (row: JobRow) =>
  isEnded(row) && (row.text_erased_at === null || row.title !== null || row.notes !== null || row.metadata !== null);

/**
 * Removes the audio of those of the jobs that have some, their tracks in shares, and with `eraseText` the words of all
 * that have ended. Runs inside the caller's transaction, which has just read the rows; `finishRemoval` comes after it.
 */
export async function removeAudio(
  trx: Store,
  rows: readonly JobRow[],
  { eraseText, dryRun }: { eraseText: boolean; dryRun: boolean },
): Promise<Removal> {
  const withAudio = rows.filter(hasAudio);
  const removal: Removal = {
    deleted: withAudio.map((row) => row.job_id),
    erased: eraseText ? rows.filter(hasWords).map((row) => row.job_id) : [],
    bytesFreed: withAudio.reduce((sum, row) => sum + (row.bytes ?? 0), 0),
    sharesAffected: [],
    blobNames: withAudio.flatMap((row) => row.blob_name ?? []),
  };
  const shares = new Set<string>();
  const audio_deleted_at = Date.now();
  for (let i = 0; i < removal.deleted.length; i += IDS_PER_QUERY) {
    const jobIds = removal.deleted.slice(i, i + IDS_PER_QUERY);
    const tracks = await trx.selectFrom("share_tracks").select("share_id").where("job_id", "in", jobIds).execute();
    for (const { share_id } of tracks) shares.add(share_id);
    if (dryRun) continue;
    await trx.deleteFrom("share_tracks").where("job_id", "in", jobIds).execute();
    await trx
      .updateTable("jobs")
      .set({ audio_deleted_at, blob_name: null, bytes: null })
      .where("job_id", "in", jobIds)
      .execute();
  }
  removal.sharesAffected = [...shares].sort();
  if (!dryRun) await eraseWords(trx, removal.erased);
  return removal;
}

/**
 * What follows the committed transaction: the files go, and erased words leave the database's files. A crash before
 * the end leaves blobs that no row names and a scrub that is due; `tidy` sees to both.
 */
export async function finishRemoval(
  { store, blobs, log }: { store: Store; blobs: BlobStore; log: Log },
  removal: Removal,
): Promise<void> {
  for (const name of removal.blobNames) {
    // Windows refuses while somebody reads the file; the next start's sweep takes it then.
    await blobs
      .remove(name)
      .catch((error) => log.warn({ err: error }, "a deleted job's file could not be removed yet"));
  }
  if (removal.erased.length > 0) {
    await scrub(store).catch((error) => log.warn({ err: error }, "erased texts leave the database at the next start"));
  }
}
