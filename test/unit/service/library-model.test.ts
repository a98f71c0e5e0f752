import path from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { BlobStore } from "../../../src/blobs/blob-store.ts";
import { CollectionService } from "../../../src/service/collections.ts";
import { JobRecords } from "../../../src/service/job-records.ts";
import { indexJob } from "../../../src/service/job-search.ts";
import { StorageService } from "../../../src/service/storage.ts";
import { TagService } from "../../../src/service/tags.ts";
import { openStore } from "../../../src/store/database.ts";
import { temporaryFolder } from "../../support/folders.ts";
import {
  checkShares,
  type ModelShare,
  openShares,
  runShareOperation,
  type ShareOperation,
  shareOperation,
} from "./share-model.ts";

/** Sequences of operations that are tried, each on accounts of its own in one database. */
const SEQUENCES = 2_000;
const WORDS = ["crow", "tea", "café"];
const TAGS = ["red", "blue"];

/** What must be true of a job, kept by the test. */
interface ModelJob {
  id: string;
  /** Bytes kept; 0: none, deleted or never made. */
  bytes: number;
  running: boolean;
  text?: string;
  title: string;
  tags: Set<string>;
  bookmarked: boolean;
}
interface Model {
  jobs: ModelJob[];
  tags: Set<string>;
  /** By name; the services' ids are looked up by it. */
  collections: Map<string, { id: string; jobs: Set<string> }>;
  shares: ModelShare[];
}

type Operation =
  | { do: "make"; bytes: number; word: string; running: boolean }
  | { do: "title"; job: number; word: string }
  | { do: "bookmark"; job: number; on: boolean }
  | { do: "tag"; jobs: number[]; add: string[]; remove: string[] }
  | { do: "deleteTag"; tag: string; dryRun: boolean }
  | { do: "collect"; name: string; jobs: number[] }
  | { do: "uncollect"; name: string; jobs: number[] }
  | { do: "deleteCollection"; name: string; dryRun: boolean }
  | ShareOperation
  | { do: "deleteAudio"; job: number; eraseText: boolean; dryRun: boolean }
  | { do: "bulkIds"; jobs: number[]; eraseText: boolean; dryRun: boolean }
  | { do: "bulkFilter"; tag?: string; unbookmarkedOnly: boolean; dryRun: boolean };

const index = fc.nat(5);
const indexes = fc.array(index, { minLength: 1, maxLength: 3 });
const word = fc.constantFrom(...WORDS);
const tag = fc.constantFrom(...TAGS);
const name = fc.constantFrom("one", "two");
const bool = fc.boolean();
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("make"),
      bytes: fc.integer({ min: 1, max: 1_000 }),
      word,
      running: rarely(),
    }),
  },
  fc.record({ do: fc.constant("title"), job: index, word }),
  fc.record({ do: fc.constant("bookmark"), job: index, on: bool }),
  fc.record({ do: fc.constant("tag"), jobs: indexes, add: fc.subarray(TAGS), remove: fc.subarray(TAGS) }),
  fc.record({ do: fc.constant("deleteTag"), tag, dryRun: rarely() }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("collect"), name, jobs: indexes }) },
  fc.record({ do: fc.constant("uncollect"), name, jobs: indexes }),
  fc.record({ do: fc.constant("deleteCollection"), name, dryRun: rarely() }),
  { weight: 10, arbitrary: shareOperation },
  fc.record({ do: fc.constant("deleteAudio"), job: index, eraseText: rarely(), dryRun: rarely() }),
  fc.record({ do: fc.constant("bulkIds"), jobs: indexes, eraseText: rarely(), dryRun: rarely() }),
  fc.record({
    do: fc.constant("bulkFilter"),
    tag: fc.option(tag, { nil: undefined }),
    unbookmarkedOnly: bool,
    dryRun: rarely(),
  }),
) as fc.Arbitrary<Operation>;

function rarely() {
  return fc.nat(9).map((n) => n === 0);
}

const store = openStore(path.join(temporaryFolder(), "aittsm.db"));
const silent = () => {};
const log = { error: silent, warn: silent, info: silent, debug: silent };
const blobs = new Set<string>();
const parts = {
  store,
  log,
  blobs: { remove: async (blob: string) => void blobs.delete(blob) } as unknown as BlobStore,
};
const records = new JobRecords(parts);
const storage = new StorageService(parts);
const tags = new TagService(store);
const collections = new CollectionService(store);
const services = openShares(store);
let made = 0;

