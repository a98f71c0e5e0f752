import { AppError } from "../errors.ts";
import type { OutputOf } from "./operation.ts";
import type { getSpeech } from "./tts.ts";

/**
 * A failed job as an error, GENERATION_FAILED with the job's own reason.
 * @param repeated the job was made by an earlier request with the same idempotency key
 */
export function jobFailed(job: OutputOf<typeof getSpeech>, repeated = false): AppError {
  const reason = job.error ? `${job.error.message} (${job.error.code})` : "the server gave no reason";
  const again = repeated ? "this idempotency_key belongs to the failed job: send a new one to try again" : undefined;
  return new AppError("GENERATION_FAILED", `Job ${job.job_id} failed: ${reason}`, {
    hint: [job.error?.hint, again].filter(Boolean).join("; ") || "change the request, or try another voice",
    details: { job_id: job.job_id, ...(job.error && { reason: job.error.code }) },
  });
}
