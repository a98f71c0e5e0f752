import { type Client, type ClientOptions, createClient } from "../../../src/client/client.ts";
import { inProcessTransport } from "../../../src/client/in-process.ts";

/** Bytes that are easy to tell apart from anything else. */
export const AUDIO = Uint8Array.from({ length: 3_000 }, (_, i) => i % 251);

export const VOICE = {
  voice_id: "flite:en-US-Clustergen-Rms",
  provider: "flite",
  language: "en-US",
  family: "Clustergen",
  name: "Rms",
  gender: "male",
  model_type: "premium",
  characteristics: { styles: [], roles: [], age: "adult", accent: "american", pitch: "low", use_case: ["narration"] },
  available_models: [],
  supports_ssml: true,
  supports_markup: false,
  supports_multispeaker: true,
};

export const CAPABILITIES = {
  streaming: true,
  formats: ["wav", "mp3", "ogg_opus"],
  sample_rates: [8000, 16000, 48000],
  limits: { text_bytes: 500000, stream_bytes: 5000 },
  speed: { min: 0.25, max: 4 },
  ssml: true,
  markup: false,
  prompt: false,
  multi_speaker: true,
  bitrate: true,
};

export interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body?: Record<string, unknown>;
  signal: AbortSignal;
}

type Answer = Response | Promise<Response>;
type Job = Record<string, unknown> & { job_id: string };

export const ok = (data: unknown, status = 200, headers: Record<string, string> = {}) =>
  Response.json({ success: true, data }, { status, headers });
export const fail = (status: number, error: unknown, headers: Record<string, string> = {}) =>
  Response.json({ success: false, error }, { status, headers });

/** A service in memory that speaks REST v1: jobs complete at the n-th look at them. */
export class FakeService {
  seen: Seen[] = [];
  jobs = new Map<string, Job>();
  looks = new Map<string, number>();
  voices: Record<string, unknown>[] = [VOICE];
  audio: Uint8Array = AUDIO;
  audioType = "audio/mpeg";
  /** How many looks at a job it takes until it is completed. */
  looksNeeded = 1;
  /** Members of a completed job beside the usual ones. */
  outcome: Record<string, unknown> = {};
  /** Answers that come first, in order, instead of the usual ones. */
  scripted: ((seen: Seen) => Answer | undefined)[] = [];
  #made = 0;

  fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const text = await request.text();
    const seen: Seen = {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text ? JSON.parse(text) : undefined,
      signal: request.signal,
    };
    this.seen.push(seen);
    const scripted = this.scripted.shift()?.(seen);
    return scripted ?? this.#usual(seen);
  };

  /** How often a route was called. */
  count(method: string, path: RegExp): number {
    return this.seen.filter((seen) => seen.method === method && path.test(seen.path)).length;
  }

  #usual({ method, path, body, query }: Seen): Response {
    if (method === "POST" && path === "/api/v1/tts") return this.#submit(body ?? {});
    const job = /^\/api\/v1\/tts\/([^/]+)$/.exec(path)?.[1];
    if (job) return this.#job(decodeURIComponent(job));
    const audio = /^\/api\/v1\/tts\/([^/]+)\/audio$/.exec(path)?.[1];
    if (audio) return new Response(null, { status: 302, headers: { Location: `/audio/${audio}?sig=abc` } });
    if (path.startsWith("/audio/")) {
      const headers = { "Content-Type": this.audioType, "Content-Length": String(this.audio.length) };
      return new Response(this.audio as Uint8Array<ArrayBuffer>, { headers });
    }
    if (path === "/api/v1/voices") return this.#voices(query);
    const voice = this.voices.find((one) => path === `/api/v1/voices/${encodeURIComponent(String(one.voice_id))}`);
    if (voice) return ok({ ...voice, capabilities: CAPABILITIES });
    if (path.startsWith("/api/v1/voices/")) return fail(404, { code: "VOICE_NOT_FOUND", message: "No such voice." });
    return new Response("not here", { status: 404 });
  }

  #submit(body: Record<string, unknown>): Response {
    const job_id = `job-${++this.#made}`;
    this.jobs.set(job_id, { job_id, voice_id: String(body.voice_id ?? VOICE.voice_id) });
    const streams = body.delivery_mode === "stream";
    const stream = { stream_url: "http://127.0.0.1:1/stream/x", transport_format: "ogg_opus" };
    return ok({ job_id, status: "pending", chars_charged: 5, ...(streams && stream) }, streams ? 201 : 202);
  }

  #job(job_id: string): Response {
    const job = this.jobs.get(job_id);
    if (!job) return fail(404, { code: "NOT_FOUND", message: "No such job." });
    const looks = (this.looks.get(job_id) ?? 0) + 1;
    this.looks.set(job_id, looks);
    if (looks < this.looksNeeded) return ok({ ...job, status: "processing", progress: { done: looks, total: 10 } });
    const done = {
      status: "completed",
      audio_endpoint: `/api/v1/tts/${job_id}/audio`,
      audio_url: `http://127.0.0.1:1/audio/${job_id}`,
      content_type: this.audioType,
      bytes: this.audio.length,
      duration_seconds: 1.25,
    };
    return ok({ ...job, ...done, ...this.outcome });
  }

  #voices(query: URLSearchParams): Response {
    const language = query.get("language");
    const found = this.voices.filter((voice) => !language || String(voice.language).startsWith(language));
    return ok({ voices: found.slice(0, Number(query.get("limit") ?? 1e6)), total: found.length });
  }
}

/** A client of a fake service in this process, without pauses between retries. */
export function clientOf(service: FakeService, options: Partial<ClientOptions> = {}): Client {
  return createClient({
    transport: inProcessTransport(async () => service.fetch),
    retry: { baseMs: 0 },
    ...options,
  });
}
