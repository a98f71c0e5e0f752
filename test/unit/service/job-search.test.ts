import path from "node:path";
import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { searchQuery } from "../../../src/service/job-search.ts";
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
