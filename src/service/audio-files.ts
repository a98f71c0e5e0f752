import type { BlobStore } from "../blobs/blob-store.ts";
import { AppError } from "../errors.ts";
import type { Store } from "../store/database.ts";
import type { AudioSignature, Links } from "./links.ts";

export interface AudioFile {
  contentType: string;
  bytes: number;
  /** Changes with the content: each attempt has a name of its own. */
  etag: string;
  fileName: string;
  /** Whether the permission to hear it may end before the URL does, so that a browser has to ask each time. */
  mayChange?: boolean;
  read(range?: { start: number; end: number }): Promise<ReadableStream<Uint8Array>>;
}

/** Finished audio behind signed URLs. */
export class AudioFiles {
  readonly #parts: { store: Store; blobs: BlobStore; links: Links };

  constructor(parts: { store: Store; blobs: BlobStore; links: Links }) {
    this.#parts = parts;
  }

  /** @throws AppError NOT_FOUND for a signature that is not ours or too old; AUDIO_DELETED when there is no file any more. */
  async open(jobId: string, signature: AudioSignature): Promise<AudioFile> {
    if (!this.#parts.links.isGood(jobId, signature)) {
      throw new AppError("NOT_FOUND", "This audio URL is not valid, or its 24 hours are over.", {
        hint: "get a new one with get_audio_link (GET /tts/{job_id})",
      });
    }
    return this.find(jobId);
  }

  /** For who was let in by other means. @throws AppError AUDIO_DELETED when there is no file (any more). */
  async find(jobId: string): Promise<AudioFile> {
    const row = await this.#parts.store
      .selectFrom("jobs")
      .select(["blob_name", "content_type", "status"])
      .where("job_id", "=", jobId)
      .executeTakeFirst();
    const name = row?.status === "completed" ? row.blob_name : undefined;
    const bytes = name ? await this.#parts.blobs.sizeBytes(name) : undefined;
    if (!row || !name || bytes === undefined) throw audioDeleted();
    return {
      contentType: row.content_type,
      bytes,
      etag: `"${name}"`,
      fileName: name,
      read: async (range) => {
        const body = await this.#parts.blobs.read(name, range);
        if (!body) throw audioDeleted();
        return body;
      },
    };
  }
}

/** What every way to the audio of a job answers after its removal. */
export const audioDeleted = () =>
  new AppError("AUDIO_DELETED", "The audio of this job was deleted.", {
    hint: "make it again with generate_speech; get_job_text has the text unless that was erased too",
  });
