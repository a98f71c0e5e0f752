import { beforeEach, describe, expect, it } from "vitest";
import { FakeService, fail, ok } from "../client/fake-service.ts";
import { callTool, type Data } from "./call.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});
const answers = (data: Data) => service.scripted.push(() => ok(data));
const call = (name: string, args: Data) => callTool(service, name, args);
const sent = (i = 0) => {
  const { method, path, query, body } = service.seen[i]!;
  return { call: `${method} ${path.replace("/api/v1", "")}`, ...Object.fromEntries(query), ...(body as Data) };
};
const SHARE = {
  share_id: "s1",
  share_url: "http://127.0.0.1:1/s/token",
  state: "active",
  access: "public",
  permanent: false,
  expires_at: "2027-01-01T00:00:00.000Z",
  plays: 2,
  allow_download: false,
  created_at: "2026-12-25T00:00:00.000Z",
  code_count: 0,
  tracks: [{ job_id: "j1", title: "First", duration_seconds: 1 }, { job_id: "j2" }],
};
const SHARE_TEXT = [
  "Share s1: public, 0 codes, 2 plays, until 2027-01-01T00:00:00.000Z.",
  "URL: http://127.0.0.1:1/s/token",
  "2 tracks:",
  '1. j1 "First"',
  "2. j2",
].join("\n");
const CODE = { code_id: "c1", code: "23456-ABCDE", state: "active", uses: 0 };

