import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Client, createClient } from "../../src/client/client.ts";
import { inProcessTransport } from "../../src/client/in-process.ts";
import { composeEmbedded } from "../../src/compose-backend.ts";
import { readConfig } from "../../src/config.ts";
import type { Store } from "../../src/store/database.ts";

const VOICES = ["flite:en-US-Clustergen-Rms", "flite:en-GB-Clustergen-Awb", "kokoro:en-US-Kokoro-Bella"];
const COLLECTIONS = 20;
const TAGS = 30;
const VOCABULARY = 3_000;
const WORDS_PER_TEXT = 60;
const ROWS_PER_INSERT = 50;

/** In every text of both libraries, and in the first job's only. */
export const COMMON_WORD = "river";
export const RARE_WORD = "quixotic";
/** On every third job. */
export const COMMON_TAG = "tag00";

/** A word of three syllables; like words of a language, few of them begin another. */
function wordOf(index: number): string {
  const syllable = (i: number) => "bcdfghklmnprstvw"[i % 16]! + "aeiou"[(i >> 4) % 5]!;
  return syllable(index) + syllable(Math.floor(index / 80)) + syllable(index * 7 + 3);
}
/** One of the vocabulary's. */
export const SOME_WORD = wordOf(7);

/** The same numbers in every run (Park and Miller's generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** A library of so many finished jobs, as its user's client meets it. */
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

async function fill(store: Store, jobs: number): Promise<void> {
  const random = numbers(7);
  const words = (count: number) => Array.from({ length: count }, () => wordOf(random(VOCABULARY))).join(" ");
  const now = Date.now();
  await store.transaction().execute(async (trx) => {
    const owner = { account_id: "local", created_at: now };
    const tags = Array.from({ length: TAGS }, (_, i) => `tag${String(i).padStart(2, "0")}`);
    await trx
      .insertInto("tags")
      .values(tags.map((tag) => ({ ...owner, tag, color: null })))
      .execute();
    await trx
      .insertInto("collections")
      .values(
        Array.from({ length: COLLECTIONS }, (_, i) => ({
          ...owner,
          collection_id: `c${i}`,
          name: `Book ${i}`,
          description: null,
        })),
      )
      .execute();
    for (let from = 0; from < jobs; from += ROWS_PER_INSERT) {
      const indexes = Array.from({ length: Math.min(ROWS_PER_INSERT, jobs - from) }, (_, i) => from + i);
      const made = indexes.map((i) => ({
        job_id: `job-${String(i).padStart(6, "0")}`,
        title: `Chapter ${i}, ${words(3)}`,
        text: `${words(WORDS_PER_TEXT)} ${COMMON_WORD} ${i === 0 ? RARE_WORD : ""}`,
        index: i,
      }));
      await trx
        .insertInto("jobs")
        .values(
          made.map(({ job_id, title, index }) => ({
            job_id,
            title,
            account_id: "local",
            kind: "speech" as const,
            status: index % 20 === 0 ? ("failed" as const) : ("completed" as const),
            voice_id: VOICES[index % VOICES.length]!,
            bookmarked_at: index % 10 === 0 ? now : null,
            bytes: index % 20 === 0 ? null : 10_000 + random(90_000),
            blob_name: index % 20 === 0 ? null : `${job_id}.mp3`,
            created_at: now - (jobs - index) * 60_000,
            ...{ priority: 0, speed: 1, output_format: "mp3", sample_rate_hertz: 16_000, streaming: 0 },
            ...{ chars_charged: 400, progress_total: 400, content_type: "audio/mpeg", duration_seconds: 30 },
          })),
        )
        .execute();
      await trx
        .insertInto("job_texts")
        .values(made.map(({ job_id, text }) => ({ job_id, text })))
        .execute();
      for (const { job_id, title, text } of made) {
        const { insertId } = await trx.insertInto("search_entries").values({ job_id }).executeTakeFirstOrThrow();
        await trx
          .insertInto("job_search")
          .values({ rowid: Number(insertId), title, text })
          .execute();
      }
      const tagged = made.flatMap(({ job_id, index }) =>
        [index % 3 === 0 && COMMON_TAG, tags[1 + (index % (TAGS - 1))]].flatMap((tag) =>
          tag ? [{ account_id: "local", tag, job_id }] : [],
        ),
      );
      await trx.insertInto("job_tags").values(tagged).execute();
      await trx
        .insertInto("collection_jobs")
        .values(made.map(({ job_id, index }) => ({ collection_id: `c${index % COLLECTIONS}`, job_id, added_at: now })))
        .execute();
    }
  });
}
