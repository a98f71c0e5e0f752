import { AppError, invalidField } from "../../errors.ts";
import type { Store } from "../../store/database.ts";
import { audioDeleted } from "../audio-files.ts";
import { hasAudio } from "../audio-removal.ts";
import { requireJobs } from "../owned-jobs.ts";

/** As many as a page can show and a call can name. */
const MAX_TRACKS = 100;

export interface Track {
  jobId: string;
  title?: string;
  durationSeconds?: number;
}

/** A share's tracks in their order. */
export async function tracksOf(store: Store, shareId: string): Promise<Track[]> {
  const rows = await store
    .selectFrom("share_tracks")
    .innerJoin("jobs", "jobs.job_id", "share_tracks.job_id")
    .select(["jobs.job_id", "title", "duration_seconds"])
    .where("share_id", "=", shareId)
    .orderBy("position")
    .execute();
  return rows.map((row) => ({
    jobId: row.job_id,
    title: row.title ?? undefined,
    durationSeconds: row.duration_seconds ?? undefined,
  }));
}

/** @throws AppError INVALID_INPUT that names the first id that comes twice. */
export function refuseRepeats(field: string, jobIds: readonly string[]): void {
  const twice = jobIds.find((id, i) => jobIds.indexOf(id) !== i);
  if (twice === undefined) return;
  throw invalidField(field, `${field} names "${twice}" twice.`, "a job is one track at most; send each id once");
}

/** @throws AppError NOT_FOUND, JOB_NOT_COMPLETED or AUDIO_DELETED for a job that can't be a track. */
export async function requireTracks(store: Store, accountId: string, jobIds: readonly string[]): Promise<void> {
  for (const row of await requireJobs(store, accountId, jobIds)) {
    if (hasAudio(row)) continue;
    const facts = { job_id: row.job_id, status: row.status };
    if (row.status === "completed") {
      const { message, hint } = audioDeleted();
      throw new AppError("AUDIO_DELETED", `${message.replace(/\.$/, "")} ("${row.job_id}").`, { hint, details: facts });
    }
    const failed = row.status === "failed";
    throw new AppError("JOB_NOT_COMPLETED", `Job "${row.job_id}" is ${row.status}: it has no audio to share.`, {
      hint: failed ? "leave it out" : "wait for it with get_job_status (wait_seconds), then share it",
      retryAfterMs: failed ? undefined : 1_000,
      details: facts,
    });
  }
}

/** Makes these the share's tracks, in this order, inside the caller's transaction. */
export async function writeTracks(trx: Store, share_id: string, jobIds: readonly string[]): Promise<void> {
  await trx.deleteFrom("share_tracks").where("share_id", "=", share_id).execute();
  const rows = jobIds.map((job_id, position) => ({ share_id, job_id, position }));
  if (rows.length > 0) await trx.insertInto("share_tracks").values(rows).execute();
}

/**
 * Takes tracks away and puts new ones last, inside the caller's transaction. Jobs that are tracks already stay where
 * they are; jobs to remove that are no tracks are left alone.
 * @throws AppError INVALID_INPUT for a job in both lists, for no track left, or too many; as `requireTracks`.
 */
export async function changeTracks(
  trx: Store,
  accountId: string,
  shareId: string,
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
): Promise<void> {
  const both = add.find((id) => remove.includes(id));
  if (both !== undefined) {
    throw invalidField("remove_job_ids", `"${both}" is to be added and removed.`, "send it in one of the two");
  }
  if (add.length + remove.length === 0) return;
  await requireTracks(trx, accountId, add);
  await requireJobs(trx, accountId, remove);
  const present = (await tracksOf(trx, shareId)).map((track) => track.jobId);
  const tracks = [...new Set([...present.filter((id) => !remove.includes(id)), ...add])];
  if (tracks.length === 0) {
    throw invalidField("remove_job_ids", "The share would have no tracks.", "revoke_share closes a share");
  }
  if (tracks.length > MAX_TRACKS) {
    const message = `The share would have ${tracks.length} tracks; ${MAX_TRACKS} are the most.`;
    throw invalidField("add_job_ids", message, "make a second share with create_share");
  }
  await writeTracks(trx, shareId, tracks);
}
