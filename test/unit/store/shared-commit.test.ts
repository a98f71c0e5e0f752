import path from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../../src/store/database.ts";
import { openReader } from "../../../src/store/reader.ts";
import { inSharedCommit } from "../../../src/store/shared-commit.ts";
import { temporaryFolder } from "../../support/folders.ts";

describe("transactions that share a commit", () => {
  let file: string;
  let store: Store;

  beforeEach(() => {
    file = path.join(temporaryFolder(), "aittsm.db");
    store = openStore(file, "full");
  });
  afterEach(() => store.destroy());

  const write = (name: string) => async (trx: Store) => {
    await trx.insertInto("settings").values({ name, value: "yes" }).execute();
    return name;
  };
  const written = async () =>
    (await store.selectFrom("settings").select("name").orderBy("name").execute()).map(({ name }) => name);

  it("are told their own results, in the order they were asked for", async () => {
    const told: string[] = [];
    const names = Array.from({ length: 200 }, (_, i) => `n${String(i).padStart(3, "0")}`);
    await Promise.all(names.map((name) => inSharedCommit(store, write(name)).then((result) => told.push(result))));
    expect(told).toEqual(names);
    expect(await written()).toEqual(names);
  });

  it("are one commit", async () => {
    const seen: number[] = [];
    const reader = openReader(file, store);
    const count = () => reader.get<{ count: number }>("select count(*) as count from settings")!.count;
    const one = (name: string) =>
      inSharedCommit(store, async (trx) => {
        await write(name)(trx);
        seen.push(count());
      });
    await Promise.all([one("a"), one("b"), one("c")]);
    // Another connection sees nothing of it while it lasts, and all of it afterwards.
    expect(seen).toEqual([0, 0, 0]);
    expect(count()).toBe(3);
    reader.close();
  });

  it("see what those before them have done", async () => {
    const key = (trx: Store) => trx.selectFrom("settings").select("value").where("name", "=", "key").executeTakeFirst();
    const once = () =>
      inSharedCommit(store, async (trx) => {
        if (await key(trx)) return "a repeat";
        await write("key")(trx);
        return "the first";
      });
    expect(await Promise.all([once(), once(), once()])).toEqual(["the first", "a repeat", "a repeat"]);
  });

  it("fail alone, and leave nothing", async () => {
    const reason = new Error("no");
    const failing = (name: string) =>
      inSharedCommit(store, async (trx) => {
        await write(name)(trx);
        throw reason;
      });
    const outcomes = await Promise.allSettled([
      inSharedCommit(store, write("a")),
      failing("b"),
      inSharedCommit(store, write("a")),
      inSharedCommit(store, write("c")),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason });
    expect(outcomes[2]).toMatchObject({ reason: { code: expect.stringMatching(/^SQLITE_CONSTRAINT/) } });
    expect(await written()).toEqual(["a", "c"]);
    await expect(failing("alone")).rejects.toBe(reason);
    expect(await written()).toEqual(["a", "c"]);
  });

  it("have all failed when the transaction is lost, and those after them go on", async () => {
    const lost = inSharedCommit(store, async (trx) => {
      await write("b")(trx);
      // As SQLite itself does when the disk is full.
      await sql`rollback`.execute(trx);
      throw new Error("database or disk is full");
    });
    const outcomes = await Promise.allSettled([
      inSharedCommit(store, write("a")),
      lost,
      inSharedCommit(store, write("c")),
    ]);
    const reason = expect.objectContaining({ message: "database or disk is full" });
    for (const outcome of outcomes) expect(outcome).toEqual({ status: "rejected", reason });
    expect(await written()).toEqual([]);
    await inSharedCommit(store, write("d"));
    expect(await written()).toEqual(["d"]);
  });

  it("wait for the disk where something is to last, and only there", async () => {
    const level = async (trx: Store) =>
      (await sql<{ synchronous: number }>`pragma synchronous`.execute(trx)).rows[0]!.synchronous;
    const [full, normal] = [2, 1];
    const passing = () => inSharedCommit(store, level, { lasting: false });
    expect(await Promise.all([passing(), passing()])).toEqual([normal, normal]);
    expect(await Promise.all([passing(), inSharedCommit(store, level), passing()])).toEqual([full, full, full]);
    await expect(inSharedCommit(store, () => Promise.reject(new Error("undone")), { lasting: false })).rejects.toThrow(
      "undone",
    );
    expect(await store.transaction().execute(level)).toBe(full);
    await inSharedCommit(store, write("passing"), { lasting: false });
    expect(await written()).toEqual(["passing"]);
  });

  it("take turns with other transactions", async () => {
    const other = store.transaction().execute(async (trx) => {
      await write("other")(trx);
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error("undone");
    });
    const shared = inSharedCommit(store, write("shared"));
    await expect(other).rejects.toThrow("undone");
    await shared;
    expect(await written()).toEqual(["shared"]);
  });
});
