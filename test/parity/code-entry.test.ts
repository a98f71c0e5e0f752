import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { listAccessCodes } from "../../src/contract/access-codes.ts";
import { revokeShare, updateShare } from "../../src/contract/shares.ts";
import { WRONG_CODES_PER_ADDRESS, WRONG_CODES_PER_SHARE } from "../../src/service/shares/code-guard.ts";
import { BACKENDS, startBackend, type TestBackend } from "../support/backends.ts";
import { makeJob } from "../support/library.ts";
import { DAY_MS, shareWithCode as make, makeCodes, openPage, readPage, share, Visitor } from "../support/shares.ts";

const MINUTE_MS = 60_000;
const WRONG = "22222-22222";
// All tests come from this machine: the proxy's header tells them apart.
const env = { AITTSM_TRUSTED_PROXIES: "loopback" };

afterEach(() => {
  vi.useRealTimers();
});
const travel = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ["Date"] });

/** Guesses until it is refused; gives the number of wrong guesses that were looked at. */
async function guessUntilRefused(visitor: Visitor): Promise<number> {
  for (let guesses = 0; ; guesses++) {
    const { status } = await visitor.enter(WRONG);
    if (status === 429) return guesses;
    expect(status).toBe(400);
  }
}

describe.each(BACKENDS)("the form for an access code on the %s backend", async (kind) => {
  const service = await startBackend(kind, { env });
  const { client } = service;
  let job = "";
  beforeAll(async () => {
    job = await makeJob(service, "One.", { title: "Hidden track" });
  });
  const shareWithCode = (code: object = {}) => make(service, [job], code);
  const codesOf = async (share_id: string, of: TestBackend = service) =>
    (await of.client.call(listAccessCodes, { share_id })).data.codes;
  const usesOf = async (share_id: string) => (await codesOf(share_id))[0]!.uses;
  let addresses = 0;
  const visitor = (url: string) => new Visitor(url, `192.0.2.${++addresses}`);

  it("stands before everything else of the share, and works without JavaScript", async () => {
    const { share_url, code } = await shareWithCode();
    const { html, audio, text } = await openPage(share_url);
    expect(html).toContain('<form method="post">');
    expect(html).toMatch(/<input id="code" name="code" required/);
    expect(audio).toEqual([]);
    expect(text).not.toContain("Hidden track");
    const response = await visitor(share_url).enter(code);
    expect([response.status, response.headers.get("location")]).toEqual([303, new URL(share_url).pathname]);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("takes a code as people type it", async () => {
    const { share_id, share_url, code } = await shareWithCode();
    const plain = code.replace("-", "");
    const typed = [plain, code.toLowerCase(), ` ${plain.slice(0, 3)} ${plain.slice(3)}\t`, code.replace("-", "–")];
    for (const way of typed) expect([way, (await visitor(share_url).enter(way)).status]).toEqual([way, 303]);
    expect(await usesOf(share_id)).toBe(typed.length);
    const wrong = ["", plain.slice(1), `${plain}2`, plain.replace(/.$/, (last) => (last === "2" ? "3" : "2"))];
    for (const way of wrong) expect([way, (await visitor(share_url).enter(way)).status]).toEqual([way, 400]);
    expect(await usesOf(share_id)).toBe(typed.length);
  });

  it("lets in for good by one use: reloads, other posts and players need no second one", async () => {
    const { share_id, share_url, code } = await shareWithCode({ max_uses: 1 });
    const person = visitor(share_url);
    const entered = await person.enter(code);
    const cookie = entered.headers.get("set-cookie")!;
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(cookie).toContain(`; Path=${new URL(share_url).pathname}`);
    expect(cookie).not.toContain(code.slice(0, 5));
    for (let i = 0; i < 3; i++) {
      const page = await person.open();
      expect(page.text).toContain("Hidden track");
      expect((await fetch(page.audio[0]!)).status).toBe(200);
    }
    for (const again of [code, WRONG]) expect((await person.enter(again)).status).toBe(303);
    expect(await codesOf(share_id)).toMatchObject([{ uses: 1, state: "used_up" }]);
    const late = await readPage(await visitor(share_url).enter(code));
    expect([late.status, late.audio]).toEqual([400, []]);
    expect(late.text).toContain("This code has been used already.");
  });

  it("is passed by the share's own grant only", async () => {
    const [one, two] = [await shareWithCode(), await shareWithCode()];
    await client.call(updateShare, { share_id: one.share_id, expires_in_days: 100 });
    const person = visitor(one.share_url);
    await person.enter(one.code);
    const grant = person.cookie!;
    const opens = async (url: string, cookie: string) => {
      const page = await openPage(url, { headers: { cookie } });
      return page.audio.length > 0;
    };
    expect(await opens(one.share_url, grant)).toBe(true);
    expect(await opens(two.share_url, grant)).toBe(false);
    const [name, value] = grant.split("=") as [string, string];
    const [codeId, expires, key, signature] = value.split(".") as [string, string, string, string];
    const forgeries = [
      [codeId, expires, key, "A".repeat(43)],
      [codeId, expires, key, ""],
      [codeId, expires, "unknown", signature],
      [codeId, String(Number(expires) + 1), key, signature],
      [two.code_id, expires, key, signature],
      [""],
    ];
    for (const parts of forgeries) expect(await opens(one.share_url, `${name}=${parts.join(".")}`)).toBe(false);
    // The grant of one share with the id of the other's code: the signature is the share's.
    expect(await opens(two.share_url, `${name}=${[two.code_id, expires, key, signature].join(".")}`)).toBe(false);
    // For a month; no longer than the share itself.
    const short = visitor(two.share_url);
    await short.enter(two.code);
    const [, until] = short.cookie!.split(".");
    expect(Number(until)).toBe(Date.parse(two.expires_at!));
    expect((Number(expires) - Date.now()) / DAY_MS).toBeCloseTo(30, 3);
    travel(30 * DAY_MS - 60_000);
    expect(await opens(one.share_url, grant)).toBe(true);
    travel(120_000);
    expect(await opens(one.share_url, grant)).toBe(false);
    expect((await openPage(one.share_url)).html).toContain("<form");
  });

  it("uses a code when it is sent, not when the link is looked at", async () => {
    const { share_id, share_url, code } = await shareWithCode({ max_uses: 1 });
    for (const url of [share_url, `${share_url}?code=${code}`, `${share_url}#code=${code}`]) {
      for (const method of ["GET", "HEAD"]) {
        const response = await fetch(url, { method, headers: { "sec-purpose": "prefetch" } });
        expect([response.status, response.headers.get("set-cookie")]).toEqual([200, null]);
        await response.arrayBuffer();
      }
    }
    expect(await usesOf(share_id)).toBe(0);
  });

  it("lets exactly as many in as a code has uses, though many come at once", async () => {
    const { share_id, share_url, code } = await shareWithCode({ max_uses: 3 });
    // All from one address, as in a school: they share no limit, because the code is right.
    const class50 = Array.from({ length: 50 }, () => new Visitor(share_url, "192.0.2.250"));
    const statuses = await Promise.all(class50.map(async (person) => (await person.enter(code)).status));
    const count = (status: number) => statuses.filter((one) => one === status).length;
    expect([count(303), count(400)]).toEqual([3, 47]);
    expect(await usesOf(share_id)).toBe(3);
    expect((await new Visitor(share_url, "192.0.2.250").enter(WRONG)).status).toBe(400);
  });

  it("says why a code does not let in", async () => {
    const { share_id, share_url } = await share(service, { job_ids: [job], access: "code" });
    const codes = await makeCodes(service, share_id, { count: 2 });
    const set = (i: number, more: object) =>
      service.backend.store.updateTable("access_codes").set(more).where("code_id", "=", codes[i]!.code_id).execute();
    await set(0, { enabled: 0 });
    await set(1, { expires_at: 1 });
    const said = async (code: string) => (await readPage(await visitor(share_url).enter(code))).text;
    expect(await said(codes[0]!.code)).toContain("This code is switched off.");
    expect(await said(codes[1]!.code)).toContain("This code has expired.");
    expect(await said(WRONG)).toContain("This code is not right. Check it and try again.");
    // Another share's code is as wrong as any.
    expect(await said((await shareWithCode()).code)).toContain("This code is not right.");
    expect((await codesOf(share_id)).map(({ uses }) => uses)).toEqual([0, 0]);
  });

  it("answers what is no form, too", async () => {
    const { share_url } = await shareWithCode();
    const post = (body: string, type: string) =>
      visitor(share_url).fetch(share_url, { method: "POST", body, headers: { "content-type": type } });
    const form = "application/x-www-form-urlencoded";
    expect((await post("code=%E0%A4%A&code=x&code[]=y", form)).status).toBe(400);
    expect((await post('{"code":"x"}', "application/json")).status).toBe(400);
    expect((await post("--x\r\nnot a part", "multipart/form-data; boundary=x")).status).toBe(400);
    expect((await post("no boundary", "multipart/form-data")).status).toBe(400);
    const large = await post(`code=${"x".repeat(5_000)}`, form);
    expect(large.status).toBe(413);
    expect((await readPage(large)).text).toContain("one access code");
  });

  it("asks nobody for a code of a public share, or of one that is over", async () => {
    const { share_id, share_url, code } = await shareWithCode();
    const person = visitor(share_url);
    await client.call(updateShare, { share_id, access: "public" });
    expect((await person.enter(WRONG)).status).toBe(303);
    expect((await person.open()).audio).toHaveLength(1);
    await client.call(updateShare, { share_id, access: "code" });
    expect((await person.open()).audio).toEqual([]);
    await client.call(revokeShare, { share_id });
    expect((await person.enter(code)).status).toBe(410);
    expect(await usesOf(share_id)).toBe(0);
  });

  it("makes an address wait after too many wrong codes, also for the right one and after a restart", async () => {
    const { share_url, code } = await shareWithCode();
    const [guesser, other] = [visitor(share_url), visitor(share_url)];
    expect(await guessUntilRefused(guesser)).toBe(WRONG_CODES_PER_ADDRESS);
    const refused = await guesser.enter(code);
    expect(refused.status).toBe(429);
    const retryAfter = Number(refused.headers.get("retry-after"));
    expect(retryAfter).toBeGreaterThan(14 * 60);
    expect(retryAfter).toBeLessThanOrEqual(15 * 60);
    const page = await readPage(refused);
    expect(page.text).toMatch(/There were too many wrong codes\. Try again in 15 minutes\./);
    expect(page.html).toContain("<form");
    expect((await other.enter(code)).status).toBe(303);

    // Another process on the same data directory, and one that starts anew.
    const second = await startBackend("remote", { dataDir: service.dataDir, env });
    const origin = (await second.client.wait(job, { seconds: 1 })).job as { audio_url?: string };
    const elsewhere = new Visitor(new URL(new URL(share_url).pathname, origin.audio_url).href, guesser.address);
    expect((await elsewhere.enter(code)).status).toBe(429);
    await second.close();

    travel(14 * MINUTE_MS + 30_000);
    const nearly = await guesser.enter(code);
    expect(nearly.status).toBe(429);
    expect(Number(nearly.headers.get("retry-after"))).toBeLessThanOrEqual(30);
    expect((await readPage(nearly)).text).toContain("Try again in a minute.");
    travel(2 * MINUTE_MS);
    expect((await guesser.enter(code)).status).toBe(303);
  });

  it("makes everybody wait when a share is guessed at from many addresses", async () => {
    const [attacked, calm] = [await shareWithCode(), await shareWithCode()];
    const crowd = Array.from({ length: WRONG_CODES_PER_SHARE }, (_, i) => `198.51.${i % 100}.${i}`);
    for (const address of crowd) expect((await new Visitor(attacked.share_url, address).enter(WRONG)).status).toBe(400);
    expect((await visitor(attacked.share_url).enter(WRONG)).status).toBe(429);
    expect((await visitor(attacked.share_url).enter(attacked.code)).status).toBe(429);
    expect((await visitor(calm.share_url).enter(calm.code)).status).toBe(303);
    travel(16 * MINUTE_MS);
    expect((await visitor(attacked.share_url).enter(attacked.code)).status).toBe(303);
  });

  it("counts an IPv6 network as one address, and believes no header of strangers", async () => {
    const { share_url } = await shareWithCode();
    for (let i = 0; i < WRONG_CODES_PER_ADDRESS; i++) {
      expect((await new Visitor(share_url, `2001:db8:1:2:${i}::${i}`).enter(WRONG)).status).toBe(400);
    }
    expect((await new Visitor(share_url, "2001:db8:1:2:ffff::1").enter(WRONG)).status).toBe(429);
    expect((await new Visitor(share_url, "2001:db8:1:3::1").enter(WRONG)).status).toBe(400);
    // What the client itself put before the proxy's entry.
    const spoofed = new Visitor(share_url, "203.0.113.9, 2001:db8:1:2::7");
    expect((await spoofed.enter(WRONG)).status).toBe(429);
  });
});

it.each(BACKENDS)("without trusted proxies, X-Forwarded-For buys no guesses on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { share_url } = await make(service, [await makeJob(service, "One.")]);
  for (let i = 0; i < WRONG_CODES_PER_ADDRESS; i++) {
    expect((await new Visitor(share_url, `192.0.2.${i}`).enter(WRONG)).status).toBe(400);
  }
  expect((await new Visitor(share_url, "192.0.2.99").enter(WRONG)).status).toBe(429);
});