/** A finished (or running) job, as the job runner would leave it. */
async function insert(account: string, { id, bytes, running, title, text }: ModelJob): Promise<void> {
  const blob_name = running ? null : `${id}.wav`;
  if (blob_name) blobs.add(blob_name);
  await store.transaction().execute(async (trx) => {
    await trx
      .insertInto("jobs")
      .values({
        job_id: id,
        account_id: account,
        kind: "speech",
        status: running ? "processing" : "completed",
        ...{ priority: 0, voice_id: "flite:x", speed: 1, output_format: "wav", sample_rate_hertz: 16_000 },
        ...{ streaming: 0, chars_charged: 1, progress_total: 1, content_type: "audio/wav", title, blob_name },
        bytes: running ? null : bytes,
        created_at: Math.floor(made / 3),
      })
      .execute();
    await trx.insertInto("job_texts").values({ job_id: id, text: text! }).execute();
    await indexJob(trx, id, title, text!);
  });
}

/** What a removal has to do to the model; gives what it has to answer. */
function remove(model: Model, targets: ModelJob[], eraseText: boolean, dryRun: boolean) {
  const audible = targets.filter((job) => job.bytes > 0);
  const lost = model.shares.filter((one) => audible.some((job) => one.jobs.includes(job.id)));
  const answer = {
    bytesFreed: audible.reduce((sum, job) => sum + job.bytes, 0),
    sharesAffected: lost.map((one) => one.id).sort(),
  };
  if (dryRun) return answer;
  for (const one of lost) one.jobs = one.jobs.filter((id) => !audible.some((job) => job.id === id));
  for (const job of audible) job.bytes = 0;
  if (eraseText) for (const job of targets) if (!job.running) Object.assign(job, { text: undefined, title: "" });
  return answer;
}

async function run(account: string, model: Model, op: Operation): Promise<void> {
  const pick = (i: number): ModelJob | undefined => model.jobs[i];
  const picked = (indexes: number[]) => [...new Set(indexes.flatMap((i) => pick(i) ?? []))];
  const ids = (jobs: ModelJob[]) => jobs.map((job) => job.id);
  switch (op.do) {
    case "make": {
      if (model.jobs.length === 6) return;
      made += 1;
      const state = { tags: new Set<string>(), bookmarked: false, running: op.running };
      const job = { id: `j${made}`, bytes: op.running ? 0 : op.bytes, text: op.word, title: "", ...state };
      model.jobs.push(job);
      return insert(account, { ...job, bytes: op.bytes });
    }
    case "title": {
      const job = pick(op.job);
      if (!job) return void (await expect(records.update(account, "none", {})).rejects.toThrow());
      job.title = op.word;
      return void (await records.update(account, job.id, { title: op.word }));
    }
    case "bookmark": {
      const job = pick(op.job);
      if (!job) return;
      job.bookmarked = op.on;
      return void (await records.bookmark(account, job.id, op.on));
    }
    case "tag": {
      const jobs = picked(op.jobs);
      if (jobs.length === 0) return;
      const call = tags.tagJobs(account, ids(jobs), op.add, op.remove);
      if (op.add.some((one) => op.remove.includes(one)) || op.add.length + op.remove.length === 0) {
        return void (await expect(call).rejects.toMatchObject({ code: "INVALID_INPUT" }));
      }
      await call;
      for (const one of op.add) model.tags.add(one);
      for (const job of jobs) {
        for (const one of op.add) job.tags.add(one);
        for (const one of op.remove) job.tags.delete(one);
      }
      return;
    }
    case "deleteTag": {
      const call = tags.delete(account, op.tag, op.dryRun);
      if (!model.tags.has(op.tag)) return void (await expect(call).rejects.toMatchObject({ code: "NOT_FOUND" }));
      expect((await call).jobsUntagged).toBe(model.jobs.filter((job) => job.tags.has(op.tag)).length);
      if (op.dryRun) return;
      model.tags.delete(op.tag);
      for (const job of model.jobs) job.tags.delete(op.tag);
      return;
    }
    case "collect": {
      const jobs = picked(op.jobs);
      const known = model.collections.get(op.name);
      if (!known) {
        const { collectionId } = await collections.create(account, { name: op.name, jobIds: ids(jobs) });
        model.collections.set(op.name, { id: collectionId, jobs: new Set(ids(jobs)) });
        return;
      }
      await expect(collections.create(account, { name: op.name })).rejects.toMatchObject({ code: "INVALID_INPUT" });
      await collections.addJobs(account, known.id, ids(jobs));
      for (const id of ids(jobs)) known.jobs.add(id);
      return;
    }
    case "uncollect": {
      const known = model.collections.get(op.name);
      const jobs = ids(picked(op.jobs));
      if (!known || jobs.length === 0) return;
      for (const id of jobs) known.jobs.delete(id);
      expect((await collections.removeJobs(account, known.id, jobs)).jobCount).toBe(known.jobs.size);
      return;
    }
    case "deleteCollection": {
      const known = model.collections.get(op.name);
      if (!known) return;
      await collections.delete(account, known.id, op.dryRun);
      if (!op.dryRun) model.collections.delete(op.name);
      return;
    }
    case "deleteAudio": {
      const job = pick(op.job);
      if (!job) return;
      const call = records.deleteAudio(account, job.id, op);
      if (job.running) return void (await expect(call).rejects.toMatchObject({ code: "JOB_NOT_COMPLETED" }));
      const had = job.bytes > 0;
      const expected = remove(model, [job], op.eraseText, op.dryRun);
      expect(await call).toMatchObject({ ...expected, deleted: had && !op.dryRun });
      return;
    }
    case "bulkIds": {
      const { eraseText, dryRun } = op;
      const jobs = picked(op.jobs);
      if (jobs.length === 0) return;
      const skipped = jobs.filter((job) => job.running || (job.bytes === 0 && !eraseText)).length;
      const targets = jobs.filter((job) => !job.running);
      const deleted = targets.filter((job) => job.bytes > 0).length;
      const expected = remove(model, targets, eraseText, dryRun);
      const answer = await storage.bulkDelete(account, { jobIds: [...ids(jobs), "theirs"], eraseText, dryRun });
      expect(answer).toMatchObject({ ...expected, deleted });
      expect(answer.skipped).toHaveLength(skipped + 1);
      return;
    }
    case "bulkFilter": {
      const { tag, unbookmarkedOnly, dryRun } = op;
      const call = storage.bulkDelete(account, { tag, unbookmarkedOnly, dryRun });
      if (!tag && !unbookmarkedOnly) return void (await expect(call).rejects.toMatchObject({ code: "INVALID_INPUT" }));
      const matching = model.jobs.filter((job) => (!tag || job.tags.has(tag)) && !(unbookmarkedOnly && job.bookmarked));
      const expected = remove(model, matching, false, dryRun);
      expect(await call).toMatchObject(expected);
      return;
    }
    default:
      return runShareOperation(await services, account, model.shares, model.jobs, op);
  }
}

