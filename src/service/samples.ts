import { createHash } from "node:crypto";
import type { BlobStore } from "../blobs/blob-store.ts";
import { AppError } from "../errors.ts";
import type { JobQueue } from "../queue/queue.ts";
import type { OutputFormat } from "../speech/encoders/encoder.ts";
import { extensionOf, resolveAudioSettings } from "../speech/formats.ts";
import type { Store } from "../store/database.ts";
import { LOCAL_ACCOUNT_ID } from "./accounts.ts";
import type { Catalogue, CatalogueEntry } from "./catalogue.ts";
import { isoTime } from "./clock.ts";
import type { JobRow } from "./job-row.ts";
import type { Links } from "./links.ts";
import { sampleSentence } from "./sample-sentences.ts";
import { insertJob } from "./submit.ts";

export interface SampleAnswer {
  voiceId: string;
  sampleUrl?: string;
  expiresAt?: string;
  contentType?: string;
  /** Seconds. */
  retryAfter?: number;
  warnings?: string[];
}

type SampleFormat = "opus" | "aac" | "wav";

interface Parts {
  store: Store;
  blobs: BlobStore;
  catalogue: Catalogue;
  links: Links;
  queue: JobQueue;
}

/** What one clip is: a voice, its model and a format, and what decides how that sounds. */
interface Clip {
  entry: CatalogueEntry;
  model?: string;
  format: OutputFormat;
  text: string;
  /** Of the voice, model and format: the same for every make of the clip. */
  keyStart: string;
  key: string;
}

/** A failure is told for so long before the clip is tried again: a try may cost the provider's money. */
const FAILURE_LIFE_MS = 60_000;

/** Short free clips of voices: each is made once, by the job runner, and kept until its voice or model changes. */
export class SampleService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The clip's URL, or `retryAfter` while it is made.
   * @param wanted in order of preference
   * @throws AppError VOICE_NOT_FOUND, PROVIDER_DISABLED, UNSUPPORTED_MODIFIER for a model that the voice lacks, and what
   *   its making failed with
   */
  async sample(voiceId: string, wanted: readonly SampleFormat[], model?: string): Promise<SampleAnswer> {
    const entry = await this.#parts.catalogue.speaking(voiceId);
    const { voice } = entry;
    if (model && !voice.availableModels.includes(model)) {
      throw new AppError("UNSUPPORTED_MODIFIER", `${voice.voiceId} has no model "${model}".`, {
        hint: voice.availableModels.length ? `it has ${voice.availableModels.join(", ")}` : "leave model out",
        details: { fields: [{ field: "model", message: "unknown to this voice" }], voice_id: voice.voiceId },
      });
    }
    const made = wanted.length === 0 ? "opus" : wanted.find((format) => format !== "aac");
    const warnings = made ? undefined : ["aac can't be made here; the sample is wav."];
    const clip = clipOf(entry, made === "opus" ? "ogg_opus" : "wav", model);
    const job = await this.#find(clip.key);
    if (job?.status === "completed" && (await this.#hasAudio(job))) {
      const { url, expiresAt } = await this.#parts.links.audioUrl(job.job_id, extensionOf(clip.format));
      const contentType = job.content_type;
      return { voiceId: voice.voiceId, sampleUrl: url, expiresAt: isoTime(expiresAt), contentType, warnings };
    }
    if (job?.status === "failed") this.#tellFailure(job);
    if (!job || job.status === "completed" || job.status === "failed") await this.#make(clip);
    return { voiceId: voice.voiceId, retryAfter: 1, warnings };
  }

  /** @throws AppError as the clip's making did, while that was not long ago */
  #tellFailure(job: JobRow): void {
    const retryAfterMs = (job.completed_at ?? 0) + FAILURE_LIFE_MS - Date.now();
    if (retryAfterMs <= 0) return;
    const seconds = Math.ceil(retryAfterMs / 1000);
    throw new AppError("GENERATION_FAILED", `The sample could not be made: ${job.error_message}`, {
      hint: [job.error_hint, `it can be tried again in ${seconds} s`].filter(Boolean).join("; "),
      details: { reason: job.error_code },
      retryAfterMs,
    });
  }

  /** Begins to make a clip, and removes what was there of it: a failure, a lost file, or how the voice was before. */
  async #make(clip: Clip): Promise<void> {
    await this.#removeOthers(clip);
    const { entry, format, model, text, key } = clip;
    const settings = resolveAudioSettings({
      format,
      nativeSampleRateHertz: entry.capabilities.nativeSampleRateHertz,
      streaming: false,
    });
    const source = { text, voiceId: entry.voice.voiceId, speed: 1 };
    const spoken = { voice: entry.voice, source, said: text, settings, ...(model && { model }) };
    const planned = { ...spoken, charsCharged: 0, warnings: [] };
    await insertJob(
      this.#parts.store,
      { accountId: LOCAL_ACCOUNT_ID, kind: "sample", sampleKey: key, planned, charsCharged: 0 },
      undefined,
    ).catch(async (error) => {
      // Another caller asked for the same clip at this moment.
      if (!(await this.#find(key))) throw error;
    });
    this.#parts.queue.wake();
  }

  async #removeOthers({ entry, format, keyStart }: Clip): Promise<void> {
    const { store, blobs } = this.#parts;
    const ended = await store
      .selectFrom("jobs")
      .select(["job_id", "blob_name", "sample_key"])
      .where("kind", "=", "sample")
      .where("voice_id", "=", entry.voice.voiceId)
      .where("output_format", "=", format)
      .where("status", "in", ["completed", "failed"])
      .execute();
    for (const { job_id, blob_name, sample_key } of ended) {
      if (!sample_key?.startsWith(keyStart)) continue;
      await store.transaction().execute(async (trx) => {
        await trx.deleteFrom("job_texts").where("job_id", "=", job_id).execute();
        await trx.deleteFrom("jobs").where("job_id", "=", job_id).execute();
      });
      if (blob_name) await blobs.remove(blob_name);
    }
  }

  async #hasAudio({ blob_name }: JobRow): Promise<boolean> {
    return blob_name !== null && (await this.#parts.blobs.sizeBytes(blob_name)) !== undefined;
  }

  #find(sampleKey: string) {
    return this.#parts.store.selectFrom("jobs").selectAll().where("sample_key", "=", sampleKey).executeTakeFirst();
  }
}

function clipOf(entry: CatalogueEntry, format: OutputFormat, model: string | undefined): Clip {
  const { voice, capabilities } = entry;
  const text = sampleSentence(voice);
  // Without a model the voice's first one speaks.
  const spokenBy = model ?? voice.availableModels[0] ?? "";
  const sound = JSON.stringify([text, capabilities.nativeSampleRateHertz, voice.revision ?? ""]);
  const keyStart = `${voice.voiceId} ${format} ${spokenBy} `;
  const key = keyStart + createHash("sha256").update(sound).digest("base64url").slice(0, 16);
  return { entry, model, format, text, keyStart, key };
}
