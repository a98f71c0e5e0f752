import { readdirSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { getJobText, listJobs } from "../../src/contract/jobs.ts";
import { createCollection, listCollections, listTags, setBookmark, tagJobs } from "../../src/contract/library.ts";
import { bulkDeleteAudio, getStorage } from "../../src/contract/storage.ts";
import { getVoiceSample } from "../../src/contract/voices.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { codeOf, makeJob, makeOthersJob } from "../support/library.ts";

const SLT = "flite:en-US-Clustergen-Slt";
const RMS = "flite:en-US-Clustergen-Rms";

describe.each(BACKENDS)("storage on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  let [a, b, c, theirs, collection_id] = ["", "", "", "", ""];
  const bytes = new Map<string, number>();
  beforeAll(async () => {
    a = await makeJob(service, "First.", { voice_id: SLT });
    b = await makeJob(service, "Second one.", { voice_id: RMS });
    c = await makeJob(service, "Third of them.", { voice_id: RMS });
    theirs = await makeOthersJob(service, "Somebody else's.");
    await client.call(getVoiceSample, { voice_id: SLT });
    for (const job of (await client.call(listJobs, {})).data.jobs) bytes.set(job.job_id, job.bytes!);
    collection_id = (await client.call(createCollection, { name: "Pair", job_ids: [a, b] })).data.collection_id;
    await client.call(tagJobs, { job_ids: [b, c], add: ["late"] });
    await client.call(setBookmark, { job_id: b, bookmarked: true });
  });
  const sum = (...ids: string[]) => ids.reduce((total, id) => total + bytes.get(id)!, 0);
  const usage = async (input = {}) => (await client.call(getStorage, input)).data;
  const remove = async (input: object) => (await client.call(bulkDeleteAudio, input)).data;
  const filesOf = (id: string) =>
    readdirSync(path.join(service.dataDir, "audio")).filter((name) => name.startsWith(id)).length;

  it("sums bytes and files of the account's audio, without samples", async () => {
    expect(await usage()).toEqual({ bytes_used: sum(a, b, c), files: 3 });
  });

  it("sums by provider, voice, month and collection", async () => {
    const month = new Date().toISOString().slice(0, 7);
    const groups = async (group_by: string) => (await usage({ group_by })).groups;
    expect(await groups("provider")).toEqual([{ group: "flite", bytes: sum(a, b, c), files: 3 }]);
    expect(await groups("voice")).toEqual([
      { group: RMS, bytes: sum(b, c), files: 2 },
      { group: SLT, bytes: sum(a), files: 1 },
    ]);
    expect(await groups("month")).toEqual([{ group: month, bytes: sum(a, b, c), files: 3 }]);
    expect(new Set(await groups("collection"))).toEqual(
      new Set([
        { group: collection_id, name: "Pair", bytes: sum(a, b), files: 2 },
        { group: "none", bytes: sum(c), files: 1 },
      ]),
    );
  });

  it.each([
    [{}],
    [{ unbookmarked_only: false }],
    [{ erase_text: true }],
    [{ job_ids: ["x"], tag: "late" }],
    [{ job_ids: [] }],
    [{ older_than_days: 0 }],
  ])("refuses %o and deletes nothing", async (input) => {
    expect(await codeOf(remove(input))).toBe("INVALID_INPUT");
    expect((await usage()).files).toBe(3);
  });

  it("previews by each filter what it would delete", async () => {
    const preview = async (filter: object) => {
      const { deleted, bytes_freed, skipped } = await remove({ ...filter, dry_run: true });
      return [deleted, bytes_freed, skipped.length];
    };
    expect(await preview({ tag: "late" })).toEqual([2, sum(b, c), 0]);
    expect(await preview({ collection_id })).toEqual([2, sum(a, b), 0]);
    expect(await preview({ unbookmarked_only: true })).toEqual([2, sum(a, c), 0]);
    expect(await preview({ tag: "late", unbookmarked_only: true })).toEqual([1, sum(c), 0]);
    expect(await preview({ older_than_days: 1 })).toEqual([0, 0, 0]);
    expect(await preview({ job_ids: [a, a, theirs, "never"] })).toEqual([1, sum(a), 2]);
    expect(await codeOf(remove({ collection_id: "never", dry_run: true }))).toBe("NOT_FOUND");
    expect((await usage()).files).toBe(3);
  });

  it("deletes by filter, keeps the jobs, and every count agrees at once", async () => {
    expect(filesOf(c)).toBe(1);
    const { store } = service.backend;
    await store
      .updateTable("jobs")
      .set({ created_at: 1 } as never)
      .where("job_id", "=", c)
      .execute();
    const done = await remove({ tag: "late", older_than_days: 30 });
    expect(done).toEqual({ deleted: 1, bytes_freed: sum(c), shares_affected: [], skipped: [] });
    expect(await usage()).toEqual({ bytes_used: sum(a, b), files: 2 });
    expect([filesOf(b), filesOf(c)]).toEqual([1, 0]);
    expect((await client.call(listJobs, { tag: "late" })).data.total).toBe(2);
    expect((await client.call(listTags, { query: "late" })).data.tags).toMatchObject([{ job_count: 2 }]);
    expect((await client.call(listCollections, {})).data.collections).toMatchObject([{ job_count: 2 }]);
  });

  it("says of each id why it was skipped, and deletes the others", async () => {
    const { answer } = await client.submit({ text: "The birch canoe slid on the smooth planks. ".repeat(60) });
    const done = await remove({ job_ids: [a, c, theirs, answer.job_id] });
    expect(done).toMatchObject({ deleted: 1, bytes_freed: sum(a) });
    expect(new Map(done.skipped.map(({ job_id, reason }) => [job_id, reason]))).toEqual(
      new Map([
        [c, "AUDIO_DELETED"],
        [theirs, "NOT_FOUND"],
        [answer.job_id, "JOB_NOT_COMPLETED"],
      ]),
    );
    await client.wait(answer.job_id, { seconds: 50 });
    expect((await remove({ job_ids: [answer.job_id] })).deleted).toBe(1);
    expect(await usage()).toEqual({ bytes_used: sum(b), files: 1 });
  });

  it("erases the texts too when asked, of deleted audio as well", async () => {
    const done = await remove({ collection_id, erase_text: true });
    expect(done).toMatchObject({ deleted: 1, bytes_freed: sum(b), texts_erased: 2 });
    expect(await usage()).toEqual({ bytes_used: 0, files: 0 });
    for (const job_id of [a, b]) expect(await codeOf(client.call(getJobText, { job_id }))).toBe("NOT_FOUND");
    expect((await client.call(getJobText, { job_id: c })).data.text).toBe("Third of them.");
    expect(await remove({ collection_id, erase_text: true })).toMatchObject({ deleted: 0, texts_erased: 0 });
  });
});
