import { beforeAll, describe, expect, it } from "vitest";
import { listJobs } from "../../src/contract/jobs.ts";
import {
  addToCollection,
  createCollection,
  createTag,
  deleteCollection,
  deleteTag,
  listBookmarks,
  listCollections,
  listTags,
  removeFromCollection,
  setBookmark,
  tagJobs,
  updateCollection,
} from "../../src/contract/library.ts";
import { CollectionService } from "../../src/service/collections.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { codeOf, makeJob, makeOthersJob } from "../support/library.ts";

describe.each(BACKENDS)("the library on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  let [one, two, theirs, theirCollection] = ["", "", "", ""];
  beforeAll(async () => {
    [one, two] = await Promise.all([makeJob(service, "Job one."), makeJob(service, "Job two.")]);
    theirs = await makeOthersJob(service, "Somebody else's.");
    theirCollection = (await new CollectionService(service.backend.store).create("other", { name: "Theirs" }))
      .collectionId;
  });
  const collect = async (name: string, more: object = {}) =>
    (await client.call(createCollection, { name, ...more })).data;
  const collections = async (input = {}) => (await client.call(listCollections, input)).data;
  const tags = async (input = {}) => (await client.call(listTags, input)).data;

  it("makes a collection with jobs in it, and counts each job once", async () => {
    const made = await collect(" Novel ", { description: "Chapters", job_ids: [one, one] });
    expect(made).toEqual({
      collection_id: expect.any(String),
      name: "Novel",
      description: "Chapters",
      job_count: 1,
    });
    const { collection_id } = made;
    const added = await client.call(addToCollection, { collection_id, job_ids: [one, two] });
    expect(added.data.job_count).toBe(2);
    const { jobs, total } = (await client.call(listJobs, { collection_id })).data;
    expect(new Set(jobs.map((job) => job.job_id))).toEqual(new Set([one, two]));
    expect(total).toBe(2);
    const less = await client.call(removeFromCollection, { collection_id, job_ids: [one] });
    expect(less.data.job_count).toBe(1);
    const again = await client.call(removeFromCollection, { collection_id, job_ids: [one] });
    expect(again.data.job_count).toBe(1);
    const renamed = await client.call(updateCollection, { collection_id, name: "Saga", description: "" });
    expect(renamed.data).toEqual({ collection_id, name: "Saga", job_count: 1 });
    expect((await collections()).collections).toEqual([renamed.data]);
  });

  it("deletes a collection after a preview, and no job", async () => {
    const { collection_id } = await collect("Short-lived", { job_ids: [one, two] });
    const preview = await client.call(deleteCollection, { collection_id, dry_run: true });
    expect(preview.data).toEqual({ collection_id, name: "Short-lived", job_count: 2, deleted: false });
    expect((await collections({ query: "short" })).total).toBe(1);
    expect((await client.call(deleteCollection, { collection_id })).data.deleted).toBe(true);
    expect((await collections({ query: "short" })).total).toBe(0);
    expect((await client.call(listJobs, {})).data.total).toBe(2);
    expect(await codeOf(client.call(deleteCollection, { collection_id }))).toBe("NOT_FOUND");
  });

  it("lists collections by name in pages, and by a part of the name taken literally", async () => {
    for (const name of ["50% off", "alpha", "beta_1", "beta-2", "Žluťoučký"]) await collect(name);
    const first = await collections({ limit: 4 });
    const second = await collections({ limit: 4, cursor: first.next_cursor });
    const names = [...first.collections, ...second.collections].map((one) => one.name);
    expect(names).toEqual(["50% off", "Saga", "alpha", "beta-2", "beta_1", "Žluťoučký"]);
    expect(first.total).toBe(6);
    expect(second.next_cursor).toBeUndefined();
    const found = async (query: string) => (await collections({ query })).collections.map((one) => one.name);
    expect(await found("BETA_")).toEqual(["beta_1"]);
    expect(await found("%")).toEqual(["50% off"]);
    const { next_cursor } = await tagsPage();
    expect(await codeOf(collections({ cursor: next_cursor }))).toBe("INVALID_INPUT");
  });

  const tagsPage = async () => {
    await client.call(createTag, { tag: "p1" });
    await client.call(createTag, { tag: "p2" });
    return tags({ limit: 1 });
  };

  it("refuses a second collection of a name, and names the first", async () => {
    const { collection_id } = await collect("Unique");
    const error = await collect("Unique").catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining(collection_id) });
    const same = await client.call(updateCollection, { collection_id, name: "Unique" });
    expect(same.data.name).toBe("Unique");
    expect(await codeOf(client.call(updateCollection, { collection_id, name: "Saga" }))).toBe("INVALID_INPUT");
    expect(await codeOf(client.call(updateCollection, { collection_id }))).toBe("INVALID_INPUT");
    expect(await codeOf(collect("   "))).toBe("INVALID_INPUT");
  });

  it("tags jobs, makes missing tags, and counts right after each change", async () => {
    const { data } = await client.call(tagJobs, { job_ids: [one, two], add: [" a  b ", "ü"], remove: ["never"] });
    expect(data.updated).toEqual([one, two].map((job_id) => ({ job_id, tags: ["a b", "ü"] })));
    await client.call(tagJobs, { job_ids: [two], remove: ["u\u0308"], add: ["c/d?"] });
    const counts = Object.fromEntries((await tags()).tags.map(({ tag, job_count }) => [tag, job_count]));
    expect(counts).toMatchObject({ "a b": 2, ü: 1, "c/d?": 1 });
    expect((await client.call(deleteTag, { tag: "c/d?", dry_run: true })).data).toEqual({
      tag: "c/d?",
      deleted: false,
      jobs_untagged: 1,
    });
    expect((await client.call(deleteTag, { tag: "c/d?" })).data.deleted).toBe(true);
    expect(await codeOf(client.call(deleteTag, { tag: "c/d?" }))).toBe("NOT_FOUND");
    expect((await tags({ query: "c/d" })).total).toBe(0);
    expect((await client.call(listJobs, { tag: "c/d?" })).data.total).toBe(0);
    expect((await client.call(listJobs, { tag: "ü" })).data.jobs.map((job) => job.tags)).toEqual([["a b", "ü"]]);
  });

  it("gives a tag a color, and another one", async () => {
    expect((await client.call(createTag, { tag: "red", color: "#FF0000" })).data).toEqual({
      tag: "red",
      color: "#ff0000",
      job_count: 0,
    });
    expect((await client.call(createTag, { tag: "red" })).data.color).toBe("#ff0000");
    expect((await client.call(createTag, { tag: "red", color: "" })).data.color).toBeUndefined();
    const post = (tag: string) => service.fetch("/api/v1/tags", { method: "POST", body: JSON.stringify({ tag }) });
    expect((await post("red")).status).toBe(200);
    expect((await post("blue")).status).toBe(201);
    expect(await codeOf(client.call(createTag, { tag: "x", color: "red" }))).toBe("INVALID_INPUT");
    expect((await tags({ query: "x" })).total).toBe(0);
  });

  it.each([[".."], ["a,b"], ["  "], ["tab\u0007"]])("refuses the tag %o everywhere", async (tag) => {
    expect(await codeOf(client.call(createTag, { tag }))).toBe("INVALID_INPUT");
    expect(await codeOf(client.call(tagJobs, { job_ids: [one], add: [tag] }))).toBe("INVALID_INPUT");
  });

  it("bookmarks and lists bookmarks", async () => {
    for (let i = 0; i < 2; i++) await client.call(setBookmark, { job_id: one, bookmarked: true });
    const { jobs, total } = (await client.call(listBookmarks, {})).data;
    expect(jobs.map((job) => job.job_id)).toEqual([one]);
    expect(total).toBe(1);
    await client.call(setBookmark, { job_id: one, bookmarked: false });
    expect((await client.call(listBookmarks, {})).data).toEqual({ jobs: [], total: 0 });
  });

  it("changes nothing when one job of several is another account's", async () => {
    const before = { collections: await collections(), tags: await tags() };
    const { collection_id } = before.collections.collections[0]!;
    const job_ids = [one, theirs];
    expect(await codeOf(client.call(addToCollection, { collection_id, job_ids }))).toBe("NOT_FOUND");
    expect(await codeOf(collect("Mixed", { job_ids }))).toBe("NOT_FOUND");
    expect(await codeOf(client.call(tagJobs, { job_ids, add: ["mixed"] }))).toBe("NOT_FOUND");
    expect(await codeOf(client.call(setBookmark, { job_id: theirs, bookmarked: true }))).toBe("NOT_FOUND");
    expect({ collections: await collections(), tags: await tags() }).toEqual(before);
  });

  it("answers another account's collections and tags as ones that are not there", async () => {
    const collection_id = theirCollection;
    expect(await codeOf(client.call(updateCollection, { collection_id, name: "Mine" }))).toBe("NOT_FOUND");
    expect(await codeOf(client.call(addToCollection, { collection_id, job_ids: [one] }))).toBe("NOT_FOUND");
    expect(await codeOf(client.call(removeFromCollection, { collection_id, job_ids: [one] }))).toBe("NOT_FOUND");
    expect(await codeOf(client.call(deleteCollection, { collection_id }))).toBe("NOT_FOUND");
    expect(await codeOf(client.call(listJobs, { collection_id }))).toBe("NOT_FOUND");
    expect(await codeOf(client.call(deleteTag, { tag: "theirs" }))).toBe("NOT_FOUND");
    expect((await collections({ query: "Theirs" })).total).toBe(0);
    expect((await tags({ query: "theirs" })).total).toBe(0);
  });

  if (kind === "remote")
    it("lets the other account see its own only", async () => {
      const other = service.withKey("tts_other");
      expect((await other.call(listJobs, {})).data.jobs.map((job) => job.job_id)).toEqual([theirs]);
      expect((await other.call(listTags, {})).data.tags).toEqual([{ tag: "theirs", job_count: 1 }]);
      const narrow = service.withKey("tts_voices");
      expect(await codeOf(narrow.call(listTags, {}))).toBe("INSUFFICIENT_SCOPE");
    });
});
