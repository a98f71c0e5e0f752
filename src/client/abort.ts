import { AppError } from "../errors.ts";

/** The error of a call whose caller gave up on it. */
export function cancelled(): AppError {
  return new AppError("CANCELLED", "The call was cancelled.", {
    hint: "a job that was submitted goes on; get_job_status reads it",
  });
}

/** Rejects as soon as `signal` aborts, whether or not what makes `promise` listens to it. */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * Runs `run` with a signal that aborts when the caller's does or after `ms` milliseconds.
 * @throws AppError CANCELLED, or what `late` makes when the time is over.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
  late: () => AppError,
): Promise<T> {
  if (signal?.aborted) throw cancelled();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(late()), ms);
  const forward = () => controller.abort(cancelled());
  signal?.addEventListener("abort", forward, { once: true });
  try {
    return await raceAbort(run(controller.signal), controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", forward);
  }
}

/**
 * Waits `ms` milliseconds.
 * @throws AppError CANCELLED when `signal` aborts meanwhile.
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(cancelled());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
