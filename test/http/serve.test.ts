import { request } from "node:http";
import { sql } from "kysely";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { contract } from "../../src/contract/index.ts";
import { setBalance } from "../../src/service/accounts.ts";
import { jsonOf, startBackend } from "../support/backends.ts";
import { startServer, type TestServer } from "../support/serve.ts";

let server: TestServer;
let key: string;
beforeAll(async () => {
  server = await startServer();
  ({ key } = await server.key());
});
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers: { authorization: `Bearer ${key}`, ...headers } });

/** With headers that fetch does not let a caller choose, such as Host. */
const statusOf = (url: string, headers: Record<string, string>) =>
  new Promise<number>((resolve, reject) => {
    const sent = request(url, { headers }, (response) => resolve(response.resume().statusCode!));
    sent.on("error", reject).end();
  });

describe("health", () => {
  it("answers without a key: alive, ready, and the metrics for this machine", async () => {
    expect(await jsonOf(await fetch(`${server.url}/healthz`))).toEqual({ status: "ok" });
    expect(await jsonOf(await fetch(`${server.url}/readyz`))).toEqual({ status: "ready" });
    await get("/api/v1/tts/nothing-with-this-id");
    const metrics = await fetch(`${server.url}/metrics`);
    expect(metrics.headers.get("content-type")).toContain("text/plain");
    const text = await metrics.text();
    expect(text).toContain('aittsm_http_requests_total{method="GET",route="/api/v1/tts/:job_id",status="404"} 1');
    expect(text).toContain("process_resident_memory_bytes");
    // Labels are templates: no id, no token.
    expect(text).not.toContain("nothing-with-this-id");
  });

  it("keeps the metrics from other machines unless they have the token", async () => {
    const forwarded = { "x-forwarded-for": "203.0.113.9" };
    for (const [name, value] of [
      ["x-forwarded-for", "203.0.113.9"],
      ["forwarded", "for=203.0.113.9"],
      ["x-real-ip", "203.0.113.9"],
      ["x-forwarded-host", "tts.example.com"],
      ["x-forwarded-proto", "https"],
      ["via", "1.1 proxy"],
      // A page of evil.example whose name leads to this machine by now (DNS rebinding).
      ["host", "evil.example"],
    ] as const) {
      expect([name, await statusOf(`${server.url}/metrics`, { [name]: value })]).toEqual([name, 404]);
    }
    expect(await statusOf(`${server.url}/metrics`, { host: "localhost:8290" })).toBe(200);
    const open = await startServer({ AITTSM_METRICS_TOKEN: "let-me-in" });
    const ask = (authorization: string) =>
      fetch(`${open.url}/metrics`, { headers: { ...forwarded, authorization } }).then(({ status }) => status);
    expect(await ask("Bearer let-me-in")).toBe(200);
    expect(await ask("Bearer let-me-out")).toBe(404);
    expect(await ask("")).toBe(404);
    await open.close();
  });

  it("is not ready when the database can't be used", async () => {
    const broken = await startServer();
    await broken.store.destroy();
    const response = await fetch(`${broken.url}/readyz`);
    expect(response.status).toBe(503);
    expect((await jsonOf(response)).error.code).toBe("UNAVAILABLE");
    expect((await fetch(`${broken.url}/healthz`)).status).toBe(200);
  });
});

describe("API keys", () => {
  it("work at once, until they are revoked or expire", async () => {
    const made = await server.key({ expiresInDays: 1 });
    const client = server.client(made.key);
    await client.call(contract.listVoices, {});
    vi.useFakeTimers({ now: Date.now() + 25 * 3_600_000, toFake: ["Date"] });
    try {
      await expect(client.call(contract.listVoices, {})).rejects.toMatchObject({ code: "INVALID_API_KEY" });
    } finally {
      vi.useRealTimers();
    }
    await client.call(contract.listVoices, {});
    await server.keys.revoke(made.keyId);
    await expect(client.call(contract.listVoices, {})).rejects.toMatchObject({ code: "INVALID_API_KEY" });
    const states = (await server.keys.list()).filter(({ keyId }) => keyId === made.keyId);
    expect(states).toMatchObject([{ state: "revoked", account: "local", lastUsedAt: expect.any(String) }]);
  });

  it("are not in the database", async () => {
    const rows = await server.store.selectFrom("api_keys").selectAll().execute();
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(key.slice(4));
    expect(key).toMatch(/^tts_[\w-]{43}$/);
  });
});

