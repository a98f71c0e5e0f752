import { sql } from "kysely";
import { AppError, invalidField } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { IDS_PER_QUERY, requireJobs } from "./owned-jobs.ts";
import { contains, cursors, type PageRequest, pageOf } from "./paging.ts";

export interface TagItem {
  tag: string;
  color?: string;
  jobCount: number;
}

/** Keeps lists of jobs short enough for a model to read. */
const MAX_TAGS_PER_JOB = 50;

const cursor = cursors("tags", ["string"]);

/**
 * A tag as it is stored: composed (NFC), outer blanks gone, inner ones single.
 * @throws AppError INVALID_INPUT for one that lists and URLs could not carry.
 */
export function normaliseTag(tag: string, field: string): string {
  const plain = tag.normalize("NFC").trim().replace(/\s+/gu, " ");
  const good = /[\p{L}\p{N}\p{S}]/u.test(plain) && !/[,\p{Cc}\p{Cs}]/u.test(plain);
  if (good) return plain;
  throw invalidField(field, `"${tag}" can't be a tag.`, "use letters, digits or symbols, and no comma");
}

/** The tags of each of the jobs, in order. */
export async function tagsOfJobs(store: Store, jobIds: readonly string[]): Promise<Map<string, string[]>> {
  const tags = new Map<string, string[]>();
  for (let i = 0; i < jobIds.length; i += IDS_PER_QUERY) {
    const rows = await store
      .selectFrom("job_tags")
      .select(["job_id", "tag"])
      .where("job_id", "in", jobIds.slice(i, i + IDS_PER_QUERY))
      .orderBy("tag")
      .execute();
    for (const { job_id, tag } of rows) tags.set(job_id, [...(tags.get(job_id) ?? []), tag]);
  }
  return tags;
}

/** The tags of an account and what they are on. */
export class TagService {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** By name; `query` is a part of it. @throws AppError INVALID_INPUT for a bad cursor. */
  async list(accountId: string, { query, limit, cursor: after }: PageRequest & { query?: string }) {
    const from = after === undefined ? undefined : cursor.read(after);
    let matching = this.#store.selectFrom("tags").where("account_id", "=", accountId);
    if (query) matching = matching.where(contains("tag", query));
    let page = matching.select(["tag", "color", jobCount]).orderBy("tag");
    if (from) page = page.where("tag", ">", from[0]);
    const rows = await page.limit(limit + 1).execute();
    const { total } = await matching.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
    const shown = pageOf(rows, limit, (last) => cursor.make([last.tag]));
    return { tags: shown.rows.map(present), total, nextCursor: shown.nextCursor };
  }

  /**
   * Makes a tag, or gives the one of this name another color (`#rrggbb`; empty: none).
   * @throws AppError INVALID_INPUT for a name or a color that can't be.
   */
  async create(accountId: string, name: string, color?: string): Promise<{ tag: TagItem; created: boolean }> {
    const tag = normaliseTag(name, "tag");
    if (color && !/^#[0-9a-f]{6}$/i.test(color)) {
      throw invalidField("color", `"${color}" is not a color.`, 'send #rrggbb, such as "#3366cc"');
    }
    return this.#store.transaction().execute(async (trx) => {
      const created = await makeTag(trx, accountId, tag);
      if (color !== undefined) {
        const set = { color: color.toLowerCase() || null };
        await trx.updateTable("tags").set(set).where("account_id", "=", accountId).where("tag", "=", tag).execute();
      }
      return { tag: present(await requireTag(trx, accountId, tag)), created };
    });
  }

  /** Deletes a tag; the jobs stay. @throws AppError NOT_FOUND. */
  async delete(accountId: string, name: string, dryRun: boolean) {
    const tag = normaliseTag(name, "tag");
    return this.#store.transaction().execute(async (trx) => {
      const { job_count } = await requireTag(trx, accountId, tag);
      // The rows of job_tags go with it, by their foreign key.
      if (!dryRun) {
        await trx.deleteFrom("tags").where("account_id", "=", accountId).where("tag", "=", tag).execute();
      }
      return { tag, deleted: !dryRun, jobsUntagged: job_count };
    });
  }

  /**
   * Adds tags to jobs (missing ones are made) and removes tags from them: all of it or nothing.
   * @throws AppError NOT_FOUND for a job that is not there; INVALID_INPUT for bad or no tags.
   */
  async tagJobs(accountId: string, jobIds: readonly string[], add: readonly string[], remove: readonly string[]) {
    const added = unique(add.map((tag) => normaliseTag(tag, "add")));
    const removed = unique(remove.map((tag) => normaliseTag(tag, "remove")));
    const both = added.find((tag) => removed.includes(tag));
    if (both) throw invalidField("remove", `"${both}" is also in add.`, "send a tag in one of the two");
    if (added.length + removed.length === 0) {
      throw invalidField("add", "There is no tag to add or to remove.", "send add, remove or both");
    }
    return this.#store.transaction().execute(async (trx) => {
      const ids = (await requireJobs(trx, accountId, jobIds)).map((row) => row.job_id);
      for (const tag of added) {
        await makeTag(trx, accountId, tag);
        const rows = ids.map((job_id) => ({ account_id: accountId, tag, job_id }));
        await trx
          .insertInto("job_tags")
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      if (removed.length > 0) {
        await trx
          .deleteFrom("job_tags")
          .where("account_id", "=", accountId)
          .where("tag", "in", removed)
          .where("job_id", "in", ids)
          .execute();
      }
      const tags = await tagsOfJobs(trx, ids);
      const full = ids.find((id) => (tags.get(id)?.length ?? 0) > MAX_TAGS_PER_JOB);
      if (full) throw invalidField("add", `Job "${full}" would have too many tags.`, `use at most ${MAX_TAGS_PER_JOB}`);
      return ids.map((jobId) => ({ jobId, tags: tags.get(jobId) ?? [] }));
    });
  }
}

const unique = (items: readonly string[]) => [...new Set(items)];
const jobCount = sql<number>`coalesce((select jobs from job_sums where job_sums.account_id = tags.account_id
  and dimension = 'tag' and key = tags.tag), 0)`.as("job_count");

type TagRow = { tag: string; color: string | null; job_count: number };
const present = ({ tag, color, job_count }: TagRow): TagItem => ({
  tag,
  color: color ?? undefined,
  jobCount: job_count,
});

/** True when the tag is new. */
async function makeTag(trx: Store, accountId: string, tag: string): Promise<boolean> {
  const made = await trx
    .insertInto("tags")
    .values({ account_id: accountId, tag, color: null, created_at: Date.now() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (made.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

async function requireTag(store: Store, accountId: string, tag: string): Promise<TagRow> {
  const row = await store
    .selectFrom("tags")
    .select(["tag", "color", jobCount])
    .where("account_id", "=", accountId)
    .where("tag", "=", tag)
    .executeTakeFirst();
  if (row) return row;
  throw new AppError("NOT_FOUND", `There is no tag "${tag}".`, { hint: "use a tag that list_tags (GET /tags) shows" });
}
