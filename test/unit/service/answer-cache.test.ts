import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AnswerCache } from "../../../src/service/answer-cache.ts";
import { openStore, type Store } from "../../../src/store/database.ts";
import { openReader, type Reader } from "../../../src/store/reader.ts";
import { temporaryFolder } from "../../support/folders.ts";

let store: Store;
let reader: Reader;
let file: string;
beforeEach(() => {
  file = path.join(temporaryFolder(), "aittsm.db");
  store = openStore(file);
  reader = openReader(file, store);
});
afterEach(async () => {
  reader.close();
  await store.destroy();
});

const count = (from: Store = store) =>
  from
    .selectFrom("settings")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow()
    .then(({ n }) => n);
const add = (name: string, to: Store = store) => to.insertInto("settings").values({ name, value: "x" }).execute();

describe("remembered answers", () => {
  it("are asked for once while nothing changes, and anew after every change", async () => {
    const answers = new AnswerCache(reader);
    let asked = 0;
    const ask = (question = "how many") =>
      answers.get([question], () => {
        asked += 1;
        return count();
      });
    const before = await ask();
    for (let i = 0; i < 5; i++) expect(await ask()).toBe(before);
    expect(asked).toBe(1);
    await add("one");
    expect(await ask()).toBe(before + 1);
    await store.transaction().execute(async (trx) => {
      await add("two", trx);
      // Not committed: the rest of the world sees nothing of it.
      expect(reader.get<{ n: number }>("select count(*) as n from settings")!.n).toBe(before + 1);
    });
    expect(await ask()).toBe(before + 2);
    await ask("something else");
    expect(asked).toBe(4);
  });

  it("are forgotten when a transaction is rolled back too", async () => {
    const answers = new AnswerCache(reader);
    const ask = () => answers.get(["how many"], () => count());
    const before = await ask();
    const failing = store.transaction().execute(async (trx) => {
      await add("one", trx);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await ask()).toBe(before);
  });

  it("are asked for anew after another connection has changed something, within 20 ms", async () => {
    const answers = new AnswerCache(reader);
    const ask = () => answers.get(["how many"], () => count());
    const before = await ask();
    const other = openStore(file);
    await add("theirs", other);
    await other.destroy();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await ask()).toBe(before + 1);
  });

  it("are not failures: what went wrong once is tried again", async () => {
    const answers = new AnswerCache(reader);
    const busy = answers.get(["how many"], () => Promise.reject(new Error("busy")));
    await expect(busy).rejects.toThrow("busy");
    expect(await answers.get(["how many"], () => count())).toBeGreaterThanOrEqual(0);
  });
});
