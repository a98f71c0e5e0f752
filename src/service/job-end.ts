import type { ErrorCode } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { statement } from "../store/statement.ts";
import { refund } from "./accounts.ts";
import type { ClaimedJob, JobRow } from "./job-row.ts";
import { announceEnd } from "./webhooks/outbox.ts";

/** What a finished job's row records. */
export interface JobResult {
  bytes: number;
  durationSeconds: number;
}

/** Why a job failed, as its caller will read it. */
export interface JobFailure {
  code: ErrorCode;
  message: string;
  hint?: string;
}

const COMPLETE = `
  update jobs
  set status = 'completed', bytes = ?, duration_seconds = ?, progress_done = progress_total, lease_expires_at = null,
    completed_at = ?
  where job_id = ? and status = 'processing' and owner_id = ? and attempt = ?
  returning job_id`;

/**
 * Records a job's success and puts it into the outbox, if the claim is still the one that counts. Runs inside the
 * caller's transaction.
 * @returns false when another process has taken the job over: then nothing was changed.
 */
export async function completeJob(transaction: Store, claim: ClaimedJob, result: JobResult): Promise<boolean> {
  const { row, jobId, attempt } = claim;
  const updated = await statement(transaction, COMPLETE, [
    result.bytes,
    result.durationSeconds,
    Date.now(),
    jobId,
    row.owner_id,
    attempt,
  ]);
  if (updated.length === 0) return false;
  await announceEnd(transaction, jobId, "job.completed");
  return true;
}

/**
 * Records a job's failure, gives its charge back and puts it into the outbox, once. Runs inside the caller's transaction.
 * The row must be as it was claimed; if another process took the job over, nothing changes.
 */
export async function failJob(
  transaction: Store,
  row: Pick<JobRow, "job_id" | "attempt" | "owner_id" | "account_id" | "chars_charged">,
  failure: JobFailure,
): Promise<void> {
  const updated = await transaction
    .updateTable("jobs")
    .set({
      status: "failed",
      error_code: failure.code,
      error_message: failure.message,
      error_hint: failure.hint ?? null,
      blob_name: null,
      lease_expires_at: null,
      completed_at: Date.now(),
    })
    .where("job_id", "=", row.job_id)
    .where("status", "in", ["pending", "processing"])
    .where("owner_id", "is", row.owner_id)
    .where("attempt", "=", row.attempt)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) return;
  await refund(transaction, row.account_id, row.chars_charged);
  await announceEnd(transaction, row.job_id, "job.failed");
}
