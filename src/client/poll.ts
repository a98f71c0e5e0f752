import type { OutputOf } from "../contract/operation.ts";
import { getSpeech } from "../contract/tts.ts";
import { AppError } from "../errors.ts";
import { cancelled, sleep } from "./abort.ts";
import type { Call, CallResult } from "./answer.ts";

export type Job = OutputOf<typeof getSpeech>;

export interface WaitOptions {
  /** How long to wait at most, 0–55 s. With 0 the job is read once. */
  seconds: number;
  /** Ends the wait with CANCELLED; the job goes on. */
  signal?: AbortSignal;
  /** Ends the wait early with what is known: whoever asked can't wait any longer. */
  hurry?: AbortSignal;
  /** Called after each answer while the job runs and the wait goes on. Makes the waits shorter, so that there is something to report. */
  onProgress?: (job: Job) => void;
  /** What is known already. Then a failure to read the job is told in `problem`, so that its id is never lost. */
  known?: Job;
}

export interface WaitResult {
  job: Job;
  problem?: AppError;
}

/** Seconds of each long poll when somebody watches the progress; the last one repeats. */
const WATCHED_SLICES = [1, 2, 4, 5];
/** Pauses, in milliseconds, for servers that answer at once instead of holding the request. */
const SPACING = { first: 250, factor: 1.6, most: 5_000 };
/** A server that used less than this share of the time it was given doesn't do long polls. */
const HELD_SHARE = 0.8;

export const isOver = (job: Job) => job.status === "completed" || job.status === "failed";

/**
 * Reads a job until it ends or the time is over. A server with long polls answers the moment it ends; others are asked
 * at growing distances, or when their Retry-After says.
 * @throws AppError CANCELLED; and, when nothing is `known`, whatever reading the job failed with.
 */
export async function waitForJob(call: Call, jobId: string, options: WaitOptions): Promise<WaitResult> {
  const { signal, hurry, onProgress } = options;
  const ends = performance.now() + options.seconds * 1000;
  let job = options.known;
  try {
    for (let turn = 0; ; turn++) {
      if (signal?.aborted) throw cancelled();
      const left = hurry?.aborted ? 0 : Math.max(0, ends - performance.now()) / 1000;
      if (job && (isOver(job) || left === 0)) return { job };
      const slice = onProgress ? Math.min(left, WATCHED_SLICES[turn] ?? WATCHED_SLICES.at(-1)!) : left;
      const asked = performance.now();
      const answer = await read(call, jobId, slice, options);
      // In a hurry: the next turn ends with what is known, or asks once more without waiting.
      if (!answer) continue;
      job = answer.data;
      if (isOver(job) || left === 0) return { job };
      // At the end of the wait the answer itself tells how far the job is; a report beside it would reach some clients
      // after the answer, where nobody waits for it any more.
      if (performance.now() < ends && !hurry?.aborted) onProgress?.(job);
      const used = (performance.now() - asked) / 1000;
      if (used < slice * HELD_SHARE) await pause(answer, turn, ends - performance.now(), options);
    }
  } catch (error) {
    if (job && error instanceof AppError && error.code !== "CANCELLED") return { job, problem: error };
    throw error;
  }
}

/** One answer; undefined when `hurry` came meanwhile. */
async function read(call: Call, jobId: string, seconds: number, { signal, hurry }: WaitOptions) {
  // Whole milliseconds keep the query short; a wait of 0 leaves the field out, which every server understands.
  const wait_seconds = Math.round(seconds * 1000) / 1000;
  if (wait_seconds === 0) return call(getSpeech, { job_id: jobId }, { signal });
  const signals = [signal, hurry].filter((one) => one !== undefined);
  try {
    return await call(getSpeech, { job_id: jobId, wait_seconds }, { signal: AbortSignal.any(signals) });
  } catch (error) {
    if (hurry?.aborted && !signal?.aborted) return undefined;
    throw error;
  }
}

async function pause(answer: CallResult<Job>, turn: number, leftMs: number, { signal, hurry }: WaitOptions) {
  const spacing = Math.min(SPACING.most, SPACING.first * SPACING.factor ** turn);
  const ms = Math.max(0, Math.min(leftMs, answer.retryAfterMs ?? spacing));
  const signals = [signal, hurry].filter((one) => one !== undefined);
  await sleep(ms, AbortSignal.any(signals)).catch((error) => {
    if (signal?.aborted) throw error;
  });
}
