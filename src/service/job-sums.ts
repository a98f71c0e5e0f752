import { sql } from "kysely";
import type { Store } from "../store/database.ts";
import type { SumDimension } from "../store/schema.ts";

/** The rows of one dimension: of one key, of a provider's voices, or of those in a span. */
export interface SumKeys {
  dimension: SumDimension;
  key?: string;
  provider?: string;
  from?: string;
  below?: string;
}

/** An account's counts and sums, for queries. There is no row for what has no jobs. */
export function jobSums(store: Store, accountId: string, { dimension, key, provider, from, below }: SumKeys) {
  let sums = store.selectFrom("job_sums").where("account_id", "=", accountId).where("dimension", "=", dimension);
  if (key !== undefined) sums = sums.where("key", "=", key);
  if (provider !== undefined) sums = sums.where(isOfProvider("key", provider));
  if (from !== undefined) sums = sums.where("key", ">=", from);
  if (below !== undefined) sums = sums.where("key", "<", below);
  return sums;
}

/** How many jobs there are of these keys. */
export async function sumOfJobs(store: Store, accountId: string, keys: SumKeys): Promise<number> {
  const { jobs } = await jobSums(store, accountId, keys)
    .select(sql<number>`coalesce(sum(jobs), 0)`.as("jobs"))
    .executeTakeFirstOrThrow();
  return jobs;
}

/** For queries by a provider, with a column of voice ids: as the index jobs_by_provider has it, colon included. */
export function isOfProvider(column: string, provider: string) {
  const voice = sql.ref<string>(column);
  return sql<boolean>`substr(${voice}, 1, instr(${voice}, ':')) = ${`${provider}:`}`;
}

/** The provider in a column of voice ids. */
export function providerIn(column: string) {
  const voice = sql.ref<string>(column);
  return sql<string>`substr(${voice}, 1, instr(${voice} || ':', ':') - 1)`;
}
