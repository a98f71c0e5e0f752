import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { Agent } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { discard, download } from "../../../src/models/download.ts";
import { Http, mayFollow } from "../../../src/models/http.ts";
import { TEST_CERTIFICATE } from "../../support/certificate.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { type ModelServer, type Served, startModelServer } from "../../support/model-server.ts";

const root = temporaryFolder();
const BODY = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7 + (i >> 9)) % 256));

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(served: Served, options?: { tls?: boolean }): Promise<ModelServer> {
  const server = await startModelServer({ "a.tar": { body: BODY, ...served } }, options);
  closing.push(server.close);
  return server;
}

interface Options {
  file?: string;
  http?: Http;
  maxBytes?: number;
  signal?: AbortSignal;
  room?: (missing: number, total: number) => Promise<void>;
}

async function fetchFrom(server: ModelServer, options: Options = {}) {
  const http = options.http ?? new Http({ silenceMs: 400 });
  closing.push(() => http.close());
  const file = options.file ?? path.join(mkdtempSync(path.join(root, "d-")), "a.part");
  const told: number[] = [];
  await download(http, {
    url: `${server.url}/a.tar`,
    file,
    maxBytes: options.maxBytes ?? 1_000_000,
    pauseMs: 5,
    signal: options.signal ?? new AbortController().signal,
    onBytes: (done) => {
      told.push(done);
      server.received = done;
    },
    requireRoom: options.room ?? (async () => {}),
  });
  return { bytes: readFileSync(file), told, file };
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("it worked"),
    (error) => error,
  );

describe("a download", () => {
  it("gives the bytes, and tells how far it is", async () => {
    const server = await serve({ etag: '"1"' });
    const { bytes, told } = await fetchFrom(server);
    expect(bytes.equals(BODY)).toBe(true);
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(BODY.length);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, Served]>([
    ["ETag", { etag: '"1"' }],
    ["Last-Modified", { lastModified: "Sat, 03 Jan 2026 10:00:00 GMT" }],
    ["weak ETag and Last-Modified", { etag: 'W/"1"', lastModified: "Sat, 03 Jan 2026 10:00:00 GMT" }],
  ])("goes on where the connection broke, by %s, and fetches no byte twice", async (_name, served) => {
    const server = await serve({ ...served, breakAfter: 150_000, breaks: 2 });
    const { bytes } = await fetchFrom(server);
    expect(bytes.equals(BODY)).toBe(true);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[1]!.headers).toMatchObject({
      range: "bytes=150000-",
      "if-range": server.requests[2]!.headers["if-range"],
    });
    expect(server.requests.reduce((sum, { sent }) => sum + sent, 0)).toBe(BODY.length);
  });

  it("goes on in another process's place", async () => {
    const server = await serve({ etag: '"1"', breakAfter: 100_000, breaks: 99 });
    const file = path.join(mkdtempSync(path.join(root, "d-")), "a.part");
    const stop = new AbortController();
    const stopped = fetchFrom(server, { file, signal: stop.signal, http: new Http() });
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error("Ctrl-C"));
    await expect(stopped).rejects.toThrow("Ctrl-C");
    const kept = readFileSync(file);
    expect(kept.length).toBeGreaterThanOrEqual(100_000);
    expect(kept.equals(BODY.subarray(0, kept.length))).toBe(true);

    server.files["a.tar"]!.breaks = 0;
    const before = server.requests.length;
    expect((await fetchFrom(server, { file })).bytes.equals(BODY)).toBe(true);
    expect(server.requests[before]!.headers.range).toBe(`bytes=${kept.length}-`);
    // Whole, it is not asked for again.
    const asked = server.requests.length;
    await fetchFrom(server, { file });
    expect(server.requests).toHaveLength(asked);
    await discard(file);
    expect([existsSync(file), existsSync(`${file}.json`)]).toEqual([false, false]);
  });

  it("begins anew when the file has changed meanwhile", async () => {
    const server = await serve({ etag: '"1"', breakAfter: 100_000, breaks: 99 });
    const file = path.join(mkdtempSync(path.join(root, "d-")), "a.part");
    const stop = new AbortController();
    const stopped = failure(fetchFrom(server, { file, signal: stop.signal, http: new Http() }));
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error("Ctrl-C"));
    await stopped;
    const other = Buffer.from(BODY.map((byte) => 255 - byte));
    server.files["a.tar"] = { body: other, etag: '"2"' };
    expect((await fetchFrom(server, { file })).bytes.equals(other)).toBe(true);
  });

  it.each<[string, Served]>([
    ["ignores ranges", { etag: '"1"', ignoresRange: true }],
    ["names no version of its file", {}],
  ])("begins anew with a server that %s", async (_name, served) => {
    const server = await serve({ ...served, breakAfter: 150_000 });
    expect((await fetchFrom(server)).bytes.equals(BODY)).toBe(true);
    expect(server.requests).toHaveLength(2);
  });

  it("takes a file of unknown length", async () => {
    const server = await serve({ chunked: true });
    expect((await fetchFrom(server)).bytes.equals(BODY)).toBe(true);
  });

  it("gives up a server that has gone silent, and keeps what came", async () => {
    const server = await serve({ etag: '"1"', stallAfter: 50_000, ignoresRange: true });
    const file = path.join(mkdtempSync(path.join(root, "d-")), "a.part");
    const error = await failure(fetchFrom(server, { file, http: new Http({ silenceMs: 100 }) }));
    expect([error.code, error.hint]).toEqual(["TIMEOUT", expect.stringContaining("is kept")]);
    expect(readFileSync(file).length).toBeGreaterThanOrEqual(50_000);
  });

  it("refuses what is too big, by what the server says and by what it sends", async () => {
    const told = await serve({});
    expect(await failure(fetchFrom(told, { maxBytes: 399_999 }))).toMatchObject({ code: "INVALID_INPUT" });
    const untold = await serve({ chunked: true });
    expect(await failure(fetchFrom(untold, { maxBytes: 399_999 }))).toMatchObject({ code: "INVALID_INPUT" });
  });

  it("asks for room before it takes bytes", async () => {
    const server = await serve({ etag: '"1"' });
    const file = path.join(mkdtempSync(path.join(root, "d-")), "a.part");
    const full = new Error("no room");
    const error = await failure(fetchFrom(server, { file, room: async () => Promise.reject(full) }));
    expect(error).toBe(full);
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    [404, "NOT_FOUND", 1],
    [403, "PROVIDER_ERROR", 1],
    [503, "UNAVAILABLE", 4],
  ])("of status %i is %s, after %i tries", async (status, code, tries) => {
    const server = await serve({ status });
    const error = await failure(fetchFrom(server));
    expect([error.code, server.requests.length]).toEqual([code, tries]);
    expect(error.hint).toContain("AITTSM_MODEL_BASE_URL");
  });

  it("says that nobody answers", async () => {
    const server = await serve({});
    await server.close();
    expect(await failure(fetchFrom(server))).toMatchObject({
      code: "NETWORK_ERROR",
      hint: expect.stringContaining("--from"),
    });
  });
});

