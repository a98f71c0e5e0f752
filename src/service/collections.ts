import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { AppError, invalidField } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { requireJobs } from "./owned-jobs.ts";
import { contains, cursors, type PageRequest, pageOf } from "./paging.ts";

export interface CollectionItem {
  collectionId: string;
  name: string;
  description?: string;
  jobCount: number;
}

interface CollectionRow {
  collection_id: string;
  name: string;
  description: string | null;
  job_count: number;
}

const cursor = cursors("collections", ["string"]);
const jobCount = sql<number>`coalesce((select jobs from job_sums where job_sums.account_id = collections.account_id
  and dimension = 'collection' and key = collections.collection_id), 0)`.as("job_count");
const columns = ["collection_id", "name", "description", jobCount] as const;

const present = (row: CollectionRow): CollectionItem => ({
  collectionId: row.collection_id,
  name: row.name,
  description: row.description ?? undefined,
  jobCount: row.job_count,
});

/** @throws AppError NOT_FOUND, also for another account's collection. */
export async function requireCollection(
  store: Store,
  accountId: string,
  collectionId: string,
): Promise<CollectionItem> {
  const row = await store
    .selectFrom("collections")
    .select(columns)
    .where("collection_id", "=", collectionId)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  if (row) return present(row);
  throw new AppError("NOT_FOUND", `There is no collection "${collectionId}".`, {
    hint: "use a collection_id that list_collections (GET /collections) shows",
  });
}

/** The collections of an account; each change is one transaction, and answers the collection as it is then. */
export class CollectionService {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** By name, of which `query` is a part. Names are unique, so they are the cursor. */
  async list(accountId: string, { query, limit, cursor: after }: PageRequest & { query?: string }) {
    const from = after === undefined ? undefined : cursor.read(after);
    let matching = this.#store.selectFrom("collections").where("account_id", "=", accountId);
    if (query) matching = matching.where(contains("name", query));
    let page = matching.select(columns).orderBy("name");
    if (from) page = page.where("name", ">", from[0]);
    const rows = await page.limit(limit + 1).execute();
    const { total } = await matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
    const shown = pageOf(rows, limit, (last) => cursor.make([last.name]));
    return { collections: shown.rows.map(present), total, nextCursor: shown.nextCursor };
  }

  /** @throws AppError INVALID_INPUT for a name in use; NOT_FOUND for a job that is not there. Then nothing is made. */
  async create(
    accountId: string,
    input: { name: string; description?: string; jobIds?: readonly string[] },
  ): Promise<CollectionItem> {
    return this.#store.transaction().execute(async (trx) => {
      const collection_id = randomUUID();
      const name = await freeName(trx, accountId, input.name);
      const description = input.description?.trim() || null;
      await trx
        .insertInto("collections")
        .values({ collection_id, account_id: accountId, name, description, created_at: Date.now() })
        .execute();
      await addJobs(trx, accountId, collection_id, input.jobIds ?? []);
      return requireCollection(trx, accountId, collection_id);
    });
  }

  /** What is not given stays; an empty description clears it. @throws AppError NOT_FOUND; INVALID_INPUT for a name in use. */
  async update(
    accountId: string,
    collectionId: string,
    input: { name?: string; description?: string },
  ): Promise<CollectionItem> {
    if (input.name === undefined && input.description === undefined) {
      throw invalidField("name", "There is nothing to change.", "send name, description or both");
    }
    return this.#store.transaction().execute(async (trx) => {
      await requireCollection(trx, accountId, collectionId);
      const name = input.name === undefined ? undefined : await freeName(trx, accountId, input.name, collectionId);
      const description = input.description === undefined ? undefined : input.description.trim() || null;
      await trx
        .updateTable("collections")
        .set({ name, description })
        .where("collection_id", "=", collectionId)
        .execute();
      return requireCollection(trx, accountId, collectionId);
    });
  }

  /** The jobs stay. @throws AppError NOT_FOUND. */
  async delete(accountId: string, collectionId: string, dryRun: boolean) {
    return this.#store.transaction().execute(async (trx) => {
      const collection = await requireCollection(trx, accountId, collectionId);
      // The rows of collection_jobs go with it, by their foreign key.
      if (!dryRun) await trx.deleteFrom("collections").where("collection_id", "=", collectionId).execute();
      return { ...collection, deleted: !dryRun };
    });
  }

  /** Jobs that are in it stay as they are. @throws AppError NOT_FOUND for the collection or a job; then none is added. */
  async addJobs(accountId: string, collectionId: string, jobIds: readonly string[]): Promise<CollectionItem> {
    return this.#store.transaction().execute(async (trx) => {
      await requireCollection(trx, accountId, collectionId);
      await addJobs(trx, accountId, collectionId, jobIds);
      return requireCollection(trx, accountId, collectionId);
    });
  }

  /** Jobs that are not in it are left alone. @throws AppError NOT_FOUND for the collection or a job. */
  async removeJobs(accountId: string, collectionId: string, jobIds: readonly string[]): Promise<CollectionItem> {
    return this.#store.transaction().execute(async (trx) => {
      await requireCollection(trx, accountId, collectionId);
      await requireJobs(trx, accountId, jobIds);
      await trx
        .deleteFrom("collection_jobs")
        .where("collection_id", "=", collectionId)
        .where("job_id", "in", [...jobIds])
        .execute();
      return requireCollection(trx, accountId, collectionId);
    });
  }
}

async function addJobs(trx: Store, accountId: string, collection_id: string, jobIds: readonly string[]): Promise<void> {
  const added_at = Date.now();
  const rows = (await requireJobs(trx, accountId, jobIds)).map(({ job_id }) => ({ collection_id, job_id, added_at }));
  if (rows.length === 0) return;
  await trx
    .insertInto("collection_jobs")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The name as it is stored. @throws AppError INVALID_INPUT when it is blank, or another collection has it. */
async function freeName(trx: Store, accountId: string, given: string, own?: string): Promise<string> {
  const name = given.normalize("NFC").trim();
  if (name === "") throw invalidField("name", "name is blank.", "send a name that people can read");
  const taken = await trx
    .selectFrom("collections")
    .select("collection_id")
    .where("account_id", "=", accountId)
    .where("name", "=", name)
    .executeTakeFirst();
  if (!taken || taken.collection_id === own) return name;
  throw invalidField(
    "name",
    `There is a collection of this name, "${taken.collection_id}".`,
    "use that one, or send another name",
  );
}