describe("what serve has answered", () => {
  it("survives a loss of power, and what the embedded service has answered a crash of the process", async () => {
    const syncOf = async (store: TestServer["store"]) =>
      (await sql<{ synchronous: number }>`pragma synchronous`.execute(store)).rows[0]!.synchronous;
    const embedded = await startBackend("embedded");
    // SQLite's FULL and NORMAL.
    expect([await syncOf(server.store), await syncOf(embedded.backend.store)]).toEqual([2, 1]);
    await embedded.close();
  });
});

describe("an account with a balance", () => {
  it("is charged once a job, refused with 402 when it has too little, and sees what is left", async () => {
    const { key: poor } = await server.key({ account: "poor" });
    await setBalance(server.store, "poor", 20);
    const client = server.client(poor);
    await client.submit({ text: "Twelve chars" });
    expect((await client.call(contract.getUsage, {})).data).toMatchObject({ credit_balance: 8, unlimited: false });
    await expect(client.submit({ text: "Twelve chars" })).rejects.toMatchObject({
      code: "INSUFFICIENT_CREDITS",
      details: { needed: 12, balance: 8 },
    });
    expect((await client.call(contract.getUsage, {})).data).toMatchObject({ credit_balance: 8, jobs: 1 });
    await setBalance(server.store, "poor", "unlimited");
    await client.submit({ text: "Twelve chars" });
  });

  it("is never overdrawn by submits that come at the same moment", async () => {
    const { key: few } = await server.key({ account: "few" });
    await setBalance(server.store, "few", 65);
    const client = server.client(few);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => client.submit({ text: `Number ${i % 10}.` })),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? outcome.reason.code : []));
    // Nine characters each: seven times for 65.
    expect(refused).toEqual(Array(13).fill("INSUFFICIENT_CREDITS"));
    expect((await client.call(contract.getUsage, {})).data).toMatchObject({ credit_balance: 2, jobs: 7 });
  });
});

