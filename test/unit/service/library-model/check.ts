import { sql } from "kysely";
import { expect } from "vitest";
import type { JobFilter } from "../../../../src/service/job-list.ts";
import { checkShares, listed } from "./check-shares.ts";
import { type Model, type ModelJob, TAGS, VOICES, WORDS } from "./model.ts";
import type { Services } from "./services.ts";

/** Everything that can be counted says the same as the model. */
export async function check(services: Services, account: string, model: Model): Promise<void> {
  await checkLists(services, account, model);
  await checkNames(services, account, model);
  await checkStorage(services, account, model);
  await checkUsage(services, account, model);
  await checkShares(services, account, model.shares);
}

/** The sums that triggers keep are those of all jobs, and nothing else is kept. */
export async function checkSums({ store }: Services): Promise<void> {
  const kept = sql`select account_id, dimension, key, jobs, charged, chars, files, bytes from job_sums`;
  const right = sql`select account_id, dimension, key, sum(jobs), sum(charged), sum(chars), sum(files), sum(bytes)
    from job_facts group by account_id, dimension, key`;
  expect((await sql`${kept} except ${right}`.execute(store)).rows).toEqual([]);
  expect((await sql`${right} except ${kept}`.execute(store)).rows).toEqual([]);
}

const newestFirst = (a: ModelJob, b: ModelJob) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1);
const hasWord = (job: ModelJob, word: string) => job.text === word || job.title === word;

/** The filters that lists are asked with, each with the jobs it means. */
function filters(model: Model): [JobFilter, (job: ModelJob) => boolean][] {
  return [
    [{}, () => true],
    ...TAGS.map((tag) => [{ tag }, (job) => job.tags.has(tag)] as [JobFilter, (job: ModelJob) => boolean]),
    ...[...model.collections.values()].map(
      ({ id, jobs }) => [{ collectionId: id }, (job) => jobs.has(job.id)] as [JobFilter, (job: ModelJob) => boolean],
    ),
    [{ bookmarked: true }, (job) => job.bookmarked],
    [{ bookmarked: false }, (job) => !job.bookmarked],
    [{ status: "completed" }, (job) => job.status === "completed"],
    [{ status: "failed" }, (job) => job.status === "failed"],
    [{ status: "pending" }, () => false],
    [{ voiceId: VOICES[0]! }, (job) => job.voice === VOICES[0]],
    [{ provider: "flite" }, (job) => job.voice.startsWith("flite:")],
    [{ tag: TAGS[0]!, bookmarked: true }, (job) => job.tags.has(TAGS[0]!) && job.bookmarked],
    [{ status: "completed", provider: "flite" }, (job) => job.status === "completed" && job.voice.startsWith("flite:")],
    ...WORDS.map((query) => [{ query }, (job) => hasWord(job, query)] as [JobFilter, (job: ModelJob) => boolean]),
    [{ query: WORDS[0]!, tag: TAGS[0]! }, (job) => hasWord(job, WORDS[0]!) && job.tags.has(TAGS[0]!)],
  ];
}

async function checkLists({ records, blobs }: Services, account: string, model: Model): Promise<void> {
  for (const job of model.jobs) expect(blobs.has(`${job.id}.wav`)).toBe(job.bytes > 0);
  for (const [filter, isMeant] of filters(model)) {
    const meant = model.jobs.filter(isMeant).sort(newestFirst);
    const shown = await listed(
      meant.length,
      (cursor) => records.list(account, { ...filter, limit: 2, cursor }),
      (page) => page.jobs,
    );
    const view = shown.map(({ jobId, bookmarked, tags, status }) => ({ jobId, bookmarked, tags, status }));
    const expected = meant.map((job) => ({
      jobId: job.id,
      bookmarked: job.bookmarked,
      tags: [...job.tags].sort(),
      status: job.status,
    }));
    // What is found comes in the order in which jobs were made.
    if (filter.query) expect(byId(view)).toEqual(byId(expected));
    else expect(view).toEqual(expected);
  }
}

const byId = <T extends { jobId: string }>(items: T[]) => items.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));