/** Everything that can be counted says the same as the model. */
async function check(account: string, model: Model): Promise<void> {
  const kept = model.jobs.filter((job) => job.bytes > 0);
  const bytesUsed = kept.reduce((sum, job) => sum + job.bytes, 0);
  const usage = await storage.usage(account, "voice");
  expect(usage).toMatchObject({ bytesUsed, files: kept.length });
  expect(usage.groups?.reduce((sum, group) => sum + group.bytes, 0)).toBe(bytesUsed);
  for (const job of model.jobs) expect(blobs.has(`${job.id}.wav`)).toBe(job.bytes > 0);

  // Page by page, so that the cursors are tried too.
  const listed: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await records.list(account, { limit: 2, cursor });
    expect(page.total).toBe(model.jobs.length);
    for (const job of page.jobs) {
      const known = model.jobs.find((one) => one.id === job.jobId)!;
      expect({ ...job, tags: job.tags }).toMatchObject({ bookmarked: known.bookmarked, tags: [...known.tags].sort() });
      listed.push(job.jobId);
    }
    cursor = page.nextCursor;
  } while (cursor);
  expect(listed.sort()).toEqual(model.jobs.map((job) => job.id).sort());

  const shownTags = (await tags.list(account, { limit: 100 })).tags;
  const countOf = (one: string) => model.jobs.filter((job) => job.tags.has(one)).length;
  expect(shownTags.map(({ tag, jobCount }) => [tag, jobCount])).toEqual(
    [...model.tags].sort().map((one) => [one, countOf(one)]),
  );
  const shown = (await collections.list(account, { limit: 100 })).collections;
  expect(shown.map(({ name, jobCount }) => [name, jobCount])).toEqual(
    [...model.collections].map(([name, { jobs }]) => [name, jobs.size]).sort(),
  );
  for (const one of WORDS) {
    const hits = model.jobs.filter((job) => job.text === one || job.title === one).length;
    expect((await records.list(account, { limit: 1, query: one })).total).toBe(hits);
  }
  await checkShares(await services, account, model.shares);
}

it(`keeps counts, sums, tracks and search consistent over ${SEQUENCES} sequences of operations`, async () => {
  let sequence = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 3, maxLength: 15 }), async (operations) => {
      sequence += 1;
      const account = `a${sequence}`;
      await store.insertInto("accounts").values({ account_id: account, unlimited: 1, credit_balance: 0 }).execute();
      const model: Model = { jobs: [], tags: new Set(), collections: new Map(), shares: [] };
      for (const op of operations) await run(account, model, op);
      await check(account, model);
    }),
    { numRuns: SEQUENCES },
  );
}, 120_000);
