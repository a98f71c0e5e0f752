import { afterEach, describe, expect, it, vi } from "vitest";
import { CodeGuard, WRONG_CODES_PER_ADDRESS, WRONG_CODES_PER_SHARE } from "../../../src/service/shares/code-guard.ts";
import { jobsWorkbench } from "../../support/jobs.ts";

const MINUTE_MS = 60_000;

afterEach(() => {
  vi.useRealTimers();
});
const travel = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ["Date"] });

/** Guards of one database, as in several processes. */
function guards(count = 1) {
  const { store } = jobsWorkbench();
  const checked: string[] = [];
  const attempts = Array.from({ length: count }, () => {
    const guard = new CodeGuard(store);
    return (address: string, shareId: string, wrong: boolean) =>
      guard
        .attempt(address, shareId, async () => {
          checked.push(`${address} ${shareId}`);
          // A database that is asked over a network answers later.
          await new Promise((resolve) => setImmediate(resolve));
          return { wrong, result: wrong ? "wrong" : "right" };
        })
        .catch((error: { code: string }) => error.code);
  });
  return { store, checked, attempt: attempts[0]!, others: attempts.slice(1) };
}

async function times<T>(count: number, action: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < count; i++) results.push(await action());
  return results;
}

describe("the guard of access codes", () => {
  it("lets an address guess so often, then checks nothing for a quarter of an hour", async () => {
    const { attempt, checked } = guards();
    const wrong = await times(WRONG_CODES_PER_ADDRESS, () => attempt("a", "s", true));
    expect(new Set(wrong)).toEqual(new Set(["wrong"]));
    checked.length = 0;
    expect(await attempt("a", "s", true)).toBe("RATE_LIMITED");
    expect(await attempt("a", "s", false)).toBe("RATE_LIMITED");
    expect(await attempt("a", "another share", false)).toBe("RATE_LIMITED");
    expect(checked).toEqual([]);
    expect(await attempt("b", "s", false)).toBe("right");
    travel(14 * MINUTE_MS);
    // Trying on does not prolong it.
    expect(await attempt("a", "s", false)).toBe("RATE_LIMITED");
    travel(2 * MINUTE_MS);
    expect(await attempt("a", "s", false)).toBe("right");
  });

  it("counts no right codes, however many come, one after the other or at once", async () => {
    const { attempt } = guards();
    expect(new Set(await times(30, () => attempt("a", "s", false)))).toEqual(new Set(["right"]));
    const school = Array.from({ length: 50 }, () => attempt("a", "s", false));
    expect(new Set(await Promise.all(school))).toEqual(new Set(["right"]));
    const webinar = Array.from({ length: WRONG_CODES_PER_SHARE + 50 }, (_, i) => attempt(`10.0.0.${i}`, "s", false));
    expect(new Set(await Promise.all(webinar))).toEqual(new Set(["right"]));
    expect(await times(WRONG_CODES_PER_ADDRESS, () => attempt("a", "s", true))).not.toContain("RATE_LIMITED");
    expect(await attempt("a", "s", true)).toBe("RATE_LIMITED");
  });

  it("lets guesses that come at the same moment share one limit, in several processes too", async () => {
    const { attempt, others, checked } = guards(3);
    const storm = [attempt, ...others].flatMap((one) => Array.from({ length: 20 }, () => one("a", "s", true)));
    const results = await Promise.all(storm);
    expect(results.filter((result) => result === "wrong")).toHaveLength(WRONG_CODES_PER_ADDRESS);
    expect(checked).toHaveLength(WRONG_CODES_PER_ADDRESS);
  });

  it("forgets single mistakes after a quarter of an hour", async () => {
    const { attempt } = guards();
    await times(WRONG_CODES_PER_ADDRESS, () => attempt("a", "s", true));
    travel(16 * MINUTE_MS);
    expect(await times(WRONG_CODES_PER_ADDRESS, () => attempt("a", "s", true))).not.toContain("RATE_LIMITED");
  });

  it("limits what is guessed at too, without charging the addresses that come after", async () => {
    const { attempt } = guards();
    let address = 0;
    const wrong = await times(WRONG_CODES_PER_SHARE, () => attempt(`10.0.${address++}.1`, "s", true));
    expect(wrong).not.toContain("RATE_LIMITED");
    expect(new Set(await times(WRONG_CODES_PER_ADDRESS + 5, () => attempt("late", "s", false)))).toEqual(
      new Set(["RATE_LIMITED"]),
    );
    expect(await attempt("late", "another share", false)).toBe("right");
    travel(16 * MINUTE_MS);
    expect(await attempt("late", "s", false)).toBe("right");
  });

  it("gives the attempt back when the check itself fails, and says what failed", async () => {
    const { store } = guards();
    const guard = new CodeGuard(store);
    const failing = () =>
      guard.attempt("a", "s", async () => {
        throw new Error("disk");
      });
    for (let i = 0; i <= WRONG_CODES_PER_ADDRESS; i++) await expect(failing()).rejects.toThrow("disk");
  });

  it("lets nobody in when it can't count", async () => {
    const { attempt, store, checked } = guards();
    await store.schema.dropTable("rate_limits").execute();
    const guard = new CodeGuard(store);
    await expect(guard.attempt("a", "s", async () => ({ wrong: false, result: 1 }))).rejects.toThrow(/rate_limits/);
    expect(await attempt("a", "s", false)).not.toBe("right");
    expect(checked).toEqual([]);
  });

  it("keeps no rows of limits that are over", async () => {
    const { attempt, store } = guards();
    for (let i = 0; i < 5; i++) await attempt(`a${i}`, "s", true);
    travel(61 * MINUTE_MS);
    await attempt("b", "t", true);
    const rows = await store.selectFrom("rate_limits").select("key").execute();
    expect(rows.map(({ key }) => key).sort()).toEqual(["code-by-address:b", "code-by-share:t"]);
  });
});
