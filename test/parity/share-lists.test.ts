import { beforeAll, describe, expect, it } from "vitest";
import { listAccessCodes } from "../../src/contract/access-codes.ts";
import type { InputOf } from "../../src/contract/operation.ts";
import { listShares, revokeShare } from "../../src/contract/shares.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { codeOf, makeJob } from "../support/library.ts";
import { giveAway, share as make, makeCodes } from "../support/shares.ts";

describe.each(BACKENDS)("lists of shares and codes on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  const { store } = service.backend;
  let job = "";
  beforeAll(async () => {
    job = await makeJob(service, "One.");
  });
  const share = async (title: string, more: object = {}) =>
    (await make(service, { job_ids: [job], title, ...more })).share_id;
  const list = async (input: InputOf<typeof listShares> = {}) => (await client.call(listShares, input)).data;
  const titles = async (input: InputOf<typeof listShares>) => (await list(input)).shares.map(({ title }) => title);
  const age = (share_id: string, created_at: number) =>
    store.updateTable("shares").set({ created_at }).where("share_id", "=", share_id).execute();

  it("show each share in short, without its tracks", async () => {
    const share_id = await share("Short", { access: "code", description: "Not shown." });
    expect(await list()).toEqual({
      shares: [
        {
          share_id,
          share_url: expect.stringContaining("/s/"),
          state: "active",
          title: "Short",
          access: "code",
          permanent: false,
          expires_at: expect.any(String),
          track_count: 1,
          plays: 0,
        },
      ],
      total: 1,
    });
    await client.call(revokeShare, { share_id });
  });

  it("filter by state", async () => {
    const [ended, closed] = [await share("Ended"), await share("Closed")];
    await share("Open");
    await share("Endless", { permanent: true });
    await store.updateTable("shares").set({ expires_at: 1 }).where("share_id", "in", [ended, closed]).execute();
    await client.call(revokeShare, { share_id: closed });
    expect(new Set(await titles({}))).toEqual(new Set(["Open", "Endless"]));
    expect(await titles({ state: "expired" })).toEqual(["Ended"]);
    expect(new Set(await titles({ state: "revoked" }))).toEqual(new Set(["Closed", "Short"]));
    expect((await list({ state: "all" })).total).toBe(5);
    expect(await codeOf(list({ state: "gone" as "all" }))).toBe("INVALID_INPUT");
  });

  it("find a part of title or description, taken literally, however it was typed", async () => {
    await share("50% off_now", { description: "Back\\slash" });
    await share("u\u0308bermut", { description: "Cafe\u0301" });
    expect(await titles({ query: "OFF_" })).toEqual(["50% off_now"]);
    expect(await titles({ query: "%" })).toEqual(["50% off_now"]);
    expect(await titles({ query: "_" })).toEqual(["50% off_now"]);
    expect(await titles({ query: "k\\s" })).toEqual(["50% off_now"]);
    expect(await titles({ query: "off%now" })).toEqual([]);
    expect(await titles({ query: "\u00fcber" })).toHaveLength(1);
    expect(await titles({ query: "u\u0308ber" })).toHaveLength(1);
    expect(await titles({ query: "caf\u00e9" })).toHaveLength(1);
    expect((await list({ query: "off", limit: 1 })).total).toBe(1);
  });

  it("go on where they were, newest first, while shares are added and revoked", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) {
      const id = await share(`page ${i}`);
      // Three of one moment: their order must hold as well.
      await age(id, 1_000 + Math.max(i, 3));
      ids.push(id);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ query: "page", limit: 2, cursor });
      seen.push(...page.shares.map((one) => one.share_id));
      cursor = page.next_cursor;
      if (seen.length === 2) {
        await share("page new");
        await client.call(revokeShare, { share_id: seen[1]! });
      }
    } while (cursor);
    expect(seen).toHaveLength(7);
    expect(seen.slice(0, 3)).toEqual([ids[6], ids[5], ids[4]]);
    expect(new Set(seen)).toEqual(new Set(ids));
    const { next_cursor } = await list({ limit: 1 });
    const { share_id } = (await list({ limit: 1 })).shares[0]!;
    expect(await codeOf(list({ cursor: `${next_cursor!.slice(0, -4)}AAAA` }))).toBe("INVALID_INPUT");
    expect(await codeOf(client.call(listAccessCodes, { share_id, cursor: next_cursor }))).toBe("INVALID_INPUT");
  });

  it("count one account's shares only", async () => {
    const { total } = await list({ state: "all" });
    await giveAway(service, await share("Given away"));
    expect((await list({ state: "all" })).total).toBe(total);
    expect(await titles({ state: "all", query: "Given" })).toEqual([]);
  });

  it("show codes oldest first, in pages, by state", async () => {
    const share_id = await share("Codes", { access: "code" });
    const first = await makeCodes(service, share_id, { count: 3, label: "first" });
    const second = await makeCodes(service, share_id, { count: 2, label: "second" });
    await store
      .updateTable("access_codes")
      .set((eb) => ({ created_at: eb("created_at", "-", 1) }))
      .where("label", "=", "first")
      .execute();
    const codes = async (input: object = {}) => (await client.call(listAccessCodes, { share_id, ...input })).data;
    const one = await codes({ limit: 4 });
    await makeCodes(service, share_id, { label: "third" });
    const two = await codes({ limit: 4, cursor: one.next_cursor });
    expect([one.total, two.total, two.next_cursor]).toEqual([5, 6, undefined]);
    const labels = [...one.codes, ...two.codes].map(({ label }) => label);
    expect(labels).toEqual(["first", "first", "first", "second", "second", "third"]);
    const made = new Set([...first, ...second].map(({ code_id }) => code_id));
    expect(new Set([...one.codes, ...two.codes.slice(0, 1)].map(({ code_id }) => code_id))).toEqual(made);

    const [disabled, expired, usedUp] = first.map(({ code_id }) => code_id);
    const set = (code_id: string, more: object) =>
      store.updateTable("access_codes").set(more).where("code_id", "=", code_id).execute();
    await set(disabled!, { enabled: 0, expires_at: 1 });
    await set(expired!, { expires_at: 1, max_uses: 1, uses: 1 });
    await set(usedUp!, { max_uses: 2, uses: 2 });
    const idsIn = async (state: string) => (await codes({ state })).codes.map(({ code_id }) => code_id);
    expect(await idsIn("disabled")).toEqual([disabled]);
    expect(await idsIn("expired")).toEqual([expired]);
    expect(await idsIn("used_up")).toEqual([usedUp]);
    expect((await codes({ state: "active" })).total).toBe(3);
    expect((await codes()).codes.map(({ state }) => state).sort()).toEqual([
      "active",
      "active",
      "active",
      "disabled",
      "expired",
      "used_up",
    ]);
  });
});