/** Tags and collections, with how many jobs each has. */
async function checkNames({ tags, collections }: Services, account: string, model: Model): Promise<void> {
  const countOf = (one: string) => model.jobs.filter((job) => job.tags.has(one)).length;
  const shownTags = await listed(
    model.tags.size,
    (cursor) => tags.list(account, { limit: 1, cursor }),
    (page) => page.tags,
  );
  expect(shownTags.map(({ tag, jobCount }) => [tag, jobCount])).toEqual(
    [...model.tags].sort().map((one) => [one, countOf(one)]),
  );
  const shown = await listed(
    model.collections.size,
    (cursor) => collections.list(account, { limit: 1, cursor }),
    (page) => page.collections,
  );
  expect(shown.map(({ name, jobCount }) => [name, jobCount])).toEqual(
    [...model.collections].map(([name, { jobs }]) => [name, jobs.size]).sort(),
  );
}

const providerOf = (job: ModelJob) => job.voice.split(":")[0]!;
const dayOf = (job: ModelJob) => new Date(job.createdAt).toISOString().slice(0, 10);

/** Sums of a number over jobs, by what they are grouped by. */
function sums(jobs: readonly ModelJob[], keysOf: (job: ModelJob) => string[], amountOf: (job: ModelJob) => number) {
  const groups = new Map<string, { value: number; count: number }>();
  for (const job of jobs) {
    for (const key of keysOf(job)) {
      const { value, count } = groups.get(key) ?? { value: 0, count: 0 };
      groups.set(key, { value: value + amountOf(job), count: count + 1 });
    }
  }
  return [...groups].map(([group, { value, count }]) => [group, value, count] as const);
}

const largestFirst = (a: readonly [string, number, number], b: readonly [string, number, number]) =>
  b[1] - a[1] || (a[0] < b[0] ? -1 : 1);

async function checkStorage({ storage }: Services, account: string, model: Model): Promise<void> {
  const kept = model.jobs.filter((job) => job.bytes > 0);
  const collectionsOf = (job: ModelJob) => {
    const ids = [...model.collections.values()].flatMap(({ id, jobs }) => (jobs.has(job.id) ? id : []));
    return ids.length > 0 ? ids : ["none"];
  };
  const groupings = {
    provider: (job: ModelJob) => [providerOf(job)],
    voice: (job: ModelJob) => [job.voice],
    month: (job: ModelJob) => [dayOf(job).slice(0, 7)],
    collection: collectionsOf,
  };
  const bytesUsed = kept.reduce((sum, job) => sum + job.bytes, 0);
  expect(await storage.usage(account)).toEqual({ bytesUsed, files: kept.length, groups: undefined });
  for (const [grouping, keysOf] of Object.entries(groupings)) {
    const usage = await storage.usage(account, grouping as keyof typeof groupings);
    expect(usage).toMatchObject({ bytesUsed, files: kept.length });
    expect(usage.groups!.map(({ group, bytes, files }) => [group, bytes, files])).toEqual(
      sums(kept, keysOf, (job) => job.bytes).sort(largestFirst),
    );
  }
}

async function checkUsage({ usage }: Services, account: string, model: Model): Promise<void> {
  const groupings = { provider: providerOf, voice: (job: ModelJob) => job.voice, day: dayOf };
  // Days, and the moment of a job: the first that counts, or the first that does not.
  const moment = new Date(model.jobs[1]!.createdAt).toISOString();
  const spans: { from?: string; to?: string }[] = [
    {},
    { from: "1970-01-02" },
    { to: "1970-01-01" },
    { from: "1970-01-01", to: "9999-12-31" },
    { from: moment },
    { to: moment },
  ];
  for (const span of spans) {
    const start = span.from === undefined ? 0 : Date.parse(span.from);
    const end = span.to === undefined ? Number.POSITIVE_INFINITY : endOf(span.to);
    const charged = model.jobs.filter(
      (job) => job.status !== "failed" && job.createdAt >= start && job.createdAt < end,
    );
    for (const [grouping, keyOf] of Object.entries(groupings)) {
      const answer = await usage.usage(account, { ...span, groupBy: grouping as keyof typeof groupings });
      const charsCharged = charged.reduce((sum, job) => sum + job.chars, 0);
      expect(answer).toMatchObject({ charsCharged, jobs: charged.length });
      const groups = sums(
        charged,
        (job) => [keyOf(job)],
        (job) => job.chars,
      );
      const ordered = grouping === "day" ? groups.sort((a, b) => (a[0] < b[0] ? 1 : -1)) : groups.sort(largestFirst);
      expect(answer.groups!.map((group) => [group.group, group.charsCharged, group.jobs])).toEqual(ordered);
    }
  }
}

/** A day counts whole. */
const endOf = (to: string) => Date.parse(to) + (to.length === 10 ? 24 * 60 * 60 * 1000 : 0);
