import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createAccessCodes, deleteAccessCode, updateAccessCode } from "../../src/contract/access-codes.ts";
import { deleteJobAudio, updateJob } from "../../src/contract/jobs.ts";
import type { InputOf } from "../../src/contract/operation.ts";
import { type createShare, revokeShare, updateShare } from "../../src/contract/shares.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { makeJob } from "../support/library.ts";
import {
  copyJob,
  share as make,
  makeCodes,
  type OpenedPage,
  openPage,
  readPage,
  shareNow,
  Visitor,
} from "../support/shares.ts";

const HOUR_MS = 60 * 60 * 1000;

afterEach(() => {
  vi.useRealTimers();
});
const travel = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ["Date"] });

describe.each(BACKENDS)("a listening page on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  let [one, two, three] = ["", "", ""];
  beforeAll(async () => {
    one = await makeJob(service, "One.", { title: "First" });
    two = await makeJob(service, "Two.", { title: "Second" });
    three = await makeJob(service, "Three.");
  });
  const share = (input: Partial<InputOf<typeof createShare>> = {}) => make(service, { job_ids: [one], ...input });
  const plays = async (share_id: string) => (await shareNow(service, share_id)).plays;
  const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
  const changed = (url: string, change: (url: URL) => void) => {
    const copy = new URL(url);
    change(copy);
    return copy.href;
  };
  const bytesOf = async (job_id: string) => {
    const { job } = await client.wait(job_id, { seconds: 1 });
    return Buffer.from(await new Response((await client.openAudio(job)).body).arrayBuffer());
  };

  it("shows title, description and tracks in order, and plays what was made", async () => {
    const { share_url } = await share({ job_ids: [two, three, one], title: "All", description: "Of\nthem." });
    const page = await openPage(share_url);
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/All\s+Of\nthem\.\s+Second \(0:01\)\s+Track 2 \(0:01\)\s+First \(0:01\)/);
    expect(page.audio).toHaveLength(3);
    for (const [i, job] of [two, three, one].entries()) {
      const response = await fetch(page.audio[i]!);
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "audio/wav"]);
      expect(Buffer.from(await response.arrayBuffer()).equals(await bytesOf(job))).toBe(true);
    }
  });

  it("keeps its address and its contents to itself", async () => {
    const { share_url } = await share();
    const closed = await share();
    await client.call(revokeShare, { share_id: closed.share_id });
    const missing = share_url.replace(/.{4}$/, "AAAA");
    const code = await share({ access: "code" });
    const pages: [number, string][] = [
      [200, share_url],
      [410, closed.share_url],
      [404, missing],
      [200, code.share_url],
    ];
    for (const [expected, url] of pages) {
      const { status, headers, html } = await openPage(url);
      expect(status).toBe(expected);
      expect(html).toMatch(/^<!doctype html>/);
      expect(Object.fromEntries(headers)).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
        "cache-control": "no-store",
        "content-security-policy": expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'/),
      });
      expect(headers.get("content-security-policy")).not.toMatch(/unsafe|\*|https?:/);
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
    const audio = await fetch((await openPage(share_url)).audio[0]!);
    expect(audio.headers.get("cache-control")).toMatch(/private/);
    expect(audio.headers.get("referrer-policy")).toBe("no-referrer");
    await audio.arrayBuffer();
  });

  it("counts a play once for each page that was opened and each of its tracks", async () => {
    const { share_id, share_url } = await share({ job_ids: [one, two], allow_download: true });
    const range = (value: string) => ({ headers: { range: value } });
    const first = await openPage(share_url);
    const [audio, other] = first.audio as [string, string];
    // A look at the page, at the headers, at two bytes, into the middle, into the cache, and a download: no plays.
    expect(await status(audio, { method: "HEAD" })).toBe(200);
    expect(await status(audio, range("bytes=0-1"))).toBe(206);
    expect(await status(audio, range("bytes=0-0"))).toBe(206);
    expect(await status(audio, range("bytes=100-"))).toBe(206);
    expect(await status(audio, range("bytes=99999999-"))).toBe(416);
    const etag = (await fetch(audio, { method: "HEAD" })).headers.get("etag")!;
    expect(await status(audio, { headers: { "if-none-match": etag } })).toBe(304);
    expect(await status(first.downloads[0]!)).toBe(200);
    expect(await status(changed(audio, (url) => url.searchParams.set("signature", "x")))).toBe(404);
    expect(await plays(share_id)).toBe(0);

    for (let i = 0; i < 3; i++) expect(await status(audio)).toBe(200);
    expect(await plays(share_id)).toBe(1);
    expect(await status(audio, range("bytes=0-"))).toBe(206);
    expect(await plays(share_id)).toBe(1);
    expect(await status(other, range("bytes=0-"))).toBe(206);
    expect(await plays(share_id)).toBe(2);
  });

  it("counts each listener, also of pages opened in one second or shortly before the end", async () => {
    const { share_id, share_url } = await share();
    const soon = Date.now() + 60_000;
    const { store } = service.backend;
    await store.updateTable("shares").set({ expires_at: soon }).where("share_id", "=", share_id).execute();
    const pages = await Promise.all([1, 2, 3].map(() => openPage(share_url)));
    for (const page of pages) expect(await status(page.audio[0]!)).toBe(200);
    expect(await plays(share_id)).toBe(3);
  });

  it("hands out audio by its own signed URLs only, for a short while", async () => {
    const [mine, other] = [await share({ job_ids: [one, two] }), await share()];
    const page = await openPage(mine.share_url);
    const [url, second] = page.audio as [string, string];
    const token = (of: { share_url: string }) => new URL(of.share_url).pathname.slice("/s/".length);
    const forgeries = [
      changed(url, (u) => u.searchParams.set("signature", "A".repeat(43))),
      changed(url, (u) => u.searchParams.set("signature", u.searchParams.get("signature")!.slice(0, -2))),
      changed(url, (u) => u.searchParams.delete("signature")),
      changed(url, (u) => u.searchParams.set("expires", "99999999999")),
      changed(url, (u) => u.searchParams.set("key", "unknown")),
      changed(url, (u) => u.searchParams.set("code", "x")),
      changed(url, (u) => (u.search = "")),
      // Another job of the same share, and one that is not in it.
      changed(url, (u) => (u.pathname = new URL(second).pathname)),
      changed(url, (u) => (u.pathname = u.pathname.replace(one, three))),
      // Another share of the same job.
      changed(url, (u) => (u.pathname = u.pathname.replace(token(mine), token(other)))),
      // The way that needs no share.
      changed(url, (u) => (u.pathname = u.pathname.replace(/^.*\/audio\//, "/audio/"))),
    ];
    for (const forged of forgeries) expect([forged, await status(forged)]).toEqual([forged, 404]);
    expect(await status(url)).toBe(200);
    const { audio_url } = (await client.wait(one, { seconds: 1 })).job as { audio_url?: string };
    expect(await status(changed(url, (u) => (u.search = new URL(audio_url!).search)))).toBe(404);

    travel(2 * HOUR_MS);
    const late = await fetch(url);
    expect(late.status).toBe(404);
    expect((await readPage(late)).text).toMatch(/Open the share's page again/);
    expect(await status((await openPage(mine.share_url)).audio[0]!)).toBe(200);
  });

  it("gives the part of the audio that a player asks for", async () => {
    const url = (await openPage((await share()).share_url)).audio[0]!;
    const whole = await bytesOf(one);
    const part = await fetch(url, { headers: { range: "bytes=100-199" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 100-199/${whole.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(100, 200))).toBe(true);
    const head = await fetch(url, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe(String(whole.length));
    expect(head.headers.get("accept-ranges")).toBe("bytes");
  });

  it.each(["revoked", "expired"])("answers 410 with a page when the share is %s, for its audio too", async (end) => {
    const { share_id, share_url } = await share({ title: "Secret plans", allow_download: true });
    const page = await openPage(share_url);
    if (end === "revoked") await client.call(revokeShare, { share_id });
    else travel(7 * 24 * HOUR_MS + 1_000);
    for (const url of [share_url, page.audio[0]!, page.downloads[0]!]) {
      const over = await openPage(url);
      expect(over.status).toBe(410);
      expect(over.text).toMatch(
        /No longer here\s+This share (was closed|has expired)\. Ask who sent it for a new link\./,
      );
      expect(over.html).not.toContain("Secret plans");
    }
    expect((await new Visitor(share_url).enter("AAAAA-AAAAA")).status).toBe(410);
    expect(await plays(share_id)).toBe(0);
  });

  it("stops URLs handed out before when track, audio or access change", async () => {
    const [copied] = await copyJob(service, one, 1);
    const { share_id, share_url } = await share({ job_ids: [one, two, copied!] });
    const [first, second, lost] = (await openPage(share_url)).audio as [string, string, string];
    const change = (patch: object) => client.call(updateShare, { share_id, ...patch });
    await change({ remove_job_ids: [one] });
    expect([await status(first), await status(second)]).toEqual([404, 200]);
    await change({ access: "code" });
    expect(await status(second)).toBe(404);
    await change({ access: "public", title: "Other title" });
    expect(await status(second)).toBe(200);
    // Its file is gone, its row is not: who listens reads nothing of tools.
    const gone = await openPage(lost);
    expect(gone.status).toBe(410);
    expect(gone.text).toMatch(/deleted/);
    expect(gone.text).not.toMatch(/generate_speech|get_job_text/);
    await client.call(deleteJobAudio, { job_id: copied! });
    expect(await status(lost)).toBe(404);
    expect((await openPage(share_url)).audio).toHaveLength(1);
    const [last] = await copyJob(service, one, 1);
    const emptied = await share({ job_ids: [last!] });
    await client.call(deleteJobAudio, { job_id: last! });
    const page = await openPage(emptied.share_url);
    expect([page.status, page.audio]).toEqual([200, []]);
    expect(page.text).toContain("nothing to hear");
  });

  it("stops a code's URLs when the code is switched off, ends or is deleted", async () => {
    const { share_id, share_url } = await share({ access: "code" });
    const codes = await makeCodes(service, share_id, { count: 3, max_uses: 1 });
    const enter = async (code: string): Promise<[Visitor, OpenedPage]> => {
      const visitor = new Visitor(share_url);
      expect((await visitor.enter(code)).status).toBe(303);
      return [visitor, await visitor.open()];
    };
    const change = (code_id: string, patch: object) => client.call(updateAccessCode, { share_id, code_id, ...patch });
    const { store } = service.backend;
    const ends = [
      (code_id: string) => change(code_id, { enabled: false }),
      (code_id: string) => client.call(deleteAccessCode, { share_id, code_id }),
      (code_id: string) =>
        store.updateTable("access_codes").set({ expires_at: 1 }).where("code_id", "=", code_id).execute(),
    ];
    for (const [i, end] of ends.entries()) {
      const { code_id, code } = codes[i]!;
      const [visitor, page] = await enter(code);
      expect(await status(page.audio[0]!)).toBe(200);
      await end(code_id);
      expect(await status(page.audio[0]!)).toBe(404);
      expect((await visitor.open()).audio).toEqual([]);
      expect((await visitor.open()).html).toContain("<form");
    }
    await change(codes[0]!.code_id, { enabled: true });
    const { codes: more } = (await client.call(createAccessCodes, { share_id })).data;
    const [, page] = await enter(more[0]!.code);
    // The code is part of what is signed: one code's URL can't be passed off as another's.
    const swapped = changed(page.audio[0]!, (url) => url.searchParams.set("code", codes[0]!.code_id));
    expect(await status(swapped)).toBe(404);
  });

  it("lets download only where that is allowed, under a name that any system takes", async () => {
    const { share_id, share_url } = await share();
    const closed = await openPage(share_url);
    expect(closed.downloads).toEqual([]);
    expect(closed.html).toContain('controlslist="nodownload"');
    expect(await status(`${closed.audio[0]!}&download=1`)).toBe(404);
    await client.call(updateShare, { share_id, allow_download: true });
    const disposition = async (title: string) => {
      await client.call(updateJob, { job_id: one, title });
      const url = (await openPage(share_url)).downloads[0]!;
      return (await fetch(url)).headers.get("content-disposition");
    };
    expect(await disposition("Plain")).toBe('attachment; filename="Plain.wav"');
    expect(await disposition('Say "hi"')).toMatch(/^attachment; filename="Say [^"]*hi[^"]*\.wav"$/);
    expect(await disposition("日本 🎧")).toBe(
      `attachment; filename="?? ??.wav"; filename*=UTF-8''${encodeURIComponent("日本 🎧")}.wav`,
    );
    expect(await disposition("AC/DC: 50\\50\r\nSet-Cookie: x=y")).toBe(
      'attachment; filename="AC DC 50 50 Set-Cookie x=y.wav"',
    );
    expect(await disposition("../../etc/passwd")).toBe('attachment; filename=".. .. etc passwd.wav"');
    expect(await disposition("///")).toBe(`attachment; filename="track-${one.slice(0, 8)}.wav"`);
    expect(await disposition("")).toBe(`attachment; filename="track-${one.slice(0, 8)}.wav"`);
    await client.call(updateJob, { job_id: one, title: "First" });
  });
});
