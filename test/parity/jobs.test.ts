import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { deleteJobAudio, getJobText, listJobs, updateJob } from "../../src/contract/jobs.ts";
import { setBookmark, tagJobs } from "../../src/contract/library.ts";
import type { InputOf } from "../../src/contract/operation.ts";
import { getSpeech, submitSpeech } from "../../src/contract/tts.ts";
import { getVoiceSample } from "../../src/contract/voices.ts";
import { BACKENDS, jsonOf, startBackend } from "../support/backends.ts";
import { codeOf, makeJob, makeOthersJob } from "../support/library.ts";

describe.each(BACKENDS)("the history of jobs on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  const list = async (input: InputOf<typeof listJobs> = {}) => (await client.call(listJobs, input)).data;
  const idsOf = async (input: InputOf<typeof listJobs> = {}) => (await list(input)).jobs.map((job) => job.job_id);
  let [crow, coffee, tea, theirs] = ["", "", "", ""];
  beforeAll(async () => {
    crow = await makeJob(service, "The quick crow jumps.", { title: "Birds of Zürich" });
    coffee = await makeJob(service, "A café in the OR section NEAR the door.", { metadata: { a: "1", b: "2" } });
    tea = await makeJob(service, "Tea time.", { voice_id: "flite:en-US-Clustergen-Slt", title: 'He said "100%"' });
    theirs = await makeOthersJob(service, "Crow of somebody else.");
    await client.call(getVoiceSample, { voice_id: "flite:en-US-Clustergen-Slt" });
    await client.call(setBookmark, { job_id: tea, bookmarked: true });
    await client.call(tagJobs, { job_ids: [crow, tea], add: ["drafts"] });
  });

  it("lists the account's jobs newest first, without samples and other accounts' jobs", async () => {
    const { jobs, total } = await list();
    expect(jobs.map((job) => job.job_id)).toEqual([tea, coffee, crow]);
    expect(total).toBe(3);
    expect(jobs[0]).toEqual({
      job_id: tea,
      status: "completed",
      title: 'He said "100%"',
      voice_id: "flite:en-US-Clustergen-Slt",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\.\d{3}Z$/),
      duration_seconds: expect.any(Number),
      bytes: expect.any(Number),
      content_type: "audio/wav",
      bookmarked: true,
      tags: ["drafts"],
    });
  });

  it.each<[InputOf<typeof listJobs>, string[]]>([
    [{ status: "completed" }, ["tea", "coffee", "crow"]],
    [{ status: "failed" }, []],
    [{ voice_id: "flite:en-US-Clustergen-Slt" }, ["tea"]],
    [{ provider: "flite" }, ["tea", "coffee", "crow"]],
    [{ provider: "fl" }, []],
    [{ provider: "%" }, []],
    [{ tag: "drafts" }, ["tea", "crow"]],
    [{ tag: " drafts " }, ["tea", "crow"]],
    [{ tag: "theirs" }, []],
    [{ bookmarked: true }, ["tea"]],
    [{ bookmarked: false }, ["coffee", "crow"]],
    [{ created_after: "2020-01-01" }, ["tea", "coffee", "crow"]],
    [{ created_before: "2020-01-01T00:00:00Z" }, []],
    [{ query: "crow" }, ["crow"]],
    [{ query: "CRO" }, ["crow"]],
    [{ query: "row" }, []],
    [{ query: "zurich" }, ["crow"]],
    [{ query: "jumps birds" }, ["crow"]],
    [{ query: "jump birds" }, []],
    [{ query: "cafe" }, ["coffee"]],
    [{ query: "Café OR nothing" }, []],
    [{ query: "section OR" }, ["coffee"]],
    [{ query: "NEAR(door, 2)" }, []],
    [{ query: '"said" 100%' }, ["tea"]],
    [{ query: "title:crow" }, []],
    [{ query: "crow*) --" }, ["crow"]],
    [{ query: "time", tag: "drafts", bookmarked: true }, ["tea"]],
  ])("finds by %o what matches all of it", async (filter, expected) => {
    const names = new Map([crow, coffee, tea].map((id, i) => [id, ["crow", "coffee", "tea"][i]]));
    const { jobs, total } = await list(filter);
    expect(jobs.map((job) => names.get(job.job_id))).toEqual(expected);
    expect(total).toBe(expected.length);
  });

  it.each<[InputOf<typeof listJobs>, string]>([
    [{ query: "!?" }, "INVALID_INPUT"],
    [{ created_after: "yesterday" }, "INVALID_INPUT"],
    [{ cursor: "bm9uc2Vuc2U" }, "INVALID_INPUT"],
    [{ collection_id: "none" }, "NOT_FOUND"],
    [{ limit: 101 }, "INVALID_INPUT"],
    [{ tag: "," }, "INVALID_INPUT"],
  ])("refuses %o with %s", async (filter, code) => {
    expect(await codeOf(list(filter))).toBe(code);
  });

  it("pages by cursor, stable while jobs are added", async () => {
    const first = await list({ limit: 2 });
    expect(first.jobs.map((job) => job.job_id)).toEqual([tea, coffee]);
    expect(first.total).toBe(3);
    const added = await makeJob(service, "One more meanwhile.");
    const second = await list({ limit: 2, cursor: first.next_cursor });
    expect(second.jobs.map((job) => job.job_id)).toEqual([crow]);
    expect(second.next_cursor).toBeUndefined();
    expect(second.total).toBe(4);
    expect((await idsOf({ limit: 1 }))[0]).toBe(added);
  });

  it("gives the text as it was sent, and what is noted with it", async () => {
    const { data } = await client.call(getJobText, { job_id: coffee });
    expect(data).toEqual({
      job_id: coffee,
      text: "A café in the OR section NEAR the door.",
      format: "text",
      chars: 39,
      metadata: { a: "1", b: "2" },
    });
  });

  it("merges metadata, sets and clears title and notes, and searches the new title", async () => {
    const patched = await client.call(updateJob, {
      job_id: coffee,
      title: "Espresso",
      notes: "Loud.",
      metadata: { b: "3", c: "4" },
      remove_metadata_keys: ["a", "never there"],
    });
    expect(patched.data).toMatchObject({ title: "Espresso", notes: "Loud.", metadata: { b: "3", c: "4" } });
    expect(await idsOf({ query: "espresso section" })).toEqual([coffee]);
    const cleared = await client.call(updateJob, { job_id: coffee, title: "", notes: "" });
    expect(cleared.data.title).toBeUndefined();
    expect(cleared.data.notes).toBeUndefined();
    expect(cleared.data.metadata).toEqual({ b: "3", c: "4" });
    expect(await idsOf({ query: "espresso" })).toEqual([]);
    expect(await idsOf({ query: "section" })).toEqual([coffee]);
  });

  it.each<[object, string]>([
    [{}, "title"],
    [{ metadata: Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`k${i}`, ""])) }, "metadata"],
    [{ metadata: { big: "x".repeat(16_370) } }, "metadata"],
    [{ metadata: { b: "1" }, remove_metadata_keys: ["b"] }, "remove_metadata_keys"],
    [{ title: "x".repeat(201) }, "title"],
  ])("refuses the change %# by name and changes nothing", async (change, field) => {
    const before = (await client.call(getJobText, { job_id: coffee })).data;
    const error = await client.call(updateJob, { job_id: coffee, ...change }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "INVALID_INPUT", details: { fields: [{ field }] } });
    expect((await client.call(getJobText, { job_id: coffee })).data).toEqual(before);
  });

  it("answers another account's job as one that is not there", async () => {
    for (const job_id of [theirs, "never"]) {
      expect(await codeOf(client.call(getJobText, { job_id }))).toBe("NOT_FOUND");
      expect(await codeOf(client.call(updateJob, { job_id, title: "mine" }))).toBe("NOT_FOUND");
      expect(await codeOf(client.call(deleteJobAudio, { job_id }))).toBe("NOT_FOUND");
    }
  });
});

