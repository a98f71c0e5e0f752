import { existsSync, readdirSync } from "node:fs";
import type { JobRow } from "../../src/service/job-row.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import type { Home } from "./program.ts";

/** Looks into (or changes) the database of a home, beside whatever servers work on it. */
export async function inStore<T>(home: Home, use: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(home.databaseFile);
  try {
    return await use(store);
  } finally {
    await store.destroy();
  }
}

export const jobRows = (home: Home): Promise<JobRow[]> =>
  inStore(home, (store) => store.selectFrom("jobs").selectAll().orderBy("created_at").execute());

/** Gives the local account a balance, so that charges and refunds can be counted. */
export const setCredits = (home: Home, credits: number): Promise<unknown> =>
  inStore(home, (store) =>
    store
      .updateTable("accounts")
      .set({ unlimited: 0, credit_balance: credits })
      .where("account_id", "=", "local")
      .execute(),
  );

export const creditsOf = (home: Home): Promise<number> =>
  inStore(
    home,
    async (store) =>
      (
        await store
          .selectFrom("accounts")
          .select("credit_balance")
          .where("account_id", "=", "local")
          .executeTakeFirstOrThrow()
      ).credit_balance,
  );

/** The names of the files with audio, finished or half made. */
export const audioFiles = (home: Home): string[] =>
  existsSync(home.audioDir) ? readdirSync(home.audioDir).sort() : [];
