import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  createAccessCodes,
  deleteAccessCode,
  exportAccessCodes,
  getQrCode,
  updateAccessCode,
} from "../../src/contract/access-codes.ts";
import type { InputOf } from "../../src/contract/operation.ts";
import { createShare, revokeShare } from "../../src/contract/shares.ts";
import { AccessCodeService } from "../../src/service/shares/access-codes.ts";
import { openSigner } from "../../src/store/secrets.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { temporaryFolder } from "../support/folders.ts";
import { codeOf, makeJob } from "../support/library.ts";
import { DAY_MS, share as make, makeCodes, openPage, shareNow, shareWithCode, Visitor } from "../support/shares.ts";

const CODE = /^[2-9A-HJKMNP-TV-Z]{5}-[2-9A-HJKMNP-TV-Z]{5}$/;

it("links and codes outlive the key that they were made with", async () => {
  const first = await startBackend("embedded");
  const made = await shareWithCode(first, [await makeJob(first, "One.")]);
  const { dataDir } = first;
  await first.close();
  const file = path.join(dataDir, "secrets", "keys.json");
  const { keys } = JSON.parse(readFileSync(file, "utf8"));
  const retired = { ...keys[0], retired_at: new Date(Date.now() - 100 * DAY_MS).toISOString() };
  writeFileSync(file, JSON.stringify({ current: "new", keys: [retired, { id: "new", secret: "n".repeat(43) }] }));
  const second = await startBackend("embedded", { dataDir });
  // Its links are in people's hands, so it listens before anybody asks for one.
  await vi.waitFor(async () => expect((await openPage(made.share_url)).status).toBe(200), 10_000);
  expect((await shareNow(second, made.share_id)).share_url).toBe(made.share_url);
  const person = new Visitor(made.share_url);
  expect((await person.enter(made.code)).status).toBe(303);
  expect((await fetch((await person.open()).audio[0]!)).status).toBe(200);
  const [newer] = await makeCodes(second, made.share_id);
  expect((await new Visitor(made.share_url).enter(newer!.code)).status).toBe(303);
});

