import type { Operation } from "../contract/operation.ts";
import { AppError } from "../errors.ts";
import { sleep } from "./abort.ts";

export interface RetryPolicy {
  /** Tries after the first. */
  retries: number;
  /** The back-off before try n is a random time up to baseMs·2ⁿ⁻¹, at most maxMs. */
  baseMs: number;
  maxMs: number;
  /** A server that asks for a longer pause than this gets its wish: the error is handed up with retry_after_ms. */
  longestPauseMs: number;
}

export const RETRY_POLICY: RetryPolicy = { retries: 3, baseMs: 400, maxMs: 5_000, longestPauseMs: 10_000 };

/** Errors that say "later" to a person, not to this loop: their cause doesn't pass by itself within seconds. */
const NOT_HERE = new Set(["CANCELLED", "JOB_NOT_COMPLETED"]);

/** Whether a repeat of `operation` can do no harm. */
export function mayRepeat(operation: Operation, idempotencyKey: string | undefined): boolean {
  return operation.retry === "safe" || (operation.retry === "keyed" && idempotencyKey !== undefined);
}

/**
 * Full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), never earlier than the
 * server asked for. Milliseconds.
 */
export function pauseMs(error: AppError, failures: number, policy: RetryPolicy, random = Math.random): number {
  const backOff = random() * Math.min(policy.maxMs, policy.baseMs * 2 ** (failures - 1));
  return Math.max(error.retryAfterMs ?? 0, backOff);
}

/**
 * Runs `attempt` until it succeeds, fails for good, or has been tried often enough.
 * @throws the last AppError; CANCELLED when `signal` aborts during a pause.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal | undefined,
  policy: RetryPolicy,
): Promise<T> {
  const worthIt = (error: unknown): error is AppError =>
    error instanceof AppError &&
    error.retryable &&
    !NOT_HERE.has(error.code) &&
    (error.retryAfterMs ?? 0) <= policy.longestPauseMs;
  let first: unknown;
  try {
    return await attempt();
  } catch (error) {
    if (!worthIt(error) || policy.retries === 0) throw error;
    first = error;
  }
  // Loaded only when something failed.
  const { default: pRetry } = await import("p-retry");
  return pRetry((number) => (number === 1 ? Promise.reject(first) : attempt()), {
    retries: policy.retries,
    // p-retry has no full jitter and knows no Retry-After: the pause is made here, and its own is nothing.
    minTimeout: 0,
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!worthIt(error)) return false;
      await sleep(pauseMs(error, attemptNumber, policy), signal);
      return true;
    },
  });
}

/** A Retry-After header (RFC 9110 §10.2.3: seconds or an HTTP date) in milliseconds; undefined when it is neither. */
export function readRetryAfter(value: string | null, now = Date.now()): number | undefined {
  if (!value) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.round(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
