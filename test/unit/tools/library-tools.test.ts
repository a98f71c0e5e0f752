import { beforeEach, describe, expect, it } from "vitest";
import { FakeService, ok } from "../client/fake-service.ts";
import { callTool, type Data } from "./call.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});
const answers = (data: Data) => service.scripted.push(() => ok(data));
const call = (name: string, args: Data) => callTool(service, name, args);
const sent = () => {
  const { method, path, query, body } = service.seen[0]!;
  return { call: `${method} ${path.replace("/api/v1", "")}`, ...Object.fromEntries(query), ...(body as Data) };
};
const JOB = { job_id: "j1", status: "completed", voice_id: "v", created_at: "t", bookmarked: true, tags: ["a", "b"] };
const COLLECTION = { collection_id: "c1", name: "Book", job_count: 2 };

describe("list_jobs", () => {
  it("hands its filters on and shows each job in a line, with the call for more", async () => {
    answers({ jobs: [{ ...JOB, title: "Hello", duration_seconds: 1.26 }], total: 3, next_cursor: "abc" });
    const { text, data } = await call("list_jobs", { query: "he", bookmarked: "true", limit: "1" });
    expect(sent()).toEqual({ call: "GET /jobs", query: "he", bookmarked: "true", limit: "1" });
    expect(text).toBe(
      '1 of 3 jobs:\n- j1: "Hello", 1.3 s, v, t, bookmarked, tags a, b\nNext: call again with cursor "abc".',
    );
    expect(data).toMatchObject({ total: 3, next_cursor: "abc" });
  });

  it("says when there is nothing", async () => {
    answers({ jobs: [], total: 0 });
    expect((await call("list_jobs", {})).text).toBe("0 jobs.");
  });
});

describe("get_job_text", () => {
  it("shows the beginning of a long text, and has all of it in the data", async () => {
    const long = "x".repeat(30_000);
    answers({ job_id: "j1", text: long, format: "text", chars: 30_000 });
    const { text, data } = await call("get_job_text", { job_id: "j1" });
    expect(text.length).toBeLessThan(20_200);
    expect(data.text).toBe(long);
  });
});

describe("a destructive tool", () => {
  const answer = { job_id: "j1", deleted: false, bytes_freed: 10, shares_affected: ["s1"] };

  it("previews without confirm, and says how to go on", async () => {
    answers(answer);
    const { text, data } = await call("delete_job_audio", { job_id: "j1" });
    expect(sent()).toEqual({ call: "DELETE /jobs/j1/audio", dry_run: "true" });
    expect(data).toEqual({ ...answer, preview: true, next: "call again with confirm: true" });
    expect(text).toBe(
      "Audio of job j1 would be deleted: 10 bytes. Would lose a track: shares s1.\nNext: call again with confirm: true.",
    );
  });

  it("does it with confirm", async () => {
    answers({ ...answer, deleted: true, text_erased: true });
    const { text, data } = await call("delete_job_audio", { job_id: "j1", erase_text: true, confirm: true });
    expect(sent()).toEqual({ call: "DELETE /jobs/j1/audio", erase_text: "true", dry_run: "false" });
    expect(data).toEqual({ ...answer, deleted: true, text_erased: true });
    expect(text).toBe("Audio of job j1 deleted: 10 bytes, its text erased. Lost a track: shares s1.");
  });

  it("names what a bulk delete skipped", async () => {
    const skipped = [{ job_id: "j2", reason: "JOB_NOT_COMPLETED" }];
    answers({ deleted: 1, bytes_freed: 5, shares_affected: [], skipped });
    const { text } = await call("bulk_delete_audio", { tag: "old", confirm: true });
    expect(sent()).toEqual({ call: "POST /storage/bulk-delete", tag: "old", dry_run: false });
    expect(text).toBe("Deleted the audio of 1 job: 5 bytes.\n- skipped j2: JOB_NOT_COMPLETED");
  });
});

describe("manage_collection", () => {
  it.each<[Data, Data]>([
    [
      { action: "create", name: "Book", job_ids: ["j1"] },
      { call: "POST /collections", name: "Book", job_ids: ["j1"] },
    ],
    [
      { action: "update", collection_id: "c1", description: "" },
      { call: "PATCH /collections/c1", description: "" },
    ],
    [
      { action: "add_jobs", collection_id: "c1", job_ids: "j1" },
      { call: "POST /collections/c1/jobs", job_ids: ["j1"] },
    ],
    [
      { action: "remove_jobs", collection_id: "c1", job_ids: ["j1"] },
      { call: "POST /collections/c1/jobs/remove", job_ids: ["j1"] },
    ],
  ])("%o is one call", async (args, expected) => {
    answers(COLLECTION);
    const { data, text } = await call("manage_collection", args);
    expect(sent()).toEqual(expected);
    expect(data).toEqual({ collection: COLLECTION });
    expect(text).toContain('Collection "Book" (c1, 2 jobs)');
  });

  it("deletes only with confirm", async () => {
    answers({ ...COLLECTION, deleted: false });
    const { data, text } = await call("manage_collection", { action: "delete", collection_id: "c1" });
    expect(sent()).toEqual({ call: "DELETE /collections/c1", dry_run: "true" });
    expect(data).toMatchObject({ deleted: false, preview: true, next: expect.stringContaining("confirm") });
    expect(text).toContain("would be deleted");
    service.seen.length = 0;
    answers({ ...COLLECTION, deleted: true });
    await call("manage_collection", { action: "delete", collection_id: "c1", confirm: true });
    expect(sent()).toEqual({ call: "DELETE /collections/c1", dry_run: "false" });
  });

  it.each<[Data, string]>([
    [{ action: "create" }, "name"],
    [{ action: "update", name: "x" }, "collection_id"],
    [{ action: "add_jobs", collection_id: "c1" }, "job_ids"],
    [{ action: "delete", collection_id: "c1", job_ids: ["j1"] }, "job_ids"],
  ])("refuses %o by the field, and sends nothing", async (args, field) => {
    const refusal = { code: "INVALID_INPUT", details: { fields: [{ field }] } };
    await expect(call("manage_collection", args)).rejects.toMatchObject(refusal);
    expect(service.seen).toEqual([]);
  });
});

describe("tags and bookmarks", () => {
  it("name what they changed", async () => {
    answers({ updated: [{ job_id: "j1", tags: [] }] });
    expect((await call("tag_jobs", { job_ids: ["j1"], remove: ["a"] })).text).toBe("- j1: no tags");
    answers({ job_id: "j1", bookmarked: false });
    expect((await call("toggle_bookmark", { job_id: "j1", bookmarked: false })).text).toBe("Job j1 is not bookmarked.");
    answers({ tag: "a/b", deleted: true, jobs_untagged: 1 });
    expect((await call("delete_tag", { tag: "a/b", confirm: true })).text).toBe('Tag "a/b" deleted; it was on 1 job.');
    expect(service.seen[2]!.path).toBe("/api/v1/tags/a%2Fb");
  });
});