/** Files of the folder that hold the bytes, in any case. */
function filesWith(folder: string, canary: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).toString("latin1").toLowerCase().includes(canary.toLowerCase()));
}

describe.each(BACKENDS)("deleting the audio of a job on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  const row = (jobId: string) =>
    service.backend.store.selectFrom("jobs").selectAll().where("job_id", "=", jobId).executeTakeFirstOrThrow();

  it("previews, then frees the bytes and keeps the job", async () => {
    const job_id = await makeJob(service, "Soon gone.");
    const { data: before } = await client.call(getSpeech, { job_id });
    const { blob_name } = await row(job_id);
    const blob = path.join(service.dataDir, "audio", blob_name!);
    const preview = await client.call(deleteJobAudio, { job_id, dry_run: true });
    expect(preview.data).toEqual({ job_id, deleted: false, bytes_freed: before.bytes, shares_affected: [] });
    expect(existsSync(blob)).toBe(true);
    const done = await client.call(deleteJobAudio, { job_id });
    expect(done.data).toEqual({ job_id, deleted: true, bytes_freed: before.bytes, shares_affected: [] });
    expect(existsSync(blob)).toBe(false);
    const again = await client.call(deleteJobAudio, { job_id });
    expect(again.data).toMatchObject({ deleted: false, bytes_freed: 0 });
    const { jobs } = (await client.call(listJobs, { query: "gone" })).data;
    expect(jobs).toMatchObject([{ job_id, status: "completed", audio_deleted: true }]);
    expect(jobs[0]).not.toHaveProperty("bytes");
  });

  it("answers 410 wherever the audio was", async () => {
    const job_id = await makeJob(service, "Was here.");
    const { data: job } = await client.call(getSpeech, { job_id });
    const { answer: stream } = await client.submit({ text: "Never played.", delivery_mode: "stream" });
    await client.wait(stream.job_id, { seconds: 30 });
    for (const id of [job_id, stream.job_id]) await client.call(deleteJobAudio, { job_id: id });
    const endpoint = await service.fetch(`/api/v1/tts/${job_id}/audio`);
    expect(endpoint.status).toBe(410);
    expect((await jsonOf(endpoint)).error.code).toBe("AUDIO_DELETED");
    expect((await fetch(job.audio_url!)).status).toBe(410);
    expect((await fetch(stream.stream_url!)).status).toBe(410);
    const { data: after } = await client.call(getSpeech, { job_id });
    expect(after).toMatchObject({ status: "completed", audio_deleted: true });
    for (const field of ["audio_url", "audio_endpoint", "file_path", "bytes"]) expect(after).not.toHaveProperty(field);
  });

  it("refuses a running job with 409", async () => {
    const { answer } = await client.submit({ text: "The birch canoe slid on the smooth planks. ".repeat(60) });
    expect(await codeOf(client.call(deleteJobAudio, { job_id: answer.job_id }))).toBe("JOB_NOT_COMPLETED");
    await client.wait(answer.job_id, { seconds: 50 });
  });

  it("takes the tracks from the shares that had it, and names them", async () => {
    const [first, second] = [await makeJob(service, "Track one."), await makeJob(service, "Track two.")];
    const { store } = service.backend;
    const share = (share_id: string) => ({
      share_id,
      account_id: "local",
      token_hash: share_id,
      token_encrypted: "",
      access: "public" as const,
      allow_download: 0,
      created_at: Date.now(),
    });
    await store
      .insertInto("shares")
      .values([share("s1"), share("s2")])
      .execute();
    const tracks = [
      { share_id: "s1", position: 0, job_id: first },
      { share_id: "s1", position: 1, job_id: second },
      { share_id: "s2", position: 0, job_id: second },
    ];
    await store.insertInto("share_tracks").values(tracks).execute();
    const preview = await client.call(deleteJobAudio, { job_id: second, dry_run: true });
    expect(preview.data.shares_affected).toEqual(["s1", "s2"]);
    expect((await client.call(deleteJobAudio, { job_id: second })).data.shares_affected).toEqual(["s1", "s2"]);
    expect(await store.selectFrom("share_tracks").selectAll().execute()).toEqual([tracks[0]]);
  });

  it("with erase_text leaves no byte of the text in the data directory", async () => {
    const canary = "Xylophagous";
    const kept = "Quokkas";
    const others = Array.from({ length: 30 }, (_, i) => makeJob(service, `${kept} number ${i} eat leaves.`));
    await Promise.all(others);
    const job_id = await makeJob(service, `${canary} beetles.`, { title: `${canary}1`, metadata: { k: `${canary}2` } });
    await client.call(submitSpeech, { text: `${canary} again, in 世界.` }, { idempotencyKey: "erase-me" });
    // Titles change: the old ones must go too.
    for (let i = 0; i < 30; i++) {
      const filler = "padding ".repeat(i % 20);
      await client.call(updateJob, { job_id, title: `${canary} title ${i} ${filler}`, notes: `${canary} ${filler}` });
    }
    const again = (await client.call(listJobs, { query: canary })).data.jobs.map((job) => job.job_id);
    expect(again).toHaveLength(2);
    for (const id of again) await client.wait(id, { seconds: 30 });
    expect(filesWith(service.dataDir, canary)).not.toEqual([]);
    for (const id of again) {
      const { data } = await client.call(deleteJobAudio, { job_id: id, erase_text: true });
      expect(data).toMatchObject({ deleted: true, text_erased: true });
    }
    expect(filesWith(service.dataDir, canary)).toEqual([]);
    expect(filesWith(service.dataDir, kept)).not.toEqual([]);
    expect((await client.call(listJobs, { query: canary })).data.total).toBe(0);
    expect((await client.call(listJobs, { query: kept })).data.total).toBe(30);
    expect(await codeOf(client.call(getJobText, { job_id }))).toBe("NOT_FOUND");
    const { data: after } = await client.call(updateJob, { job_id, title: "Erased on request" });
    expect(after.title).toBe("Erased on request");
    expect((await client.call(listJobs, { query: "erased requ" })).data.total).toBe(1);
    const { store } = service.backend;
    expect(await store.selectFrom("idempotency").selectAll().where("key", "=", "erase-me").execute()).toEqual([]);
  }, 90_000);
});
