import path from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { indexJob, searchQuery, searchSpanOf, unindexJob } from "../../../src/service/job-search.ts";
import { openStore } from "../../../src/store/database.ts";
import { temporaryFolder } from "../../support/folders.ts";

const store = openStore(path.join(temporaryFolder(), "aittsm.db"));
const find = async (query: string) =>
  (
    await sql<{ rowid: number }>`select rowid from job_search where job_search match ${searchQuery(query)}`.execute(
      store,
    )
  ).rows.map((row) => row.rowid);

describe("a search query", () => {
  it("quotes every word and takes the last as a beginning", () => {
    expect(searchQuery("one  two-three")).toBe('"one" "two" "three"*');
    expect(searchQuery('a" OR "b')).toBe('"a" "OR" "b"*');
  });

  it.each(["", "  ", "*", '"', "!?…", "()"])("without a word (%o) is refused", (query) => {
    expect(() => searchQuery(query)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("of any text is no syntax error, and finds the text itself", async () => {
    let rowid = 0;
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.string({ unit: "binary", maxLength: 40 }),
      fc
        .array(
          fc.constantFrom("NOT", "AND", "OR", "NEAR(", '"', "*", "^", "title:", "-", "+", "{", "é", "crow", ")", "\0"),
        )
        .map((parts) => parts.join(" ")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (words) => {
        fc.pre(/[\p{L}\p{N}]/u.test(words) && !words.includes("\0"));
        rowid += 1;
        await store.insertInto("job_search").values({ rowid, title: "", text: words }).execute();
        // Only letters the index's Unicode tables know can be found; what counts is that nothing is read as syntax.
        const found = await find(words);
        if (/^[\p{ASCII}é]*$/u.test(words)) expect(found).toContain(rowid);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the search ids of an account", () => {
  it("are in the order its jobs were made, in a span that no other account's are in", async () => {
    const made = new Map<string, string[]>([
      ["a", []],
      ["b", []],
      ["c", []],
    ]);
    for (const account_id of made.keys()) {
      await store.insertInto("accounts").values({ account_id, unlimited: 1, credit_balance: 0 }).execute();
    }
    // By turns: an account whose span is not the last one goes on in its own.
    for (let i = 0; i < 30; i++) {
      const account_id = ["a", "b", "a", "c", "b"][i % 5]!;
      const job_id = `job-${i}`;
      made.get(account_id)!.push(job_id);
      await insertJob(account_id, job_id);
      await indexJob(store, job_id, undefined, "murmuration");
    }
    // Indexed anew, a job keeps its place.
    const [first] = made.get("a")!;
    await unindexJob(store, first!);
    await indexJob(store, first!, "Starlings", "murmuration");
    for (const [account, jobs] of made) {
      const span = await searchSpanOf(store, account);
      const found = await store
        .selectFrom("job_search")
        .innerJoin("search_entries", "search_entries.search_id", "job_search.rowid")
        .select("job_id")
        .where(sql<boolean>`job_search match 'murmuration'`)
        .where("job_search.rowid", ">=", span.first)
        .where("job_search.rowid", "<=", span.last)
        .orderBy("job_search.rowid")
        .execute();
      expect(found.map(({ job_id }) => job_id)).toEqual(jobs);
    }
  });
});

async function insertJob(account_id: string, job_id: string): Promise<void> {
  await store
    .insertInto("jobs")
    .values({
      ...{ job_id, account_id, kind: "speech", status: "completed", priority: 0, voice_id: "flite:x", speed: 1 },
      ...{ output_format: "wav", sample_rate_hertz: 16_000, streaming: 0, chars_charged: 1, progress_total: 1 },
      ...{ content_type: "audio/wav", created_at: 0 },
    })
    .execute();
}
