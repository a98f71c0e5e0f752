import { sql } from "kysely";
import { AppError } from "../errors.ts";
import type { Store } from "../store/database.ts";
import type { JobRow } from "./job-row.ts";

/** Keeps single statements short; SQLite's bound on parameters is far above. */
export const IDS_PER_QUERY = 500;

/** Written out, not bound: only so does SQLite take the partial indexes on it. Samples are nobody's jobs. */
export const isSpeech = sql<boolean>`jobs.kind = 'speech'`;

/** The account's jobs among these ids, in the order of the ids; each once. */
export async function findJobs(store: Store, accountId: string, jobIds: readonly string[]): Promise<JobRow[]> {
  const unique = [...new Set(jobIds)];
  const found = new Map<string, JobRow>();
  for (let i = 0; i < unique.length; i += IDS_PER_QUERY) {
    const rows = await store
      .selectFrom("jobs")
      .selectAll()
      .where("job_id", "in", unique.slice(i, i + IDS_PER_QUERY))
      .where("account_id", "=", accountId)
      .where(isSpeech)
      .execute();
    for (const row of rows) found.set(row.job_id, row);
  }
  return unique.flatMap((id) => found.get(id) ?? []);
}

/**
 * The account's jobs with these ids, each once.
 * @throws AppError NOT_FOUND that names the ids that are not there, or are another account's.
 */
export async function requireJobs(store: Store, accountId: string, jobIds: readonly string[]): Promise<JobRow[]> {
  const rows = await findJobs(store, accountId, jobIds);
  const known = new Set(rows.map((row) => row.job_id));
  const missing = [...new Set(jobIds)].filter((id) => !known.has(id));
  if (missing.length === 0) return rows;
  const named = missing.slice(0, 10).map((id) => `"${id}"`);
  throw new AppError("NOT_FOUND", `There is no job ${named.join(", ")}${missing.length > 10 ? ", …" : ""}.`, {
    hint: "use job_ids that list_jobs (GET /jobs) shows; nothing was changed",
    details: { job_ids: missing.slice(0, 100) },
  });
}
