import { AppError, isErrorCode } from "../errors.ts";
import type { OutputFormat } from "../speech/encoders/encoder.ts";
import { WAV_HEADER_BYTES } from "../speech/encoders/wav.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Caller, JobService } from "./jobs.ts";
import { findOpenAiVoice, isOpenAiModel } from "./openai-voices.ts";
import type { StreamService } from "./streams.ts";

/** A job is looked at again after so long at most. */
const WAIT_SECONDS = 50;

/** [OpenAI's API reference] `pcm`: signed 16 bits, little-endian, without a header. */
const PCM_SAMPLE_RATE_HERTZ = 24_000;

interface Container {
  format: OutputFormat;
  contentType: string;
  sampleRateHertz?: number;
}

const CONTAINERS: Readonly<Record<"mp3" | "opus" | "wav" | "pcm", Container>> = {
  mp3: { format: "mp3", contentType: "audio/mpeg" },
  opus: { format: "ogg_opus", contentType: "audio/ogg" },
  wav: { format: "wav", contentType: "audio/wav" },
  pcm: { format: "wav", contentType: "audio/pcm", sampleRateHertz: PCM_SAMPLE_RATE_HERTZ },
};

/** What a program asks for, with the names it is asked by in OpenAI's API. */
export interface OpenAiSpeechWish {
  model: string;
  input: string;
  voice: string;
  responseFormat: keyof typeof CONTAINERS;
  speed?: number;
  instructions?: string;
  language?: string;
}

export interface OpenAiSpeechAnswer {
  jobId: string;
  contentType: string;
  body: ReadableStream<Uint8Array>;
}

/** Speech for programs that speak OpenAI's API: a job like any other, whose audio is the answer. */
export class OpenAiSpeech {
  readonly #jobs: JobService;
  readonly #streams: StreamService;
  readonly #catalogue: Catalogue;

  constructor(parts: { jobs: JobService; streams: StreamService; catalogue: Catalogue }) {
    this.#jobs = parts.jobs;
    this.#streams = parts.streams;
    this.#catalogue = parts.catalogue;
  }

  /**
   * Submits the job and gives its audio while it is made; of a text that is too long for a stream, when it is made.
   * @param idempotencyKey a repeat of the key gets the first job's audio
   * @throws AppError as `JobService.submit` does; the job's failure; the signal's reason when the caller leaves (the job goes on)
   */
  async create(
    caller: Caller,
    wish: OpenAiSpeechWish,
    idempotencyKey: string | undefined,
    signal: AbortSignal,
  ): Promise<OpenAiSpeechAnswer> {
    const { voice, capabilities } = await findOpenAiVoice(this.#catalogue, wish.voice, {
      language: wish.language,
      text: wish.input,
    });
    const { format, contentType, sampleRateHertz } = CONTAINERS[wish.responseFormat];
    const streams = capabilities.streaming && Buffer.byteLength(wish.input) <= capabilities.maxStreamBytes;
    const standsForAny = isOpenAiModel(wish.model) && !voice.availableModels.includes(wish.model);
    const { answer, replayed } = await this.#jobs.submit(
      caller,
      {
        text: wish.input,
        voiceId: voice.voiceId,
        model: standsForAny ? undefined : wish.model,
        prompt: wish.instructions,
        speed: wish.speed,
        outputFormat: format,
        sampleRateHertz,
        deliveryMode: streams ? "stream" : "async",
      },
      idempotencyKey === undefined ? undefined : { operation: "createSpeech", key: idempotencyKey },
    );
    // A file gets its last bytes at its beginning, where the lengths are: it can be read when it is whole.
    if (!streams || replayed) await this.#wait(caller, answer.jobId, signal);
    const { body } = await this.#streams.follow(answer.jobId, signal);
    const sound = wish.responseFormat === "pcm" ? body.pipeThrough(without(WAV_HEADER_BYTES)) : body;
    return { jobId: answer.jobId, contentType, body: sound };
  }

  async #wait(caller: Caller, jobId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { status, error } = await this.#jobs.wait(caller, jobId, WAIT_SECONDS, signal);
      if (status === "completed") return;
      if (error) {
        throw new AppError(isErrorCode(error.code) ? error.code : "GENERATION_FAILED", error.message, error);
      }
    }
  }
}

/** Leaves out the first bytes of a stream. */
function without(count: number): TransformStream<Uint8Array, Uint8Array> {
  let left = count;
  return new TransformStream({
    transform(bytes, controller) {
      const rest = bytes.subarray(Math.min(left, bytes.length));
      left -= bytes.length - rest.length;
      if (rest.length > 0) controller.enqueue(rest);
    },
  });
}
