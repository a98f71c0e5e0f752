import type { Client } from "../../src/client/client.ts";
import { contract } from "../../src/contract/index.ts";
import type { Measured } from "../harness/figure.ts";
import { ratioOf, timed } from "../harness/interleave.ts";
import {
  COMMON_TAG,
  COMMON_WORD,
  LARGE_COLLECTION,
  Library,
  RARE_PROVIDER,
  RARE_TAG,
  RARE_WORD,
  SMALL_COLLECTION,
  SOME_WORD,
  VOICE,
} from "../harness/library.ts";

const [SMALL, LARGE] = [100, 10_000];
/** One call takes less than a millisecond, so there are many; the two libraries take turns at each. */
const ROUNDS = { rounds: 200, warmUps: 20 };

type Calls = Record<string, (client: Client) => Promise<unknown>>;

const list = (input: object) => (client: Client) => client.call(contract.listJobs, input);
const storage = (group_by?: "provider" | "voice" | "collection" | "month") => (client: Client) =>
  client.call(contract.getStorage, { group_by });
const usage = (input: object) => (client: Client) => client.call(contract.getUsage, input);

/** A page in the middle: the cursor behind half of the jobs, found once for each client. */
const middles = new WeakMap<Client, Promise<string>>();
async function middleOf(client: Client): Promise<string> {
  const page = SMALL / 4;
  const first = await client.call(contract.listJobs, { limit: page });
  let { next_cursor: cursor } = first.data;
  for (let seen = page; cursor && seen < first.data.total / 2; seen += page) {
    cursor = (await client.call(contract.listJobs, { limit: page, cursor })).data.next_cursor;
  }
  return cursor!;
}

/** Each shows as many jobs of the large library as of the small one. */
const LISTS: Calls = {
  "the first page": list({}),
  "a page in the middle": async (client) => {
    const cursor = middles.get(client) ?? middleOf(client);
    middles.set(client, cursor);
    await client.call(contract.listJobs, { cursor: await cursor });
  },
  "by a tag of many": list({ tag: COMMON_TAG }),
  "by a tag of few": list({ tag: RARE_TAG, limit: 3 }),
  "by a large collection": list({ collection_id: LARGE_COLLECTION }),
  "by a small collection": list({ collection_id: SMALL_COLLECTION, limit: 3 }),
  bookmarked: list({ bookmarked: true }),
  "not bookmarked": list({ bookmarked: false }),
  "by status": list({ status: "completed" }),
  "by a provider of most": list({ provider: "flite" }),
  "by a provider of few": list({ provider: RARE_PROVIDER, limit: 3 }),
  "by voice": list({ voice_id: VOICE }),
};
const SEARCHES: Calls = {
  "a word of three texts": list({ query: RARE_WORD }),
  "a word of every third text": list({ query: SOME_WORD }),
};
const SEARCHES_OF_ALL: Calls = { "a word of every text": list({ query: COMMON_WORD }) };
const COUNTS: Calls = {
  tags: (client) => client.call(contract.listTags, {}),
  collections: (client) => client.call(contract.listCollections, {}),
  bookmarks: (client) => client.call(contract.listBookmarks, {}),
  storage: storage(),
  "storage by provider": storage("provider"),
  "storage by voice": storage("voice"),
  "storage by collection": storage("collection"),
  "storage by month": storage("month"),
  usage: usage({}),
  "usage by day": usage({ group_by: "day" }),
  "usage by provider": usage({ group_by: "provider" }),
  "usage by voice": usage({ group_by: "voice" }),
  "usage of half a year": usage({ from: daysAgo(182) }),
};

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}

/**
 * Each call at 10,000 jobs against at 100, both right after a change, when no count is remembered, and once more; the
 * worst of them is the figure, the others are its details.
 */
async function worst(calls: Calls): Promise<Measured> {
  const [small, large] = [await Library.of(SMALL), await Library.of(LARGE)];
  try {
    const all: Measured[] = [];
    for (const [name, call] of Object.entries(calls)) {
      for (const changed of [true, false]) {
        let serial = 0;
        const once = async ({ client }: Library) => {
          const notes = `note ${serial++}`;
          if (changed) await client.call(contract.updateJob, { job_id: "job-000001", notes });
          return timed(() => call(client));
        };
        const what = `${name}, ${changed ? "right after a change" : "again"}`;
        const measured = await ratioOf(
          { what: `${what}, ${LARGE} jobs`, once: () => once(large) },
          { what: `${what}, ${SMALL} jobs`, once: () => once(small) },
          ROUNDS,
        );
        all.push(measured);
      }
    }
    all.sort((a, b) => b.value - a.value);
    return { ...all[0]!, details: all };
  } finally {
    await small.close();
    await large.close();
  }
}

export const libraryLists = () => worst(LISTS);
export const librarySearches = () => worst(SEARCHES);
/** Counting the texts with a word takes a walk over all of them: 10,000 of them show in a call. */
export const librarySearchesOfAll = () => worst(SEARCHES_OF_ALL);
export const libraryCounts = () => worst(COUNTS);
