import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Client, createClient } from "../../src/client/client.ts";
import { inProcessTransport } from "../../src/client/in-process.ts";
import { composeEmbedded } from "../../src/compose-backend.ts";
import { readConfig } from "../../src/config.ts";
import { indexJob } from "../../src/service/job-search.ts";
import type { Store } from "../../src/store/database.ts";

const VOICES = ["flite:en-US-Clustergen-Rms", "flite:en-GB-Clustergen-Awb", "kokoro:en-US-Kokoro-Bella"];
const COLLECTIONS = 20;
const TAGS = 30;
const VOCABULARY = 3_000;
const WORDS_PER_TEXT = 60;
const ROWS_PER_INSERT = 50;
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** In every text of both libraries, in every third, and in three texts of both. */
export const COMMON_WORD = "river";
export const SOME_WORD = "harbour";
export const RARE_WORD = "quixotic";
/** On three jobs in ten, and on three in a hundred. */
export const COMMON_TAG = "tag00";
export const RARE_TAG = "tag07";
/** With three jobs in ten, and with less than four in a hundred. */
export const LARGE_COLLECTION = "c0";
export const SMALL_COLLECTION = "c9";
/** A voice of a third of the jobs, and the only one of a provider of three in a hundred. */
export const VOICE = VOICES[1]!;
export const RARE_PROVIDER = "google";
const RARE_VOICE = `${RARE_PROVIDER}:en-US-Standard-C`;

/** A word of three syllables; like words of a language, few of them begin another. */
function wordOf(index: number): string {
  const syllable = (i: number) => "bcdfghklmnprstvw"[i % 16]! + "aeiou"[(i >> 4) % 5]!;
  return syllable(index) + syllable(Math.floor(index / 80)) + syllable(index * 7 + 3);
}

/** The same numbers in every run (Park and Miller's generator), from 0 to below 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A library of so many finished jobs, made over a year, as its user's client meets it. */
export class Library {
  readonly client: Client;
  readonly close: () => Promise<void>;

  private constructor(client: Client, close: () => Promise<void>) {
    this.client = client;
    this.close = close;
  }

  static async of(jobs: number): Promise<Library> {
    const folder = await mkdtemp(path.join(tmpdir(), "aittsm-bench-"));
    const backend = await composeEmbedded(readConfig({ AITTSM_DATA_DIR: folder, AITTSM_LOG_LEVEL: "error" }));
    await fill(backend.store, jobs);
    const client = createClient({ transport: inProcessTransport(async () => backend.fetch) });
    return new Library(client, async () => {
      await backend.close();
      await rm(folder, { recursive: true, force: true });
    });
  }
}

/** Collections of a job: three in ten are in the large one, the others spread, every seventh is in two. */
function collectionsOf(index: number): string[] {
  const first = index % 10 < 3 ? 0 : 1 + (index % (COLLECTIONS - 1));
  const second = index % 7 === 0 ? 1 + (Math.floor(index / 7) % (COLLECTIONS - 1)) : first;
  return [...new Set([first, second])].map((i) => `c${i}`);
}

/** Everything of one account, in one transaction. What is said of the jobs depends on their index alone. */
async function fill(store: Store, jobs: number): Promise<void> {
  const random = numbers(7);
  // As in a language, the nth word comes about 1/n times as often as the first (Zipf).
  const words = (count: number) =>
    Array.from({ length: count }, () => wordOf(Math.floor((VOCABULARY + 1) ** random()) - 1)).join(" ");
  const now = Date.now();
  const rare = new Set([0, Math.floor(jobs / 2), jobs - 1]);
  await store.transaction().execute(async (trx) => {
    const owner = { account_id: "local", created_at: now };
    const tags = Array.from({ length: TAGS }, (_, i) => `tag${String(i).padStart(2, "0")}`);
    await trx
      .insertInto("tags")
      .values(tags.map((tag) => ({ ...owner, tag, color: null })))
      .execute();
    const collections = Array.from({ length: COLLECTIONS }, (_, i) => ({ collection_id: `c${i}`, name: `Book ${i}` }));
    await trx
      .insertInto("collections")
      .values(collections.map((collection) => ({ ...owner, ...collection, description: null })))
      .execute();
    for (let from = 0; from < jobs; from += ROWS_PER_INSERT) {
      const made = Array.from({ length: Math.min(ROWS_PER_INSERT, jobs - from) }, (_, i) => from + i).map((index) => ({
        index,
        job_id: `job-${String(index).padStart(6, "0")}`,
        title: `Chapter ${index}, ${words(3)}`,
        text: [
          words(WORDS_PER_TEXT),
          COMMON_WORD,
          index % 3 === 0 ? SOME_WORD : "",
          rare.has(index) ? RARE_WORD : "",
        ].join(" "),
      }));
      await trx
        .insertInto("jobs")
        .values(
          made.map(({ job_id, title, index }) => ({
            job_id,
            title,
            account_id: "local",
            kind: "speech" as const,
            status: "completed" as const,
            voice_id: index % 33 === 5 ? RARE_VOICE : VOICES[index % VOICES.length]!,
            bookmarked_at: index % 4 === 0 ? now : null,
            bytes: 10_000 + Math.floor(random() * 90_000),
            blob_name: `${job_id}.mp3`,
            created_at: now - Math.floor(((jobs - index) * YEAR_MS) / jobs),
            ...{ priority: 0, speed: 1, output_format: "mp3", sample_rate_hertz: 16_000, streaming: 0 },
            ...{ chars_charged: 400, progress_total: 400, content_type: "audio/mpeg", duration_seconds: 30 },
          })),
        )
        .execute();
      await trx
        .insertInto("job_texts")
        .values(made.map(({ job_id, text }) => ({ job_id, text })))
        .execute();
      for (const { job_id, title, text } of made) await indexJob(trx, job_id, title, text);
      const tagged = made.flatMap(({ job_id, index }) =>
        [index % 10 < 3 && COMMON_TAG, tags[1 + (index % (TAGS - 1))]].flatMap((tag) =>
          tag ? [{ account_id: "local", tag, job_id }] : [],
        ),
      );
      await trx.insertInto("job_tags").values(tagged).execute();
      const collected = made.flatMap(({ job_id, index }) =>
        collectionsOf(index).map((collection_id) => ({ collection_id, job_id, added_at: now })),
      );
      await trx.insertInto("collection_jobs").values(collected).execute();
    }
  });
}
