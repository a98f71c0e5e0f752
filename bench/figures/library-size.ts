import type { Client } from "../../src/client/client.ts";
import { contract } from "../../src/contract/index.ts";
import type { Measured } from "../harness/figure.ts";
import { ratioOf, timed } from "../harness/interleave.ts";
import { COMMON_TAG, COMMON_WORD, Library, RARE_WORD, SOME_WORD } from "../harness/library.ts";

const [SMALL, LARGE] = [100, 10_000];
/** One call takes a millisecond; ten together are measured. */
const CALLS = 10;
const ROUNDS = { rounds: 15, warmUps: 4 };

type Calls = Record<string, (client: Client) => Promise<unknown>>;

const list = (input: object) => (client: Client) => client.call(contract.listJobs, input);

/** A page in the middle: the cursor behind half of the jobs, found once for each client. */
const middles = new WeakMap<Client, Promise<string>>();
async function middleOf(client: Client): Promise<string> {
  const first = await client.call(contract.listJobs, { limit: 100 });
  let { next_cursor: cursor } = first.data;
  for (let seen = 100; cursor && seen < first.data.total / 2; seen += 100) {
    cursor = (await client.call(contract.listJobs, { limit: 100, cursor })).data.next_cursor;
  }
  return cursor ?? (await client.call(contract.listJobs, { limit: 50 })).data.next_cursor!;
}

const LISTS: Calls = {
  "the first page": list({}),
  "a page in the middle": async (client) => {
    const cursor = middles.get(client) ?? middleOf(client);
    middles.set(client, cursor);
    await client.call(contract.listJobs, { cursor: await cursor });
  },
  "by tag": list({ tag: "tag01" }),
  "by a tag that every third has": list({ tag: COMMON_TAG }),
  "by collection": list({ collection_id: "c1" }),
  "by status": list({ status: "completed" }),
  "by provider": list({ provider: "kokoro" }),
  "by voice": list({ voice_id: "flite:en-GB-Clustergen-Awb" }),
  bookmarked: list({ bookmarked: true }),
};
const SEARCHES: Calls = {
  "a rare word": list({ query: RARE_WORD }),
  "a word of some": list({ query: SOME_WORD }),
  "a word of all": list({ query: COMMON_WORD }),
};
const COUNTS: Calls = {
  tags: (client) => client.call(contract.listTags, { limit: 100 }),
  collections: (client) => client.call(contract.listCollections, { limit: 100 }),
  bookmarks: (client) => client.call(contract.listBookmarks, { limit: 1 }),
  storage: (client) => client.call(contract.getStorage, {}),
  "storage by voice": (client) => client.call(contract.getStorage, { group_by: "voice" }),
  usage: (client) => client.call(contract.getUsage, {}),
};

/**
 * Each call at 10,000 jobs against at 100; the worst of them is the figure.
 * @param changed something is changed before every call, so that no count is remembered
 */
async function worst(calls: Calls, changed = false): Promise<Measured> {
  const [small, large] = [await Library.of(SMALL), await Library.of(LARGE)];
  try {
    let result: Measured | undefined;
    for (const [name, call] of Object.entries(calls)) {
      const once = async (client: Client) => {
        let ms = 0;
        for (let i = 0; i < CALLS; i++) {
          if (changed) await client.call(contract.updateJob, { job_id: "job-000001", notes: `note ${i}` });
          ms += await timed(() => call(client));
        }
        return ms;
      };
      const measured = await ratioOf(
        { what: `${name}, ${LARGE} jobs`, once: () => once(large.client) },
        { what: `${name}, ${SMALL} jobs`, once: () => once(small.client) },
        ROUNDS,
      );
      if (process.env.BENCH_DETAILS) console.error(name, measured.value.toFixed(2));
      if (!result || measured.value > result.value) result = measured;
    }
    return result!;
  } finally {
    await small.close();
    await large.close();
  }
}

/** All of them, each right after a change. */
export const libraryChanged = () => worst({ ...LISTS, ...SEARCHES, ...COUNTS }, true);
export const libraryLists = () => worst(LISTS);
export const librarySearches = () => worst(SEARCHES);
export const libraryCounts = () => worst(COUNTS);
