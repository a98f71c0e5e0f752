import type * as z from "zod";
import { OutputFormat } from "../contract/common.ts";
import { getSpeechAudio } from "../contract/tts.ts";
import { BASE_PATH, encodeRequest } from "../contract/wire.ts";
import { AppError, codeForStatus } from "../errors.ts";
import { cancelled, withDeadline } from "./abort.ts";
import { readJson } from "./answer.ts";
import { foreignAnswer, fromResponse, fromTransport, timedOut } from "./failures.ts";
import { type RetryPolicy, withRetries } from "./retry.ts";
import type { Transport } from "./transport.ts";

export type Format = z.output<typeof OutputFormat>;

/** What has to be known of a job to read its audio. */
export interface JobAudio {
  job_id: string;
  file_path?: string;
  content_type?: string;
  bytes?: number;
}

export interface AudioSource {
  /** Media type without parameters, e.g. audio/mpeg. */
  contentType: string;
  /** The whole size, where it is known before reading. */
  bytes?: number;
  /** Ends early only with an error: NETWORK_ERROR when the audio is cut short, CANCELLED when the caller gave up. */
  body: ReadableStream<Uint8Array>;
}

const MEDIA_TYPES: Record<Format, readonly string[]> = {
  mp3: ["audio/mpeg", "audio/mp3"],
  wav: ["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"],
  ogg_opus: ["audio/ogg", "audio/opus", "application/ogg"],
};

const mediaType = (header: string | null | undefined) => (header ?? "").split(";")[0]!.trim().toLowerCase();

/** The output format that a media type stands for. */
export function formatOf(contentType: string | undefined): Format | undefined {
  const plain = mediaType(contentType);
  return OutputFormat.options.find((format) => MEDIA_TYPES[format].includes(plain));
}

const MAX_REDIRECTS = 4;

/**
 * Opens a completed job's audio: the file itself where the service runs here, else GET /tts/{id}/audio and where it
 * redirects to. The API key is not sent along with the redirect; a signed URL needs none.
 * @throws AppError JOB_NOT_COMPLETED, AUDIO_DELETED, NOT_FOUND, NETWORK_ERROR …
 */
export async function openAudio(
  transport: Transport,
  policy: RetryPolicy,
  job: JobAudio,
  signal?: AbortSignal,
): Promise<AudioSource> {
  if (transport.local && job.file_path) {
    const file = await openFile(job.file_path, job.content_type, signal);
    if (file) return file;
  }
  const response = await withRetries(() => openOnce(transport, job.job_id, signal), signal, policy);
  const contentType = mediaType(response.headers.get("content-type"));
  // A compressed body has another length than its header says.
  const length = response.headers.get("content-encoding") ? null : response.headers.get("content-length");
  const bytes = length !== null ? Number(length) : job.bytes;
  return {
    contentType: formatOf(contentType) ? contentType : (job.content_type ?? contentType),
    bytes,
    body: ReadableStream.from(counted(response.body ?? [], bytes, signal)),
  };
}

function openOnce(transport: Transport, job_id: string, signal?: AbortSignal): Promise<Response> {
  // The time-out is for the headers; the caller's signal stays in force while the body is read.
  const late = new AbortController();
  const both = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  return withDeadline(
    transport.timeoutMs,
    signal,
    (inner) => {
      inner.addEventListener("abort", () => late.abort(inner.reason), { once: true });
      return follow(transport, job_id, both);
    },
    () => timedOut(new URL(transport.baseUrl).host),
  ).catch((error: unknown): never => {
    throw fromTransport(error, transport);
  });
}

/** The response that holds the audio, after the redirects. */
async function follow(transport: Transport, job_id: string, signal: AbortSignal): Promise<Response> {
  const { path } = encodeRequest(getSpeechAudio, { job_id });
  let url = transport.baseUrl + BASE_PATH + path;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await transport.fetch(url, { method: "GET", signal, authenticated: hop === 0 });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || !location) return checked(response, url, hop);
    await response.body?.cancel();
    if (!URL.canParse(location, url)) throw foreignAnswer(response, url, "a redirect to no URL");
    const next = new URL(location, url);
    if (!/^https?:$/.test(next.protocol)) throw foreignAnswer(response, url, `a redirect to ${next.protocol}`);
    url = next.href;
  }
  throw new AppError("NETWORK_ERROR", "The audio's address redirects too often.", { hint: "check AITTSM_BASE_URL" });
}

async function checked(response: Response, url: string, hop: number): Promise<Response> {
  const type = response.headers.get("content-type") ?? "";
  if (response.status === 200 && !/^(text\/|application\/json)/i.test(type)) return response;
  const body = await readJson(response, url);
  if (response.ok) throw foreignAnswer(response, url, `${type || "nothing"} instead of audio`);
  // A storage service says in its own words that a link is over; only the service's own answer has our envelope.
  if (hop === 0 || body !== undefined) throw fromResponse(response, body, url, getSpeechAudio);
  throw new AppError(
    codeForStatus(response.status),
    `${new URL(url).host} answered ${response.status} for the audio.`,
    {
      hint: "the link may be over; call get_audio_link again",
    },
  );
}

async function openFile(path: string, contentType = "", signal?: AbortSignal): Promise<AudioSource | undefined> {
  const { open } = await import("node:fs/promises");
  // Gone or unreadable (another user's data directory): the service is asked, which knows why.
  const handle = await open(path, "r").catch(() => undefined);
  if (!handle) return undefined;
  const { size } = await handle.stat();
  return { contentType, bytes: size, body: ReadableStream.from(counted(handle.createReadStream(), size, signal)) };
}

/** Passes bytes on and fails when there are fewer or more than `expected`, or the connection breaks off. */
async function* counted(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const broken = (cause?: unknown) =>
    new AppError(
      "NETWORK_ERROR",
      `The audio broke off after ${bytes} of ${expected ?? "an unknown number of"} bytes.`,
      {
        hint: "call get_audio_link again; the audio is kept",
        cause,
      },
    );
  try {
    for await (const chunk of body) {
      if (signal?.aborted) throw cancelled();
      bytes += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    if (signal?.aborted) throw cancelled();
    throw error instanceof AppError ? error : broken(error);
  }
  if (expected !== undefined && bytes !== expected) throw broken();
}