describe("redirects", () => {
  it("are followed on this machine", async () => {
    const target = await serve({});
    const server = await serve({ redirect: `${target.url}/a.tar` });
    expect((await fetchFrom(server)).bytes.equals(BODY)).toBe(true);
  });

  it("to http elsewhere are refused, also from https", async () => {
    const http = new Http({
      dispatcher: new Agent({ connect: { ca: TEST_CERTIFICATE, servername: "hooks.example.com" } }),
    });
    for (const tls of [false, true]) {
      const server = await serve({ redirect: "http://192.0.2.1/a.tar" }, { tls });
      const error = await failure(fetchFrom(server, { http }));
      expect([error.code, error.message]).toEqual(["PROVIDER_ERROR", expect.stringContaining("http://192.0.2.1")]);
      expect(server.requests).toHaveLength(1);
    }
  });

  it("without end are refused", async () => {
    const server = await serve({ redirect: "/a.tar" });
    expect(await failure(fetchFrom(server))).toMatchObject({ code: "PROVIDER_ERROR" });
    expect(server.requests.length).toBeLessThan(10);
  });

  it.each([
    ["https://a.example/x", "https://b.example/y", true],
    ["https://a.example/x", "http://a.example/y", false],
    ["https://a.example/x", "http://127.0.0.1/y", false],
    ["https://a.example/x", "file:///etc/passwd", false],
    ["https://a.example/x", "https://user:secret@b.example/y", false],
    ["http://127.0.0.1:8000/x", "http://localhost:9000/y", true],
    ["http://127.0.0.1:8000/x", "http://127.0.0.1.example/y", false],
    ["http://127.0.0.1:8000/x", "https://b.example/y", true],
  ])("from %s to %s: %s", (from, to, follows) => {
    expect(mayFollow(new URL(from), new URL(to))).toBe(follows);
  });
});

describe("https", () => {
  it("is checked: a certificate that nobody vouches for is refused", async () => {
    const server = await serve({}, { tls: true });
    expect(await failure(fetchFrom(server))).toMatchObject({ code: "NETWORK_ERROR" });
    expect(server.requests).toHaveLength(0);
    const trusting = new Agent({ connect: { ca: TEST_CERTIFICATE, servername: "hooks.example.com" } });
    expect((await fetchFrom(server, { http: new Http({ dispatcher: trusting }) })).bytes.equals(BODY)).toBe(true);
  });
});
