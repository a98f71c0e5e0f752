import { readFileSync } from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { openStore } from "../../../src/store/database.ts";
import { KeyvAdapter } from "../../../src/store/keyv-adapter.ts";
import { openLibsql } from "../../../src/store/libsql-connection.ts";
import { temporaryFolder } from "../../support/folders.ts";

const newFile = () => path.join(temporaryFolder(), "aittsm.db");

describe("the database", () => {
  it("is brought to the present version when it is made, and left alone when opened again", async () => {
    const file = newFile();
    const first = openStore(file);
    await first.insertInto("settings").values({ name: "kept", value: "yes" }).execute();
    await first.destroy();
    const second = openStore(file);
    expect(await second.selectFrom("settings").select("value").execute()).toEqual([{ value: "yes" }]);
    await second.destroy();
  });

  it("refuses a database of a newer version and leaves every byte of it untouched", () => {
    const file = newFile();
    const newer = openLibsql(file, "normal");
    newer.exec("PRAGMA user_version = 9999");
    newer.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    newer.close();
    const before = readFileSync(file);
    expect(() => openStore(file)).toThrow(/newer version/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("takes booleans, and refuses what SQLite has no type for instead of ending the process", async () => {
    const store = openStore(newFile());
    const { rows } = await sql<{ x: number }>`select ${true} as x`.execute(store);
    expect(rows).toEqual([{ x: 1 }]);
    await expect(sql`select ${{ an: "object" }} as x`.execute(store)).rejects.toThrow(TypeError);
    await expect(sql`select ${Number.NaN} as x`.execute(store)).rejects.toThrow(TypeError);
    await store.destroy();
  });

  it("undoes the whole of a transaction that throws", async () => {
    const store = openStore(newFile());
    const failing = store.transaction().execute(async (trx) => {
      await trx.insertInto("settings").values({ name: "half", value: "" }).execute();
      throw new Error("stop");
    });
    await expect(failing).rejects.toThrow("stop");
    expect(await store.selectFrom("settings").selectAll().execute()).toEqual([]);
    await store.destroy();
  });
});

describe("the client's memory", () => {
  it("survives a restart and forgets what is over", async () => {
    const file = newFile();
    let now = 1_000;
    const first = openStore(file);
    const memory = new KeyvAdapter(first, () => now);
    await memory.set("short", "a", 500);
    await memory.set("long", "b", 50_000);
    await memory.set("long", "c", 50_000);
    await first.destroy();
    now = 2_000;
    const second = openStore(file);
    const later = new KeyvAdapter(second, () => now);
    expect(await later.get("short")).toBeUndefined();
    expect(await later.get("long")).toBe("c");
    expect(await later.delete("long")).toBe(true);
    expect(await later.delete("long")).toBe(false);
    await second.destroy();
  });
});
