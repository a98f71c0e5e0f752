import { createHash } from "node:crypto";
import { AppError } from "../errors.ts";
import type { Store } from "../store/database.ts";

/** A key is remembered this long. */
const IDEMPOTENCY_LIFE_MS = 24 * 60 * 60 * 1000;
const MAX_KEY_LENGTH = 255;

/** The operation whose answers hold jobs' titles. */
export const CREATE_SHARE = "createShare";

/** A key with what it was used for; `fingerprint` is a hash of the whole request. */
export interface IdempotencyKey {
  operation: string;
  key: string;
  fingerprint: string;
}

/**
 * The hash of a request by which repeats are told from other requests under the same key.
 * @throws AppError INVALID_INPUT for a key that is too long or empty.
 */
export function idempotencyKey(operation: string, key: string, input: object): IdempotencyKey {
  if (key.length === 0 || key.length > MAX_KEY_LENGTH) {
    throw new AppError("INVALID_INPUT", `The idempotency key must have 1 to ${MAX_KEY_LENGTH} characters.`, {
      hint: "a UUID is a good key",
      details: { fields: [{ field: "idempotency_key", message: `1 to ${MAX_KEY_LENGTH} characters` }] },
    });
  }
  const sorted = JSON.stringify(input, (_, value) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return { operation, key, fingerprint: createHash("sha256").update(sorted).digest("base64url") };
}

/**
 * The first answer of a key, or undefined for a key not used yet.
 * @throws AppError IDEMPOTENCY_KEY_REUSED for another request; the job's failure when it answered a job that failed.
 */
export async function replay<Answer>(
  store: Store,
  accountId: string,
  key: IdempotencyKey,
): Promise<Answer | undefined> {
  const row = await store
    .selectFrom("idempotency")
    .leftJoin("jobs", "jobs.job_id", "idempotency.job_id")
    .select(["fingerprint", "answer", "jobs.job_id", "jobs.status", "error_code", "error_message"])
    .where("idempotency.account_id", "=", accountId)
    .where("operation", "=", key.operation)
    .where("key", "=", key.key)
    .where("expires_at", ">", Date.now())
    .executeTakeFirst();
  if (!row) return undefined;
  if (row.fingerprint !== key.fingerprint) {
    throw new AppError("IDEMPOTENCY_KEY_REUSED", "This idempotency key was used for another request.", {
      hint: "use a new key for a new request; send the same fields to repeat the old one",
      details: row.job_id === null ? undefined : { job_id: row.job_id },
    });
  }
  if (row.status === "failed") {
    throw new AppError("GENERATION_FAILED", `The job of this idempotency key failed: ${row.error_message}`, {
      hint: "use a new idempotency key to try again; the charge was given back",
      details: { job_id: row.job_id, job_error_code: row.error_code },
    });
  }
  return JSON.parse(row.answer);
}

/** Keeps a key's answer, inside the transaction that makes what it is about. */
export async function remember(
  trx: Store,
  accountId: string,
  key: IdempotencyKey,
  answer: object,
  jobId?: string,
): Promise<void> {
  const now = Date.now();
  await trx.deleteFrom("idempotency").where("expires_at", "<=", now).execute();
  await trx
    .insertInto("idempotency")
    .values({
      account_id: accountId,
      ...key,
      job_id: jobId ?? null,
      answer: JSON.stringify(answer),
      expires_at: now + IDEMPOTENCY_LIFE_MS,
    })
    .execute();
}
