import { beforeAll, describe, expect, it } from "vitest";
import { deleteJobAudio } from "../../src/contract/jobs.ts";
import type { InputOf } from "../../src/contract/operation.ts";
import {
  bulkRevokeShares,
  type createShare,
  getShare,
  listShares,
  revokeShare,
  setSharePermanent,
  updateShare,
  updateTrackOrder,
} from "../../src/contract/shares.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { codeOf, makeJob, makeOthersJob } from "../support/library.ts";
import { copyJob, DAY_MS, giveAway, share as make, makeCodes, shareNow } from "../support/shares.ts";

/** Days from now, within a minute. */
const daysUntil = (time: string | undefined) => (Date.parse(time!) - Date.now()) / DAY_MS;
const inDays = (days: number) => expect.closeTo(days, 3);

describe.each(BACKENDS)("shares on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  const { store } = service.backend;
  let [one, two, three, theirs] = ["", "", "", ""];
  beforeAll(async () => {
    one = await makeJob(service, "One.", { title: "First" });
    two = await makeJob(service, "Two.");
    three = await makeJob(service, "Three.", { title: "Third" });
    theirs = await makeOthersJob(service, "Somebody else's.");
  });
  const share = (input: InputOf<typeof createShare>) => make(service, input);
  const now = (share_id: string) => shareNow(service, share_id);
  const update = async (share_id: string, patch: object) =>
    (await client.call(updateShare, { share_id, ...patch })).data;
  const list = async (input: InputOf<typeof listShares> = {}) => (await client.call(listShares, input)).data;
  const expire = (share_id: string) =>
    store
      .updateTable("shares")
      .set({ expires_at: Date.now() - 1 })
      .where("share_id", "=", share_id)
      .execute();
  const tracksOf = ({ tracks }: { tracks: { job_id: string }[] }) => tracks.map(({ job_id }) => job_id);
  const shareCount = async () => (await list({ state: "all" })).total;

  it("makes one for 7 days with its tracks in order, under a URL nobody can guess", async () => {
    const made = await share({ job_ids: [three, one], title: " Both ", description: "Of two." });
    expect(made).toEqual({
      share_id: expect.any(String),
      share_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/s\/[\w-]+$/),
      state: "active",
      title: "Both",
      description: "Of two.",
      access: "public",
      allow_download: false,
      permanent: false,
      expires_at: expect.any(String),
      created_at: expect.any(String),
      plays: 0,
      code_count: 0,
      tracks: [
        { job_id: three, title: "Third", duration_seconds: expect.any(Number) },
        { job_id: one, title: "First", duration_seconds: expect.any(Number) },
      ],
      ...(kind === "embedded" && { warnings: [expect.stringContaining("this computer only")] }),
    });
    expect(daysUntil(made.expires_at)).toEqual(inDays(7));
    const { warnings: _, ...shown } = made;
    expect(await now(made.share_id)).toEqual(shown);
    // base64url: six bits a character.
    const token = made.share_url.split("/s/")[1]!;
    expect(token.length * 6).toBeGreaterThanOrEqual(128);
    expect(made.share_url).not.toContain(made.share_id);
    expect((await share({ job_ids: [three, one] })).share_url).not.toBe(made.share_url);
  });

  it("makes one without an end, for other days, with a code, with downloads", async () => {
    expect(await share({ job_ids: [one], permanent: true })).toMatchObject({ permanent: true });
    expect((await share({ job_ids: [one], permanent: true })).expires_at).toBeUndefined();
    expect(daysUntil((await share({ job_ids: [one], permanent: false })).expires_at)).toEqual(inDays(7));
    expect(daysUntil((await share({ job_ids: [one], expires_in_days: 365 })).expires_at)).toEqual(inDays(365));
    const coded = await share({ job_ids: [one], access: "code", allow_download: true });
    expect(coded).toMatchObject({ access: "code", allow_download: true });
  });

  it("refuses jobs without audio, other accounts' and repeated ones, and makes nothing", async () => {
    const before = await shareCount();
    const [running] = await copyJob(service, one, 1, { status: "processing", lease_expires_at: Date.now() + DAY_MS });
    const [failed] = await copyJob(service, one, 1, { status: "failed", error_code: "GENERATION_FAILED" });
    const [removed] = await copyJob(service, one, 1, { audio_deleted_at: 1, blob_name: null });
    const refusal = (job_ids: string[], more: object = {}) => share({ job_ids, ...more }).catch((error) => error);
    expect(await refusal([one, running!])).toMatchObject({
      code: "JOB_NOT_COMPLETED",
      hint: expect.stringContaining("get_job_status"),
      details: { job_id: running, status: "processing" },
    });
    expect(await refusal([failed!])).toMatchObject({ code: "JOB_NOT_COMPLETED", hint: "leave it out" });
    expect(await refusal([removed!, one])).toMatchObject({ code: "AUDIO_DELETED", details: { job_id: removed } });
    for (const id of [theirs, "never"]) {
      expect(await refusal([one, id])).toMatchObject({ code: "NOT_FOUND", details: { job_ids: [id] } });
    }
    const invalid = (field: string) => ({ code: "INVALID_INPUT", details: { fields: [{ field }] } });
    expect(await refusal([one, two, one])).toMatchObject(invalid("job_ids"));
    expect(await refusal([])).toMatchObject(invalid("job_ids"));
    expect(await refusal([one], { permanent: true, expires_in_days: 3 })).toMatchObject(invalid("permanent"));
    expect(await refusal([one], { expires_in_days: 366 })).toMatchObject(invalid("expires_in_days"));
    expect(await shareCount()).toBe(before);
  });

  it("changes what is sent, clears what is empty, and leaves the rest", async () => {
    const { share_id } = await share({ job_ids: [one, two], title: "Old", description: "Words" });
    const before = await now(share_id);
    expect(await update(share_id, { title: " New " })).toEqual({ ...before, title: "New" });
    const changed = await update(share_id, { description: "", access: "code", allow_download: true });
    const { description: _, ...rest } = before;
    expect(changed).toEqual({ ...rest, title: "New", access: "code", allow_download: true });
    expect(await now(share_id)).toEqual(changed);
    expect(daysUntil((await update(share_id, { expires_in_days: 30 })).expires_at)).toEqual(inDays(30));
    expect(await codeOf(update(share_id, {}))).toBe("INVALID_INPUT");
  });

  it("adds tracks last, removes others, and never leaves none or more than 100", async () => {
    const { share_id } = await share({ job_ids: [one, two] });
    expect(tracksOf(await update(share_id, { add_job_ids: [three, one], remove_job_ids: [two] }))).toEqual([
      one,
      three,
    ]);
    expect(tracksOf(await update(share_id, { remove_job_ids: [two], title: "x" }))).toEqual([one, three]);
    const kept = await now(share_id);
    const refused = { remove_job_ids: [one, three], title: "never" };
    expect(await codeOf(update(share_id, refused))).toBe("INVALID_INPUT");
    expect(await codeOf(update(share_id, { add_job_ids: [two], remove_job_ids: [two] }))).toBe("INVALID_INPUT");
    expect(await codeOf(update(share_id, { add_job_ids: [two, theirs], title: "never" }))).toBe("NOT_FOUND");
    expect(await codeOf(update(share_id, { remove_job_ids: [theirs] }))).toBe("NOT_FOUND");
    const many = await copyJob(service, one, 99);
    expect(await codeOf(update(share_id, { add_job_ids: many }))).toBe("INVALID_INPUT");
    expect(await now(share_id)).toEqual(kept);
    expect((await update(share_id, { add_job_ids: many.slice(1) })).tracks).toHaveLength(100);
    expect(await codeOf(share({ job_ids: [one, two, ...many] }))).toBe("INVALID_INPUT");
  });

  it("puts the tracks in a new order, when every one is named once", async () => {
    const { share_id } = await share({ job_ids: [one, two, three] });
    const reorder = async (job_ids: string[]) => (await client.call(updateTrackOrder, { share_id, job_ids })).data;
    expect(tracksOf(await reorder([three, one, two]))).toEqual([three, one, two]);
    for (const wrong of [
      [three, one],
      [three, one, two, one],
      [three, one, theirs],
      [three, one, two, theirs],
    ]) {
      expect(await codeOf(reorder(wrong))).toBe("INVALID_INPUT");
    }
    expect(tracksOf(await now(share_id))).toEqual([three, one, two]);
  });

  it("is made permanent and ends 7 days from then when it is no longer", async () => {
    const { share_id } = await share({ job_ids: [one], expires_in_days: 100 });
    const set = async (permanent: boolean) => (await client.call(setSharePermanent, { share_id, permanent })).data;
    expect(await set(true)).toEqual({ share_id, permanent: true });
    const ended = await set(false);
    expect(ended).toEqual({ share_id, permanent: false, expires_at: expect.any(String) });
    expect(daysUntil(ended.expires_at)).toEqual(inDays(7));
    expect(await set(true)).toEqual({ share_id, permanent: true });
    expect(await update(share_id, { expires_in_days: 2 })).toMatchObject({ permanent: false });
  });

  it("opens again after its end when it is prolonged, and never after it was revoked", async () => {
    const { share_id } = await share({ job_ids: [one, two] });
    await expire(share_id);
    expect(await now(share_id)).toMatchObject({ state: "expired" });
    expect(await update(share_id, { expires_in_days: 1 })).toMatchObject({ state: "active" });
    await client.call(revokeShare, { share_id });
    const closed = await now(share_id);
    expect(closed.state).toBe("revoked");
    const calls = [
      update(share_id, { title: "x" }),
      client.call(setSharePermanent, { share_id, permanent: true }),
      client.call(updateTrackOrder, { share_id, job_ids: [two, one] }),
      makeCodes(service, share_id),
    ];
    for (const call of calls) expect(await codeOf(call)).toBe("SHARE_EXPIRED");
    expect(await now(share_id)).toEqual(closed);
  });

  it("loses the track of a job whose audio is deleted, and says so before", async () => {
    const [gone] = await copyJob(service, one, 1);
    const { share_id } = await share({ job_ids: [gone!, two] });
    const { shares_affected } = (await client.call(deleteJobAudio, { job_id: gone!, dry_run: true })).data;
    expect(shares_affected).toEqual([share_id]);
    await client.call(deleteJobAudio, { job_id: gone! });
    expect(tracksOf(await now(share_id))).toEqual([two]);
  });

  it("is revoked once, after a preview that changes nothing", async () => {
    const { share_id } = await share({ job_ids: [one], title: "Bye" });
    const open = await now(share_id);
    const revoke = async (dry_run?: boolean) => (await client.call(revokeShare, { share_id, dry_run })).data;
    expect(await revoke(true)).toEqual({ share_id, title: "Bye", plays: 0, revoked: false });
    expect(await now(share_id)).toEqual(open);
    expect(await revoke()).toEqual({ share_id, title: "Bye", plays: 0, revoked: true });
    const closed = await store.selectFrom("shares").selectAll().where("share_id", "=", share_id).execute();
    expect(await revoke()).toMatchObject({ revoked: true });
    expect(await revoke(true)).toMatchObject({ revoked: true });
    expect(await store.selectFrom("shares").selectAll().where("share_id", "=", share_id).execute()).toEqual(closed);
  });

  it("are revoked many at once by id, and each that is not is named with its reason", async () => {
    const [a, b, c, foreign] = await Promise.all(
      [1, 2, 3, 4].map(async () => (await share({ job_ids: [one] })).share_id),
    );
    await giveAway(service, foreign!);
    await client.call(revokeShare, { share_id: c! });
    const bulk = async (input: object) => (await client.call(bulkRevokeShares, input)).data;
    const expected = {
      revoked: [a, b],
      skipped: [
        { share_id: c, reason: "ALREADY_REVOKED" },
        { share_id: foreign, reason: "NOT_FOUND" },
        { share_id: "never", reason: "NOT_FOUND" },
      ],
    };
    const share_ids = [a!, c!, b!, foreign!, a!, "never"];
    expect(await bulk({ share_ids, dry_run: true })).toEqual(expected);
    expect((await now(a!)).state).toBe("active");
    expect(await bulk({ share_ids })).toEqual(expected);
    expect([(await now(a!)).state, (await now(b!)).state]).toEqual(["revoked", "revoked"]);
    const rows = await store.selectFrom("shares").select("revoked_at").where("share_id", "=", foreign!).execute();
    expect(rows).toEqual([{ revoked_at: null }]);
  });

  it("are revoked by state, and never all by omission", async () => {
    const [stale, fresh] = [(await share({ job_ids: [one] })).share_id, (await share({ job_ids: [one] })).share_id];
    await expire(stale);
    const active = (await list()).total;
    const bulk = (input: object) => client.call(bulkRevokeShares, input);
    for (const input of [
      {},
      { dry_run: true },
      { share_ids: [fresh], state: "active" },
      { share_ids: [] },
      { state: "all" },
    ]) {
      expect(await codeOf(bulk(input))).toBe("INVALID_INPUT");
    }
    expect((await bulk({ state: "expired" })).data).toEqual({ revoked: [stale], skipped: [] });
    expect((await list()).total).toBe(active);
    expect((await bulk({ state: "active", dry_run: true })).data.revoked).toHaveLength(active);
    expect((await bulk({ state: "active" })).data.revoked).toContain(fresh);
    expect((await list()).total).toBe(0);
    expect(await codeOf(client.call(getShare, { share_id: "never" }))).toBe("NOT_FOUND");
  });
});