describe("the redirect to a job's audio", () => {
  it("leads to a URL without the key, that is good for a day, for whole and parts", async () => {
    const client = server.client(key);
    const { answer } = await client.submit({ text: "Follow me.", output_format: "ogg_opus" });
    const { job } = await client.wait(answer.job_id, { seconds: 30 });
    const redirect = await fetch(server.url + job.audio_endpoint, {
      headers: { authorization: `Bearer ${key}` },
      redirect: "manual",
    });
    expect(redirect.status).toBe(302);
    const url = redirect.headers.get("location")!;
    expect(url.startsWith(`${server.url}/audio/${answer.job_id}.ogg?`)).toBe(true);
    expect(url).not.toContain(key.slice(4));
    const whole = await fetch(url);
    expect(whole.headers.get("content-type")).toBe("audio/ogg");
    expect(whole.headers.get("content-disposition")).toMatch(/^inline; filename="[\w-]+\.ogg"$/);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(bytes.length).toBe(job.bytes);
    // A client that follows redirects brings whatever key it has along.
    for (const authorization of [`Bearer ${key}`, "Bearer tts_wrong"]) {
      expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
    }
    const part = await fetch(url, { headers: { range: "bytes=100-199" } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
    const etag = head.headers.get("etag")!;
    expect((await fetch(url, { headers: { "if-none-match": etag } })).status).toBe(304);
    const now = Date.now();
    try {
      vi.useFakeTimers({ now: now + 24 * 3_600_000 - 30_000, toFake: ["Date"] });
      expect((await fetch(url)).status).toBe(200);
      vi.useFakeTimers({ now: now + 24 * 3_600_000 + 1_000, toFake: ["Date"] });
      expect((await fetch(url)).status).toBe(404);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("limits", () => {
  it("say what is left of the minute, and refuse past it with Retry-After", async () => {
    const small = await startServer({ AITTSM_RATE_LIMIT_PER_MINUTE: "3" });
    const [one, two] = [(await small.key()).key, (await small.key()).key];
    const call = (apiKey: string) =>
      fetch(`${small.url}/api/v1/voices`, { headers: { authorization: `Bearer ${apiKey}` } });
    for (const left of ["2", "1", "0"]) {
      const response = await call(one);
      expect(response.status).toBe(200);
      expect(response.headers.get("x-ratelimit-limit")).toBe("3");
      expect(response.headers.get("x-ratelimit-remaining")).toBe(left);
      expect(Number(response.headers.get("x-ratelimit-reset"))).toBeGreaterThan(0);
    }
    const refused = await call(one);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
    expect((await jsonOf(refused)).error).toMatchObject({ code: "RATE_LIMITED", retry_after_ms: expect.any(Number) });
    // Another key has a minute of its own; no key costs nobody anything.
    expect((await call(two)).status).toBe(200);
    expect((await call("tts_wrong")).status).toBe(401);
    await small.close();
  });

  it("turn requests away while too many are at work, and take them again afterwards", async () => {
    const small = await startServer({ AITTSM_MAX_CONCURRENT_REQUESTS: "2" });
    const client = small.client((await small.key()).key);
    const { answer } = await client.submit({ text: "word ".repeat(20_000) });
    const waits = [1, 2].map(() => client.wait(answer.job_id, { seconds: 2 }));
    await vi.waitFor(async () => {
      const response = await fetch(`${small.url}/api/v1/voices`);
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
      expect((await jsonOf(response)).error.code).toBe("UNAVAILABLE");
    });
    expect((await fetch(`${small.url}/healthz`)).status).toBe(200);
    await Promise.all(waits);
    expect((await fetch(`${small.url}/api/v1/voices`)).status).toBe(401);
    await small.close();
  });

  it("refuse a body of more than 2 MB, with and without its length said", async () => {
    const body = JSON.stringify({ text: "x".repeat(2_200_000) });
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const whole = await fetch(`${server.url}/api/v1/tts`, { method: "POST", headers, body });
    expect(whole.status).toBe(413);
    expect((await jsonOf(whole)).error).toMatchObject({ code: "PAYLOAD_TOO_LARGE", hint: expect.any(String) });
    const chunked = await new Promise<number>((resolve, reject) => {
      const sent = request(`${server.url}/api/v1/tts`, { method: "POST", headers }, (response) =>
        resolve(response.resume().statusCode!),
      );
      sent.on("error", reject);
      for (let at = 0; at < body.length; at += 100_000) sent.write(body.slice(at, at + 100_000));
      sent.end();
    });
    expect(chunked).toBe(413);
  });
});

describe("an unknown route", () => {
  it("is NOT_FOUND over HTTP, and an operation that this server lacks for its client", async () => {
    const response = await get("/api/v1/songs");
    expect(response.status).toBe(404);
    expect((await jsonOf(response)).error).toMatchObject({ code: "NOT_FOUND", request_id: expect.any(String) });
    const lacking = { ...contract.getShare, path: "/songs/{share_id}" as const };
    await expect(server.client(key).call(lacking, { share_id: "a" })).rejects.toMatchObject({
      code: "NOT_SUPPORTED_BY_SERVER",
      hint: expect.stringContaining("AITTSM_BASE_URL"),
    });
  });
});

describe("a public address", () => {
  it("is in every URL that is handed out", async () => {
    const behind = await startServer({ AITTSM_PUBLIC_URL: "https://tts.example.com/" });
    const client = behind.client((await behind.key()).key);
    const { answer } = await client.submit({ text: "Hello.", delivery_mode: "stream" });
    expect(answer.stream_url).toMatch(/^https:\/\/tts\.example\.com\/stream\//);
    const { job } = await client.wait(answer.job_id, { seconds: 20 });
    expect(job.audio_url).toMatch(/^https:\/\/tts\.example\.com\/audio\//);
    const { data } = await client.call(contract.createShare, { job_ids: [answer.job_id] });
    expect(data.share_url).toMatch(/^https:\/\/tts\.example\.com\/s\//);
    expect(data.warnings).toBeUndefined();
    await behind.close();
  });
});
