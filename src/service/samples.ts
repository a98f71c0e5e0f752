import { AppError } from "../errors.ts";
import type { JobQueue } from "../queue/queue.ts";
import type { OutputFormat } from "../speech/encoders/encoder.ts";
import { extensionOf, resolveAudioSettings } from "../speech/formats.ts";
import type { Store } from "../store/database.ts";
import { LOCAL_ACCOUNT_ID } from "./accounts.ts";
import type { Catalogue } from "./catalogue.ts";
import { isoTime } from "./clock.ts";
import type { Links } from "./links.ts";
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

/** What a sample says, by language; English stands in for a language without a sentence of its own. */
const SENTENCES: Record<string, (name: string) => string> = {
  en: (name) => `Hello, my name is ${name}. This is how I sound when I read to you.`,
};

/** Short free clips of voices: each is made once, by the job runner, and kept. */
export class SampleService {
  readonly #parts: { store: Store; catalogue: Catalogue; links: Links; queue: JobQueue };

  constructor(parts: { store: Store; catalogue: Catalogue; links: Links; queue: JobQueue }) {
    this.#parts = parts;
  }

  /** The clip's URL, or `retryAfter` while it is made. @throws AppError VOICE_NOT_FOUND, PROVIDER_DISABLED, GENERATION_FAILED. */
  async sample(voiceId: string, wanted: readonly ("opus" | "aac" | "wav")[], model?: string): Promise<SampleAnswer> {
    const { voice, capabilities } = await this.#parts.catalogue.get(voiceId);
    if (!voice.available) {
      throw new AppError("PROVIDER_DISABLED", `${voice.voiceId} can't speak here: ${voice.whyUnavailable}`);
    }
    if (model && !voice.availableModels.includes(model)) {
      throw new AppError("UNSUPPORTED_MODIFIER", `${voice.voiceId} has no model "${model}".`, {
        hint: voice.availableModels.length ? `it has ${voice.availableModels.join(", ")}` : "leave model out",
        details: { fields: [{ field: "model", message: "unknown to this voice" }] },
      });
    }
    const first = wanted[0] ?? "opus";
    const format: OutputFormat = first === "opus" ? "ogg_opus" : "wav";
    const warnings = first === "aac" ? ["aac can't be made here; the sample is wav."] : undefined;
    const sampleKey = `${voice.voiceId} ${format}`;
    const job = await this.#find(sampleKey);
    if (job?.status === "completed") {
      const { url, expiresAt } = await this.#parts.links.audioUrl(job.job_id, extensionOf(format));
      const contentType = job.content_type;
      return { voiceId: voice.voiceId, sampleUrl: url, expiresAt: isoTime(expiresAt), contentType, warnings };
    }
    if (job?.status === "failed") {
      // Freed for the next try, which may go better.
      await this.#parts.store.updateTable("jobs").set({ sample_key: null }).where("job_id", "=", job.job_id).execute();
      throw new AppError("GENERATION_FAILED", `The sample could not be made: ${job.error_message}`);
    }
    if (!job) {
      const sentence = SENTENCES[voice.language.split("-")[0]!] ?? SENTENCES.en!;
      const settings = resolveAudioSettings({
        format,
        nativeSampleRateHertz: capabilities.nativeSampleRateHertz,
        streaming: false,
      });
      const planned = { voice, speed: 1, settings, charsCharged: 0, warnings: [] };
      await insertJob(
        this.#parts.store,
        {
          accountId: LOCAL_ACCOUNT_ID,
          kind: "sample",
          sampleKey,
          text: sentence(voice.name),
          planned,
          charsCharged: 0,
        },
        undefined,
      ).catch(async (error) => {
        // Another caller asked for the same clip at this moment.
        if (!(await this.#find(sampleKey))) throw error;
      });
      this.#parts.queue.wake();
    }
    return { voiceId: voice.voiceId, retryAfter: 1, warnings };
  }

  #find(sampleKey: string) {
    return this.#parts.store.selectFrom("jobs").selectAll().where("sample_key", "=", sampleKey).executeTakeFirst();
  }
}