describe.each(BACKENDS)("access codes on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  const { store } = service.backend;
  let [job, share_id] = ["", ""];
  beforeAll(async () => {
    job = await makeJob(service, "One.");
    share_id = (await make(service, { job_ids: [job], access: "code" })).share_id;
  });
  const create = async (more: Omit<InputOf<typeof createAccessCodes>, "share_id"> = {}) =>
    (await client.call(createAccessCodes, { share_id, ...more })).data;
  const update = async (code_id: string, patch: object) =>
    (await client.call(updateAccessCode, { share_id, code_id, ...patch })).data;

  it("are made by hundreds, each different, of letters that nobody confuses", async () => {
    const { codes, warnings } = await create({ count: 500 });
    expect(warnings).toBeUndefined();
    expect(new Set(codes.map(({ code }) => code)).size).toBe(500);
    for (const { code } of codes) expect(code).toMatch(CODE);
    const letters = new Set(codes.map(({ code }) => code.replace("-", "")).join(""));
    // All of them come up, so ten are worth log2 of their number each.
    expect(10 * Math.log2(letters.size)).toBeGreaterThan(40);
    for (const confusing of "01OILU") expect(letters).not.toContain(confusing);
    expect((await shareNow(service, share_id)).code_count).toBe(500);
    for (const count of [0, 501, 1.5]) expect(await codeOf(create({ count }))).toBe("INVALID_INPUT");
    expect((await shareNow(service, share_id)).code_count).toBe(500);
  });

  it("have a label, a number of uses and an end when they are told to", async () => {
    const plain = { code_id: expect.any(String), code: expect.stringMatching(CODE), state: "active", uses: 0 };
    expect((await create()).codes).toEqual([plain]);
    const made = (await create({ count: 2, label: " Guests ", max_uses: 3, expires_in_days: 10 })).codes;
    const limited = { ...plain, label: "Guests", max_uses: 3, expires_at: expect.any(String) };
    expect(made).toEqual([limited, limited]);
    expect((Date.parse(made[0]!.expires_at!) - Date.now()) / DAY_MS).toBeCloseTo(10, 3);
    expect(await codeOf(create({ max_uses: 0 }))).toBe("INVALID_INPUT");
    expect(await codeOf(create({ expires_in_days: 0 }))).toBe("INVALID_INPUT");
  });

  it("of a public share come with a warning", async () => {
    const { share_id } = await make(service, { job_ids: [job] });
    const { warnings } = (await client.call(createAccessCodes, { share_id })).data;
    expect(warnings).toEqual([expect.stringContaining("update_share")]);
  });

  it("are changed in what is sent; zero and empty take a limit away", async () => {
    const [made] = (await create({ label: "Old", max_uses: 1, expires_in_days: 1 })).codes;
    const { code_id, code } = made!;
    expect(await update(code_id, { label: "New" })).toEqual({ ...made, label: "New" });
    expect(await update(code_id, { enabled: false })).toMatchObject({ state: "disabled", label: "New", max_uses: 1 });
    const free = { code_id, code, state: "active", uses: 0 };
    expect(await update(code_id, { enabled: true, label: "", max_uses: 0, expires_in_days: 0 })).toEqual(free);
    expect(await update(code_id, { max_uses: 5 })).toEqual({ ...free, max_uses: 5 });
    const { expires_at } = await update(code_id, { expires_in_days: 4 });
    expect((Date.parse(expires_at!) - Date.now()) / DAY_MS).toBeCloseTo(4, 3);
    expect(await codeOf(update(code_id, {}))).toBe("INVALID_INPUT");
    expect(await codeOf(update("never", { label: "x" }))).toBe("NOT_FOUND");
  });

  it("are deleted one at a time, after a preview", async () => {
    const [one, two] = (await create({ count: 2, label: "Two" })).codes;
    const remove = async (code_id: string, dry_run?: boolean) =>
      (await client.call(deleteAccessCode, { share_id, code_id, dry_run })).data;
    const before = (await shareNow(service, share_id)).code_count;
    const answer = { code_id: one!.code_id, label: "Two", uses: 0 };
    expect(await remove(one!.code_id, true)).toEqual({ ...answer, deleted: false });
    expect((await shareNow(service, share_id)).code_count).toBe(before);
    expect(await remove(one!.code_id)).toEqual({ ...answer, deleted: true });
    expect((await shareNow(service, share_id)).code_count).toBe(before - 1);
    expect(await codeOf(remove(one!.code_id))).toBe("NOT_FOUND");
    expect(await update(two!.code_id, { label: "Still there" })).toMatchObject({ label: "Still there" });
  });

  it("are 10,000 at most, all of a request or none", async () => {
    const { share_id } = await make(service, { job_ids: [job] });
    await sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < 9998)
      insert into access_codes (code_id, share_id, code_hmac, code_encrypted, created_at)
      select ${share_id} || i, ${share_id}, i, 'x', 1 from n`.execute(store);
    const more = (count: number) => client.call(createAccessCodes, { share_id, count });
    expect(await codeOf(more(3))).toBe("INVALID_INPUT");
    expect((await more(2)).data.codes).toHaveLength(2);
    expect(await codeOf(more(1))).toBe("INVALID_INPUT");
  });

  it("are exported with links, and what a spreadsheet would run is plain text", async () => {
    const { share_id, share_url, code_id, code } = await shareWithCode(service, [job], { label: 'say "hi",\nyou' });
    const labels = ["=1+1", "@SUM(A1)", "-2", "+3", "\t=1", "plain", "ü", "' or 1=1"];
    const rest = [];
    for (const label of labels) rest.push((await makeCodes(service, share_id, { label, max_uses: 2 }))[0]!);
    const exported = async (format: "csv" | "json") =>
      (await client.call(exportAccessCodes, { share_id, format })).data;
    const link = (code: string) => `${share_url}#code=${code}`;

    const csv = await exported("csv");
    expect(csv).toMatchObject({ format: "csv", count: 9 });
    const [head, ...lines] = csv.data.split("\r\n");
    expect(head).toBe("code,label,state,uses,max_uses,expires_at,url,code_id");
    expect(lines.pop()).toBe("");
    expect(lines).toContain(`${code},"say ""hi"",\nyou",active,0,,,${link(code)},${code_id}`);
    // "\t=1" was trimmed when it was made.
    const shown = ["'=1+1", "'@SUM(A1)", "'-2", "'+3", "'=1", "plain", "ü", "' or 1=1"];
    for (const [i, made] of rest.entries()) {
      expect(lines).toContain(`${made.code},${shown[i]},active,0,2,,${link(made.code)},${made.code_id}`);
    }
    const json = await exported("json");
    expect(json).toMatchObject({ format: "json", count: 9 });
    const records = JSON.parse(json.data) as Record<string, unknown>[];
    expect(records).toHaveLength(9);
    expect(records).toContainEqual({
      code: rest[0]!.code,
      label: "=1+1",
      state: "active",
      uses: 0,
      max_uses: 2,
      url: link(rest[0]!.code),
      code_id: rest[0]!.code_id,
    });
  });

  it("go into a QR code's link as its fragment only, which no server sees", async () => {
    const { share_id, share_url, code_id, code } = await shareWithCode(service, [job]);
    const draw = async (more: object) => (await client.call(getQrCode, { share_id, ...more })).data;
    const plain = await draw({ format: "svg" });
    expect(plain.url).toBe(share_url);
    const { url } = await draw({ format: "svg", code_id });
    expect(url).toBe(`${share_url}#code=${code}`);
    const png = await draw({});
    expect(png.format).toBe("png");
    expect(Buffer.from(png.data, "base64").subarray(1, 4).toString()).toBe("PNG");
    expect((await draw({ size: "128" })).data).not.toBe(png.data);
    expect((await draw({ format: "terminal" })).data).toContain("█");
    const local = kind === "embedded" ? [expect.stringContaining("this computer")] : undefined;
    expect(plain.warnings).toEqual(local);
    for (const wrong of [{ size: 127 }, { size: 2_049 }, { format: "gif" }]) {
      expect(await codeOf(draw(wrong))).toBe("INVALID_INPUT");
    }
    expect(await codeOf(draw({ code_id: "never" }))).toBe("NOT_FOUND");
    await client.call(revokeShare, { share_id });
    expect(await codeOf(draw({}))).toBe("SHARE_EXPIRED");
  });

  it("and links are not in the database's files, and open with the right key only", async () => {
    const key = { idempotencyKey: "kept" };
    const input = { job_ids: [job], title: "Xylophagous", access: "code" as const };
    const { share_id, share_url } = (await client.call(createShare, input, key)).data;
    const codes = await makeCodes(service, share_id, { count: 5, label: "Quercitron" });
    const token = share_url.split("/s/")[1]!;
    const files = readdirSync(service.dataDir).filter((name) => name.startsWith("aittsm.db"));
    const bytes = files.map((name) => readFileSync(path.join(service.dataDir, name)).toString("latin1")).join("\n");
    expect(files).toContain("aittsm.db-wal");
    // What is not secret is found, so the search does find.
    for (const there of ["Xylophagous", "Quercitron", share_id]) expect(bytes).toContain(there);
    const secrets = codes.flatMap(({ code }) => [code, code.replace("-", "")]);
    for (const secret of [token, share_url, "/s/", ...secrets]) expect(bytes).not.toContain(secret);

    // Whoever copies the database without the key: theirs opens no link, no code, and no remembered answer.
    const copy = temporaryFolder();
    await openSigner(copy, path.join(copy, "aittsm.db"));
    for (const name of ["aittsm.db", "aittsm.db-wal"]) cpSync(path.join(service.dataDir, name), path.join(copy, name));
    const stolen = await startBackend("embedded", { dataDir: copy });
    const repeat = { method: "POST", headers: { "Idempotency-Key": "kept" }, body: JSON.stringify(input) };
    for (const response of [
      await stolen.fetch(`/api/v1/shares/${share_id}`),
      await stolen.fetch(`/api/v1/shares/${share_id}/access-codes`),
      await stolen.fetch("/api/v1/shares", repeat),
    ]) {
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain(token);
    }
    const theirs = new AccessCodeService(stolen.backend.store, await openSigner(copy, "none"));
    expect(await theirs.consume(share_id, codes[0]!.code)).toBe("unknown");
    const ours = new AccessCodeService(stolen.backend.store, await openSigner(service.dataDir, "none"));
    expect(await ours.consume(share_id, codes[0]!.code)).toEqual({ codeId: codes[0]!.code_id });
  });
});
