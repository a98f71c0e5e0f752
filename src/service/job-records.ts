import type { BlobStore } from "../blobs/blob-store.ts";
import { AppError, invalidField } from "../errors.ts";
import { saidText } from "../speech/script/build.ts";
import type { Store } from "../store/database.ts";
import { finishRemoval, removeAudio } from "./audio-removal.ts";
import { type JobFilter, type JobItem, jobItems, listJobs } from "./job-list.ts";
import { isEnded, type JobRow } from "./job-row.ts";
import { indexJob, unindexJob } from "./job-search.ts";
import type { Log } from "./log.ts";
import { mergeMetadata } from "./metadata.ts";
import { requireJobs } from "./owned-jobs.ts";
import type { PageRequest } from "./paging.ts";

export interface JobPatch {
  title?: string;
  notes?: string;
  metadata?: Record<string, string>;
  removeMetadataKeys?: readonly string[];
}

export type JobDetails = JobItem & { notes?: string; metadata?: Record<string, string> };

/** The history of an account's jobs: what was spoken, what is noted about it, and its removal. */
export class JobRecords {
  readonly #parts: { store: Store; blobs: BlobStore; log: Log };

  constructor(parts: { store: Store; blobs: BlobStore; log: Log }) {
    this.#parts = parts;
  }

  /** As `listJobs`. */
  list(accountId: string, request: JobFilter & PageRequest) {
    return listJobs(this.#parts.store, accountId, request);
  }

  /** @throws AppError NOT_FOUND for a job that is not there, or whose text was erased. */
  async text(accountId: string, jobId: string) {
    const row = await this.#row(this.#parts.store, accountId, jobId);
    const text = await textOf(this.#parts.store, jobId);
    if (text === undefined) {
      throw new AppError("NOT_FOUND", "The text of this job was erased.", { hint: "nothing of it is left" });
    }
    return {
      jobId,
      text,
      format: row.text_format,
      chars: [...text].length,
      title: row.title ?? undefined,
      notes: row.notes ?? undefined,
      metadata: metadataOf(row),
    };
  }

  /**
   * A merge patch: what is not given stays, an empty title or notes clears it.
   * @throws AppError NOT_FOUND; INVALID_INPUT for nothing to change, or metadata past its bounds. Then nothing changes.
   */
  async update(accountId: string, jobId: string, patch: JobPatch): Promise<JobDetails> {
    if (Object.values(patch).every((value) => value === undefined)) {
      throw invalidField("title", "There is nothing to change.", "send title, notes, metadata or remove_metadata_keys");
    }
    return this.#parts.store.transaction().execute(async (trx) => {
      const row = await this.#row(trx, accountId, jobId);
      const metadata = mergeMetadata(metadataOf(row) ?? {}, patch.metadata, patch.removeMetadataKeys);
      const title = patch.title === undefined ? row.title : patch.title || null;
      const notes = patch.notes === undefined ? row.notes : patch.notes || null;
      await trx
        .updateTable("jobs")
        .set({ title, notes, metadata: Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : null })
        .where("job_id", "=", jobId)
        .execute();
      if (title !== row.title) {
        await unindexJob(trx, jobId);
        const text = (await textOf(trx, jobId)) ?? "";
        const said = saidText({ text, format: row.text_format, dialogue: row.second_voice_id !== null });
        await indexJob(trx, jobId, title ?? undefined, said);
      }
      return details(trx, await this.#row(trx, accountId, jobId));
    });
  }

  /** A repeat keeps the first bookmark. @throws AppError NOT_FOUND. */
  async bookmark(accountId: string, jobId: string, bookmarked: boolean) {
    await this.#parts.store.transaction().execute(async (trx) => {
      const row = await this.#row(trx, accountId, jobId);
      if ((row.bookmarked_at !== null) === bookmarked) return;
      const bookmarked_at = bookmarked ? Date.now() : null;
      await trx.updateTable("jobs").set({ bookmarked_at }).where("job_id", "=", jobId).execute();
    });
    return { jobId, bookmarked };
  }

  /**
   * Removes a job's audio, and with `eraseText` its words; the job stays. A repeat removes nothing more.
   * @throws AppError NOT_FOUND; JOB_NOT_COMPLETED while the job runs.
   */
  async deleteAudio(accountId: string, jobId: string, { eraseText = false, dryRun = false }) {
    const removal = await this.#parts.store.transaction().execute(async (trx) => {
      const row = await this.#row(trx, accountId, jobId);
      if (!isEnded(row)) {
        throw new AppError("JOB_NOT_COMPLETED", `The job is ${row.status}.`, {
          hint: "delete its audio when it has ended (get_job_status with wait_seconds)",
          retryAfterMs: 1_000,
          details: { status: row.status },
        });
      }
      return removeAudio(trx, [row], { eraseText, dryRun });
    });
    if (!dryRun) await finishRemoval(this.#parts, removal);
    return {
      jobId,
      deleted: !dryRun && removal.deleted.length > 0,
      textErased: eraseText ? !dryRun : undefined,
      bytesFreed: removal.bytesFreed,
      sharesAffected: removal.sharesAffected,
    };
  }

  async #row(store: Store, accountId: string, jobId: string): Promise<JobRow> {
    return (await requireJobs(store, accountId, [jobId]))[0]!;
  }
}

async function textOf(store: Store, jobId: string): Promise<string | undefined> {
  const row = await store.selectFrom("job_texts").select("text").where("job_id", "=", jobId).executeTakeFirst();
  return row?.text;
}

const metadataOf = (row: JobRow): Record<string, string> | undefined =>
  row.metadata === null ? undefined : JSON.parse(row.metadata);

async function details(store: Store, row: JobRow): Promise<JobDetails> {
  const [item] = await jobItems(store, [row]);
  return { ...item!, notes: row.notes ?? undefined, metadata: metadataOf(row) };
}
