import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { GoogleCatalogue } from "../../../../src/engines/google/catalogue.ts";
import { requireSettings } from "../../../../src/engines/google/setup.ts";
import { PollyCatalogue } from "../../../../src/engines/polly/catalogue.ts";
import { PollyEngine } from "../../../../src/engines/polly/index.ts";
import { StoredEngineCache } from "../../../../src/service/engine-cache.ts";
import { openStore } from "../../../../src/store/database.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FakeGoogle } from "../../../support/fake-google.ts";
import { FakePolly } from "../../../support/fake-polly.ts";
import { temporaryFolder } from "../../../support/folders.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const newFile = () => path.join(temporaryFolder(), "aittsm.db");
afterEach(() => void vi.useRealTimers());

/** What one process does with the database, from its start to its end. */
async function process<T>(file: string, work: (cache: StoredEngineCache) => Promise<T>): Promise<T> {
  const store = openStore(file);
  try {
    return await work(new StoredEngineCache(store));
  } finally {
    await store.destroy();
  }
}

describe("engines' memory in the database", () => {
  it("outlives a process, and no longer than it is to", async () => {
    const file = newFile();
    vi.useFakeTimers({ toFake: ["Date"] });
    await process(file, (cache) => cache.set("voices", ["old"], 1_000));
    await process(file, (cache) => cache.set("voices", [{ name: "Ann" }, "日本"], 1_000));
    expect(await process(file, (cache) => cache.get("voices"))).toEqual([{ name: "Ann" }, "日本"]);
    expect(await process(file, (cache) => cache.get("other"))).toBeUndefined();
    vi.setSystemTime(Date.now() + 1_001);
    expect(await process(file, (cache) => cache.get("voices"))).toBeUndefined();
  });
});

describe("a provider's catalogue", async () => {
  const google = await FakeGoogle.start();
  const polly = await FakePolly.start();
  const googleSettings = await requireSettings(google.variables);
  const pollySettings = await new PollyEngine(emptyContext({ variables: polly.variables })).workerData();

  it.each([
    {
      provider: "google",
      voices: (cache: StoredEngineCache) => new GoogleCatalogue(cache).voices(googleSettings),
      lists: () => google.requests.length,
    },
    {
      provider: "polly",
      voices: (cache: StoredEngineCache) => new PollyCatalogue(cache).voices(pollySettings),
      // It has a page of its own for each few voices.
      lists: () => polly.requests.filter(({ url }) => !url.searchParams.has("NextToken")).length,
    },
  ])("of $provider is asked for once a day, through restarts", async ({ voices, lists }) => {
    const file = newFile();
    vi.useFakeTimers({ toFake: ["Date"] });
    const first = await process(file, voices);
    expect(first.length).toBeGreaterThan(5);
    vi.setSystemTime(Date.now() + DAY_MS - 60_000);
    expect(await process(file, voices)).toEqual(first);
    expect(lists()).toBe(1);
    vi.setSystemTime(Date.now() + 120_000);
    google.requests.length = 0;
    polly.requests.length = 0;
    expect(await process(file, voices)).toEqual(first);
    expect(lists()).toBe(1);
  });
});
