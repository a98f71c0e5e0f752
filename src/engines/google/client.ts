import type { Dispatcher } from "undici";
import { AppError } from "../../errors.ts";
import { Authorizer } from "./authorizer.ts";
import { failureOf } from "./failures.ts";
import type { SynthesizeBody } from "./request.ts";
import type { GoogleSettings } from "./setup.ts";
import { readWav, type WavSound } from "./wav.ts";

/** A minute of speech takes Google's slowest models about half a minute. */
const SYNTHESIS_TIMEOUT_MS = 120_000;
const LIST_TIMEOUT_MS = 8_000;

/** The pause before try n is a random time up to baseMs·2ⁿ⁻¹, at most maxMs, never less than Google asks for. */
const BACK_OFF = { baseMs: 500, maxMs: 8_000 };
/** Who is asked to wait longer is told so. */
const LONGEST_PAUSE_MS = 20_000;
const SYNTHESIS_TRIES = 4;
const LIST_TRIES = 2;

interface Call {
  method: "GET" | "POST";
  path: string;
  body?: string;
  timeoutMs: number;
  tries: number;
}

/** Cloud Text-to-Speech, REST v1 (https://cloud.google.com/text-to-speech/docs/reference/rest). */
export class GoogleClient {
  readonly #endpoint: string;
  readonly #authorizer: Authorizer;
  #http: ReturnType<typeof loadHttp> | undefined;

  constructor({ endpoint, credentials }: GoogleSettings) {
    this.#endpoint = endpoint;
    this.#authorizer = new Authorizer(credentials);
  }

  /** The list of voices as Google sends it. @throws AppErrors; see `failureOf` */
  async listVoices(signal: AbortSignal): Promise<unknown> {
    const call = { method: "GET", path: "/v1/voices", timeoutMs: LIST_TIMEOUT_MS, tries: LIST_TRIES } as const;
    return readJson(await this.#call(call, signal));
  }

  /**
   * Speaks one input.
   * @throws AppErrors; see `failureOf`; the signal's reason when it aborts
   */
  async synthesize(body: SynthesizeBody, signal: AbortSignal): Promise<WavSound> {
    const text = await this.#call(
      {
        method: "POST",
        path: "/v1/text:synthesize",
        body: JSON.stringify(body),
        timeoutMs: SYNTHESIS_TIMEOUT_MS,
        tries: SYNTHESIS_TRIES,
      },
      signal,
    );
    const { audioContent } = readJson(text) as { audioContent?: unknown };
    if (typeof audioContent !== "string" || audioContent === "") {
      throw new AppError("PROVIDER_ERROR", "Google answered without sound.", { hint: "try again" });
    }
    return readWav(Buffer.from(audioContent, "base64"));
  }

  async close(): Promise<void> {
    const http = await this.#http;
    this.#http = undefined;
    await http?.dispatcher.destroy();
  }

  async #call(call: Call, signal: AbortSignal): Promise<string> {
    for (let failures = 0; ; ) {
      try {
        return await this.#attempt(call, signal);
      } catch (error) {
        signal.throwIfAborted();
        failures++;
        const worthIt = error instanceof AppError && error.retryable && failures < call.tries;
        if (!worthIt || (error.retryAfterMs ?? 0) > LONGEST_PAUSE_MS) throw error;
        const backOff = Math.random() * Math.min(BACK_OFF.maxMs, BACK_OFF.baseMs * 2 ** (failures - 1));
        await pause(Math.max(error.retryAfterMs ?? 0, backOff), signal);
      }
    }
  }

  async #attempt({ method, path, body, timeoutMs }: Call, signal: AbortSignal): Promise<string> {
    const late = AbortSignal.timeout(timeoutMs);
    const either = AbortSignal.any([signal, late]);
    try {
      const shown = await race(this.#authorizer.headers(), either);
      const headers = { ...(body && { "content-type": "application/json" }), ...shown };
      this.#http ??= loadHttp(this.#endpoint);
      const { fetch, dispatcher } = await this.#http;
      // No redirect is followed: credentials are for the endpoint alone.
      const init = { method, headers, body, signal: either, redirect: "manual", dispatcher } as const;
      const response = await fetch(this.#endpoint + path, init);
      const text = await response.text();
      if (response.ok) return text;
      throw failureOf(response.status, text, readRetryAfter(response.headers.get("retry-after")));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AppError) throw error;
      if (late.aborted) {
        throw new AppError("TIMEOUT", `Google did not answer within ${timeoutMs / 1_000} s.`, { hint: "try again" });
      }
      throw new AppError("NETWORK_ERROR", "Google could not be reached.", {
        hint: "check the connection (and HTTPS_PROXY, where there is a proxy), then try again",
        cause: error,
      });
    }
  }
}

async function loadHttp(endpoint: string) {
  const module = await import("undici");
  // undici is CommonJS: in the bundle its names are found on the default export only (whose type lacks some).
  const { fetch, Agent, EnvHttpProxyAgent } = module.default as unknown as typeof module;
  const options = { connect: { timeout: 10_000 }, headersTimeout: SYNTHESIS_TIMEOUT_MS, bodyTimeout: 60_000 };
  const local = endpoint.startsWith("http:");
  const dispatcher: Dispatcher = local ? new Agent(options) : new EnvHttpProxyAgent(options);
  return { fetch, dispatcher };
}

function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new AppError("PROVIDER_ERROR", "Google answered with something that is not JSON.", {
    hint: "check GOOGLE_TTS_ENDPOINT, and whether a proxy answers in Google's place",
  });
}

/** RFC 9110 §10.2.3: seconds or an HTTP date; in milliseconds. */
function readRetryAfter(value: string | null): number | undefined {
  if (!value) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Waits. @throws the signal's reason when it aborts meanwhile */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await race(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** For what does not listen to signals. @throws the signal's reason as soon as it aborts */
async function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
