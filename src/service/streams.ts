import type { BlobReader, BlobStore } from "../blobs/blob-store.ts";
import { AppError } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { audioDeleted } from "./audio-files.ts";
import { isEnded, type JobRow } from "./job-row.ts";
import { hashToken } from "./links.ts";
import type { LiveJob, LiveJobs } from "./live-jobs.ts";

/** A read of the growing file takes at most this much: what a slow reader costs in memory. */
const READ_BYTES = 64 * 1024;
const POLL_MS = 200;

export interface AudioStream {
  contentType: string;
  body: ReadableStream<Uint8Array>;
}

/** Plays jobs while they are made: the reader follows the growing file, so what it gets is what is saved. */
export class StreamService {
  readonly #store: Store;
  readonly #blobs: BlobStore;
  readonly #live: LiveJobs;

  constructor(parts: { store: Store; blobs: BlobStore; live: LiveJobs }) {
    this.#store = parts.store;
    this.#blobs = parts.blobs;
    this.#live = parts.live;
  }

  /**
   * Uses up a stream URL and gives its audio. One conditional update decides, so two readers can't both have it.
   * @throws AppError NOT_FOUND for a token never made; STREAM_CONSUMED for one that was used or has expired.
   */
  async open(token: string, signal: AbortSignal): Promise<AudioStream> {
    const token_hash = hashToken(token);
    const now = Date.now();
    const used = await this.#store
      .updateTable("streams")
      .set({ consumed_at: now })
      .where("token_hash", "=", token_hash)
      .where("consumed_at", "is", null)
      .where("expires_at", ">", now)
      .returning("job_id")
      .executeTakeFirst();
    if (used) return this.follow(used.job_id, signal);
    const row = await this.#store
      .selectFrom("streams")
      .select(["consumed_at", "job_id"])
      .where("token_hash", "=", token_hash)
      .executeTakeFirst();
    if (!row)
      throw new AppError("NOT_FOUND", "There is no such stream.", { hint: "use the stream_url as it was given" });
    throw new AppError(
      "STREAM_CONSUMED",
      row.consumed_at ? "This stream was played." : "This stream URL has expired.",
      {
        hint: "the saved audio is at the job's audio_endpoint (get_audio_link)",
        details: { job_id: row.job_id },
      },
    );
  }

  /**
   * The audio of a streaming job while it is made, and of any job that has ended.
   * @throws AppError GENERATION_FAILED; AUDIO_DELETED; the signal's reason
   */
  async follow(jobId: string, signal: AbortSignal): Promise<AudioStream> {
    for (;;) {
      const seen = this.#live.newsCount;
      const live = this.#live.get(jobId);
      // The file is opened while the first sound is made; nothing is answered before there is some.
      const reader = await live?.reader().catch(() => undefined); // renamed this moment: then the row tells
      if (live && reader) {
        const { content_type } = await this.#row(jobId);
        await live.moreThan(0);
        if (live.ended !== "stopped") return { contentType: content_type, body: followFile(live, reader) };
        await reader.close();
      }
      const row = await this.#row(jobId);
      if (row.status === "failed") {
        throw new AppError("GENERATION_FAILED", row.error_message!, { hint: row.error_hint ?? undefined });
      }
      if (isEnded(row)) {
        const body = row.blob_name === null ? undefined : await this.#blobs.read(row.blob_name);
        if (body) return { contentType: row.content_type, body };
        throw audioDeleted();
      }
      await this.#live.news(jobId, seen, POLL_MS, signal);
      signal.throwIfAborted();
    }
  }

  #row(jobId: string): Promise<JobRow> {
    return this.#store.selectFrom("jobs").selectAll().where("job_id", "=", jobId).executeTakeFirstOrThrow();
  }
}

function followFile(live: LiveJob, reader: BlobReader): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await live.moreThan(offset);
        const bytes = await reader.read(offset, Math.min(READ_BYTES, live.bytesWritten - offset || READ_BYTES));
        if (bytes.length > 0) {
          offset += bytes.length;
          controller.enqueue(bytes);
          return;
        }
        await reader.close();
        // Half a file must not look like a whole one: the connection breaks instead of ending well.
        if (live.ended === "completed") controller.close();
        else controller.error(new AppError("GENERATION_FAILED", "The speech could not be finished."));
      },
      cancel: () => reader.close(), // the listener left; the job goes on
    },
    { highWaterMark: 0 },
  );
}
