import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import type { OpenAiSettings } from "./settings.ts";

const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/** A server that asks for more is told about in the error. */
const LONGEST_ASKED_PAUSE_MS = 30_000;
const MOST_ERROR_CHARACTERS = 300;

interface Call {
  method: "GET" | "POST";
  path: string;
  body?: object;
  /** For the whole answer. */
  timeoutMs: number;
  /** The answer is refused when it has more. */
  maxBytes: number;
}

/** An answer with a good status. */
export interface Answer {
  contentType: string;
  bytes: Buffer;
}

/**
 * Calls the endpoint, and again when it is busy or fails, after the pause that it asks for.
 * @throws the signal's reason; AppError PROVIDER_DISABLED for a refused key, INVALID_INPUT for a refused request, NOT_FOUND
 *   for a path it lacks, RATE_LIMITED, PROVIDER_ERROR, NETWORK_ERROR, TIMEOUT; the server's own sentence is in
 *   `details.provider_message`
 */
export async function callEndpoint(settings: OpenAiSettings, call: Call, signal: AbortSignal): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await callOnce(settings, call, signal);
    } catch (error) {
      signal.throwIfAborted();
      const asked = error instanceof AppError ? (error.retryAfterMs ?? 0) : 0;
      const worthIt = error instanceof AppError && error.retryable && error.code !== "TIMEOUT";
      if (!worthIt || tries >= MOST_TRIES || asked > LONGEST_ASKED_PAUSE_MS) throw error;
      // Full jitter, never earlier than asked.
      const backOff = Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
      await sleep(Math.max(asked, backOff), undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

async function callOnce(settings: OpenAiSettings, call: Call, signal: AbortSignal): Promise<Answer> {
  const timeout = AbortSignal.timeout(call.timeoutMs);
  try {
    const response = await fetch(settings.baseUrl + call.path, {
      method: call.method,
      // Neither key nor text goes where the settings don't point to.
      redirect: "error",
      signal: AbortSignal.any([signal, timeout]),
      headers: {
        ...(settings.apiKey !== undefined && { Authorization: `Bearer ${settings.apiKey}` }),
        ...(call.body && { "Content-Type": "application/json" }),
      },
      ...(call.body && { body: JSON.stringify(call.body) }),
    });
    const bytes = await readBody(response, call.maxBytes);
    if (!response.ok) throw refusal(settings, response, bytes);
    return { contentType: response.headers.get("content-type") ?? "", bytes };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    if (timeout.aborted) {
      throw new AppError("TIMEOUT", `The speech server took longer than ${call.timeoutMs / 1000} s.`, {
        hint: "try again later, or choose another voice",
      });
    }
    throw new AppError("NETWORK_ERROR", `The speech server at ${hostOf(settings)} can't be reached.`, {
      hint: "check that it runs, and OPENAI_BASE_URL",
      cause: error,
    });
  }
}

async function readBody(response: Response, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > maxBytes) {
      throw new AppError("PROVIDER_ERROR", `The speech server's answer has more than ${maxBytes} bytes.`, {
        hint: "check that OPENAI_BASE_URL is a speech server",
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const hostOf = ({ baseUrl }: OpenAiSettings) => new URL(baseUrl).host;

function refusal(settings: OpenAiSettings, response: Response, body: Buffer): AppError {
  const { status } = response;
  const { message, code } = readError(body, settings.apiKey);
  const details = { provider: "openai", provider_status: status, ...(message && { provider_message: message }) };
  const said = message ? `: ${message}` : ` (${status}).`;
  if (status === 401 || status === 403) {
    return new AppError("PROVIDER_DISABLED", `The speech server refused the key${said}`, {
      hint: "check OPENAI_API_KEY and what it may do",
      details,
    });
  }
  if (code === "insufficient_quota") {
    return new AppError("PROVIDER_DISABLED", `The account of OPENAI_API_KEY has no credit${said}`, {
      hint: "add credit there, or choose another voice",
      details,
    });
  }
  if (status === 404)
    return new AppError("NOT_FOUND", `The speech server lacks what was asked for${said}`, {
      hint: "check OPENAI_BASE_URL, which mostly ends with /v1, and the model and voice",
      details,
    });
  if (status === 429) {
    return new AppError("RATE_LIMITED", `The speech server is busy${said}`, {
      hint: "try again later",
      retryAfterMs: retryAfterMs(response),
      details,
    });
  }
  if (status >= 400 && status < 500) {
    return new AppError("INVALID_INPUT", `The speech server refused the request${said}`, {
      hint: "change the text, the voice or the model",
      details,
    });
  }
  return new AppError("PROVIDER_ERROR", `The speech server failed${said}`, {
    hint: "try again later, or choose another voice",
    retryAfterMs: retryAfterMs(response),
    details,
  });
}

/** OpenAI's `{error: {message, code}}`, or what other servers write, without the key. */
function readError(body: Buffer, apiKey: string | undefined): { message: string; code?: unknown } {
  const text = body.toString("utf8");
  let message = "";
  let code: unknown;
  try {
    const parsed = JSON.parse(text);
    const error = parsed?.error ?? parsed?.detail ?? parsed;
    message = String(typeof error === "string" ? error : (error?.message ?? ""));
    code = error?.code ?? error?.type;
  } catch {
    if (!text.trimStart().startsWith("<")) message = text; // a page of a proxy says nothing to anybody
  }
  const short = message.slice(0, MOST_ERROR_CHARACTERS).replace(/\s+/g, " ").trim();
  return { message: apiKey ? short.replaceAll(apiKey, "…") : short, code };
}

/** RFC 9110 §10.2.3: seconds or a date. */
function retryAfterMs(response: Response): number | undefined {
  const value = response.headers.get("retry-after");
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
