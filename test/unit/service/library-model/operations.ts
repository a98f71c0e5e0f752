import fc from "fast-check";
import { expect } from "vitest";
import { DAY_MS, type Model, type ModelJob, remove, TAGS, VOICES, WORDS } from "./model.ts";
import { endJob, insertJob, refused, type Services } from "./services.ts";
import { rarely, runShareOperation, type ShareOperation, shareOperation } from "./share-operations.ts";

/** Jobs of an account. */
const MOST_JOBS = 6;

export type Operation =
  | { do: "make"; bytes: number; word: string; voice: string; day: number; running: boolean }
  | { do: "end"; job: number; bytes: number }
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

const index = fc.nat(MOST_JOBS - 1);
const indexes = fc.array(index, { minLength: 1, maxLength: 3 });
const word = fc.constantFrom(...WORDS);
const tag = fc.constantFrom(...TAGS);
const name = fc.constantFrom("one", "two");
const bool = fc.boolean();
const made = {
  do: fc.constant("make" as const),
  bytes: fc.integer({ min: 1, max: 1_000 }),
  word,
  voice: fc.constantFrom(...VOICES),
  day: fc.nat(1),
};

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...made, running: fc.nat(4).map((n) => n === 0) }) },
  fc.record({ do: fc.constant("end"), job: index, bytes: fc.constantFrom(0, 10, 1_000) }),
  fc.record({ do: fc.constant("title"), job: index, word }),
  fc.record({ do: fc.constant("bookmark"), job: index, on: bool }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("tag"), jobs: indexes, add: tagSet(), remove: tagSet() }) },
  fc.record({ do: fc.constant("deleteTag"), tag, dryRun: rarely() }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("collect"), name, jobs: indexes }) },
  fc.record({ do: fc.constant("uncollect"), name, jobs: indexes }),
  fc.record({ do: fc.constant("deleteCollection"), name, dryRun: rarely() }),
  { weight: 12, arbitrary: shareOperation },
  fc.record({ do: fc.constant("deleteAudio"), job: index, eraseText: rarely(), dryRun: rarely() }),
  fc.record({ do: fc.constant("bulkIds"), jobs: indexes, eraseText: rarely(), dryRun: rarely() }),
  fc.record({
    do: fc.constant("bulkFilter"),
    tag: fc.option(tag, { nil: undefined }),
    unbookmarkedOnly: bool,
    dryRun: rarely(),
  }),
) as fc.Arbitrary<Operation>;

/** Some jobs with audio, two of them shared: what most operations need to have something to do. */
export const beginning: fc.Arbitrary<Operation[]> = fc
  .array(fc.record(made), { minLength: 2, maxLength: 4 })
  .map((makes) => [
    ...makes.map((make) => ({ ...make, running: false })),
    { do: "share", jobs: [0, 1], byCode: true, life: "week", flaw: "none" },
    { do: "codes", share: 0, count: 2, maxUses: 1 },
  ]);

function tagSet() {
  return fc.subarray(TAGS);
}

let serial = 0;

/** Does an operation to the services and to the model, and expects of both the same. */
export async function run(services: Services, account: string, model: Model, op: Operation): Promise<void> {
  const { records, storage, tags, collections } = services;
  // Modulo, so that nearly every operation has something to do.
  const pick = (i: number): ModelJob | undefined => model.jobs[i % model.jobs.length];
  const picked = (indexes: number[]) => [...new Set(indexes.flatMap((i) => pick(i) ?? []))];
  const ids = (jobs: ModelJob[]) => jobs.map((job) => job.id);
  switch (op.do) {
    case "make": {
      if (model.jobs.length === MOST_JOBS) return;
      serial += 1;
      const job: ModelJob = {
        id: `j${serial}`,
        status: "processing",
        voice: op.voice,
        chars: op.word.length,
        // Some of the same moment.
        createdAt: op.day * DAY_MS + Math.floor(serial / 3),
        bytes: 0,
        ...{ text: op.word, title: "", tags: new Set<string>(), bookmarked: false },
      };
      model.jobs.push(job);
      await insertJob(services, account, job);
      return op.running ? undefined : end(services, account, job, op.bytes);
    }
    case "end": {
      const job = pick(op.job);
      return job?.status === "processing" ? end(services, account, job, op.bytes) : undefined;
    }
    case "title": {
      const job = pick(op.job);
      if (!job) return refused(records.update(account, "none", { title: "x" }), "NOT_FOUND");
      job.title = op.word;
      return void (await records.update(account, job.id, { title: op.word }));
    }
    case "bookmark": {
      const job = pick(op.job);
      if (!job) return refused(records.bookmark(account, "none", op.on), "NOT_FOUND");
      job.bookmarked = op.on;
      return void (await records.bookmark(account, job.id, op.on));
    }
    case "tag": {
      const jobs = picked(op.jobs);
      if (jobs.length === 0) return;
      const call = tags.tagJobs(account, ids(jobs), op.add, op.remove);
      if (op.add.some((one) => op.remove.includes(one)) || op.add.length + op.remove.length === 0) {
        return refused(call, "INVALID_INPUT");
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
      if (!model.tags.has(op.tag)) return refused(call, "NOT_FOUND");
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
      await refused(collections.create(account, { name: op.name }), "INVALID_INPUT");
      await refused(collections.addJobs(account, known.id, [...ids(jobs), "none"]), "NOT_FOUND");
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
      if (!known) return refused(collections.delete(account, "none", op.dryRun), "NOT_FOUND");
      await collections.delete(account, known.id, op.dryRun);
      if (!op.dryRun) model.collections.delete(op.name);
      return;
    }
    case "deleteAudio": {
      const job = pick(op.job);
      if (!job) return;
      const call = records.deleteAudio(account, job.id, op);
      if (job.status === "processing") return refused(call, "JOB_NOT_COMPLETED");
      const had = job.bytes > 0;
      const expected = remove(model, [job], op.eraseText, op.dryRun);
      return expect(await call).toMatchObject({ ...expected, deleted: had && !op.dryRun });
    }
    case "bulkIds": {
      const { eraseText, dryRun } = op;
      const jobs = picked(op.jobs);
      if (jobs.length === 0) return;
      const targets = jobs.filter((job) => job.status !== "processing");
      const kept = jobs.filter((job) => job.status === "processing" || (job.bytes === 0 && !eraseText));
      const deleted = targets.filter((job) => job.bytes > 0).length;
      const expected = remove(model, targets, eraseText, dryRun);
      const answer = await storage.bulkDelete(account, { jobIds: [...ids(jobs), "theirs"], eraseText, dryRun });
      expect(answer).toMatchObject({ ...expected, deleted });
      return expect(answer.skipped.map(({ jobId }) => jobId).sort()).toEqual([...ids(kept), "theirs"].sort());
    }
    case "bulkFilter": {
      const { tag, unbookmarkedOnly, dryRun } = op;
      const call = storage.bulkDelete(account, { tag, unbookmarkedOnly, dryRun });
      if (!tag && !unbookmarkedOnly) return refused(call, "INVALID_INPUT");
      const matching = model.jobs.filter((job) => (!tag || job.tags.has(tag)) && !(unbookmarkedOnly && job.bookmarked));
      const expected = remove(model, matching, false, dryRun);
      return expect(await call).toMatchObject(expected);
    }
    default:
      return runShareOperation(services, account, model, op);
  }
}

async function end(services: Services, account: string, job: ModelJob, bytes: number): Promise<void> {
  await endJob(services, account, job, bytes);
  job.status = bytes > 0 ? "completed" : "failed";
  job.bytes = bytes;
}