describe("create_share", () => {
  it("sends the fields and a key of its own per call, and shows ids, link and tracks", async () => {
    for (let i = 0; i < 2; i++) answers(SHARE);
    const { data, text } = await call("create_share", { job_ids: "j1, j2", title: "T" });
    expect(sent()).toEqual({ call: "POST /shares", job_ids: ["j1", "j2"], title: "T", access: "public" });
    expect(data).toEqual(SHARE);
    expect(text).toBe(SHARE_TEXT);
    await call("create_share", { job_ids: ["j1", "j2"], title: "T" });
    const keys = service.seen.map(({ headers }) => headers.get("idempotency-key"));
    for (const key of keys) expect(key).toMatch(/^[\w-]{36}$/);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it("hands the caller's key on as a header, and repeats the same request after a failure", async () => {
    service.scripted.push(() => fail(503, { code: "UNAVAILABLE", message: "Later." }));
    answers(SHARE);
    await call("create_share", { job_ids: ["j1"], idempotency_key: "mine" });
    expect(service.seen.map(({ headers }) => headers.get("idempotency-key"))).toEqual(["mine", "mine"]);
    expect(sent(1)).toEqual({ call: "POST /shares", job_ids: ["j1"], access: "public" });
  });

  it("names the next call of a share with codes, and passes warnings on", async () => {
    answers({ ...SHARE, access: "code", permanent: true, expires_at: undefined, warnings: ["this computer only"] });
    const { text } = await call("create_share", { job_ids: ["j1"], access: "code", permanent: true });
    expect(text).toContain("Share s1: code, 0 codes, 2 plays, permanent.");
    expect(text).toContain("this computer only");
    expect(text).toMatch(/\nNext: call create_access_codes with share_id "s1"\.$/);
  });
});

describe("tools that show a share", () => {
  it.each<[string, Data, Data]>([
    ["get_share", { share_id: "s1" }, { call: "GET /shares/s1" }],
    ["update_share", { share_id: "s1", title: "" }, { call: "PATCH /shares/s1", title: "" }],
    [
      "update_track_order",
      { share_id: "s1", job_ids: ["j2", "j1"] },
      { call: "PUT /shares/s1/tracks", job_ids: ["j2", "j1"] },
    ],
  ])("%s is one call and names the tracks in order", async (name, args, expected) => {
    answers(SHARE);
    const { data, text } = await call(name, args);
    expect(sent()).toEqual(expected);
    expect(data).toEqual(SHARE);
    expect(text).toBe(SHARE_TEXT);
  });

  it.each(["revoked", "expired"])("say that a share is %s instead of when it ends", async (state) => {
    answers({ ...SHARE, state });
    const { text } = await call("get_share", { share_id: "s1" });
    expect(text).toContain(`2 plays, ${state}.`);
    expect(text).not.toContain("2027");
  });

  it("list_shares shows each in a line with its link, and the call for more", async () => {
    const {
      description: _,
      allow_download: __,
      created_at: ___,
      code_count: ____,
      tracks,
      ...item
    } = {
      description: "",
      ...SHARE,
    };
    const second = { ...item, share_id: "s2", title: "Book", state: "expired", plays: 1, track_count: 1 };
    answers({ shares: [{ ...item, track_count: tracks.length }, second], total: 3, next_cursor: "abc" });
    const { text } = await call("list_shares", { state: "all", limit: "2" });
    expect(sent()).toEqual({ call: "GET /shares", state: "all", limit: "2" });
    expect(text).toBe(
      [
        "2 of 3 shares:",
        "- s1: public, 2 tracks, 2 plays, until 2027-01-01T00:00:00.000Z, http://127.0.0.1:1/s/token",
        '- s2: "Book", public, 1 track, 1 play, expired, http://127.0.0.1:1/s/token',
        'Next: call again with cursor "abc".',
      ].join("\n"),
    );
  });

  it("toggle_share_permanent says what it is now", async () => {
    answers({ share_id: "s1", permanent: true });
    const { text } = await call("toggle_share_permanent", { share_id: "s1", permanent: "true" });
    expect(sent()).toEqual({ call: "PUT /shares/s1/permanent", permanent: true });
    expect(text).toBe("Share s1 is permanent.");
    answers({ share_id: "s1", permanent: false, expires_at: SHARE.expires_at });
    const back = await call("toggle_share_permanent", { share_id: "s1", permanent: false });
    expect(back.text).toBe(`Share s1 is open until ${SHARE.expires_at}.`);
  });
});

describe("revoking", () => {
  it("one share previews without confirm, and does it with", async () => {
    answers({ share_id: "s1", title: "T", plays: 1, revoked: false });
    const preview = await call("revoke_share", { share_id: "s1" });
    expect(sent()).toEqual({ call: "DELETE /shares/s1", dry_run: "true" });
    expect(preview.data).toMatchObject({ preview: true, next: "call again with confirm: true" });
    expect(preview.text).toBe('Share s1 "T" (1 play) would be closed for good.\nNext: call again with confirm: true.');
    answers({ share_id: "s1", plays: 0, revoked: true });
    const done = await call("revoke_share", { share_id: "s1", confirm: true });
    expect(sent(1)).toEqual({ call: "DELETE /shares/s1", dry_run: "false" });
    expect(done.data).toEqual({ share_id: "s1", plays: 0, revoked: true });
    expect(done.text).toBe("Share s1 (0 plays) is closed for good.");
  });

  it("many shares names the first of them and what was skipped", async () => {
    const revoked = Array.from({ length: 25 }, (_, i) => `id-${i}.`);
    answers({ revoked, skipped: [{ share_id: "s9", reason: "NOT_FOUND" }] });
    const { text, data } = await call("bulk_revoke_shares", { state: "expired", confirm: true });
    expect(sent()).toEqual({ call: "POST /shares/bulk-revoke", state: "expired", dry_run: false });
    expect(text).toMatch(/^25 shares revoked: id-0\., .*id-19\., …\.\n- skipped s9: NOT_FOUND$/);
    expect(data.revoked).toEqual(revoked);
    answers({ revoked: [], skipped: [] });
    const none = await call("bulk_revoke_shares", { share_ids: ["s9"] });
    expect(none.text).toBe("0 shares would be revoked.\nNext: call again with confirm: true.");
  });
});

describe("tools for access codes", () => {
  it("create_access_codes shows the codes with their ids, 50 at most, and has all in the data", async () => {
    const codes = Array.from({ length: 60 }, (_, i) => ({ ...CODE, code_id: `c${i}`, label: "L", max_uses: 2 }));
    answers({ codes, warnings: ["the share is public"] });
    const { text, data } = await call("create_access_codes", { share_id: "s1", count: 60, max_uses: 2, label: "L" });
    expect(sent()).toEqual({ call: "POST /shares/s1/access-codes", count: 60, max_uses: 2, label: "L" });
    expect(text).toMatch(/^Made 60 codes:\n- 23456-ABCDE \(c0\): "L", used 0 of 2×\n/);
    expect(text).toContain("(c49)");
    expect(text).not.toContain("(c50)");
    expect(text).toMatch(/- and 10 more \(list_access_codes\)\n.*the share is public$/);
    expect(data.codes).toHaveLength(60);
  });

  it("list_access_codes and update_access_code show code, id, uses and what stops it", async () => {
    answers({ codes: [CODE, { ...CODE, state: "used_up", uses: 3, max_uses: 3, expires_at: "T" }], total: 2 });
    const { text } = await call("list_access_codes", { share_id: "s1" });
    expect(text).toBe("2 codes:\n- 23456-ABCDE (c1): used 0×\n- 23456-ABCDE (c1): used 3 of 3×, used_up, until T");
    answers({ ...CODE, state: "disabled", label: "Guests" });
    const changed = await call("update_access_code", { share_id: "s1", code_id: "c1", enabled: false, max_uses: 0 });
    expect(sent(1)).toEqual({ call: "PATCH /shares/s1/access-codes/c1", enabled: false, max_uses: 0 });
    expect(changed.text).toBe('- 23456-ABCDE (c1): "Guests", used 0×, disabled');
  });

  it("delete_access_code deletes only with confirm", async () => {
    answers({ code_id: "c1", label: "L", uses: 2, deleted: false });
    const preview = await call("delete_access_code", { share_id: "s1", code_id: "c1" });
    expect(sent()).toEqual({ call: "DELETE /shares/s1/access-codes/c1", dry_run: "true" });
    expect(preview.text).toBe('Access code c1 "L", used 2×, would be deleted.\nNext: call again with confirm: true.');
    answers({ code_id: "c1", uses: 2, deleted: true });
    const done = await call("delete_access_code", { share_id: "s1", code_id: "c1", confirm: true });
    expect(sent(1)).toEqual({ call: "DELETE /shares/s1/access-codes/c1", dry_run: "false" });
    expect(done.text).toBe("Access code c1, used 2×, deleted.");
  });

  it("does not repeat what makes or deletes codes", async () => {
    for (const [name, args] of [
      ["create_access_codes", { share_id: "s1" }],
      ["delete_access_code", { share_id: "s1", code_id: "c1", confirm: true }],
    ] as const) {
      service.seen.length = 0;
      service.scripted = [() => fail(503, { code: "UNAVAILABLE", message: "Later." })];
      await expect(call(name, args)).rejects.toMatchObject({ code: "UNAVAILABLE" });
      expect(service.seen).toHaveLength(1);
    }
  });
});
