import { createServer, request, type Server } from "node:http";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { clientAddress } from "../../../src/server/client-address.ts";
import { LoopbackListener } from "../../../src/server/loopback.ts";
import { AudioFiles } from "../../../src/service/audio-files.ts";
import { Links } from "../../../src/service/links.ts";
import { ListenerIdentity } from "../../../src/service/listener-identity.ts";
import { AccessCodeService } from "../../../src/service/shares/access-codes.ts";
import { CodeGuard } from "../../../src/service/shares/code-guard.ts";
import { ShareLinks } from "../../../src/service/shares/share-links.ts";
import { ShareVisits } from "../../../src/service/shares/share-visits.ts";
import { StreamService } from "../../../src/service/streams.ts";
import { openSigner } from "../../../src/store/secrets.ts";
import { jobsWorkbench } from "../../support/jobs.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

type Bench = ReturnType<typeof jobsWorkbench>;

/** A listener on the workbench's data directory, as one process of several would have it. */
async function listener(bench: Bench): Promise<LoopbackListener> {
  const silent = () => {};
  // The database stands already here; in the product the key comes first.
  const signer = await openSigner(bench.folder, path.join(bench.folder, "none"));
  const links = new Links(signer, { audio: () => made.audio(), stream: () => made.stream() });
  const { store, blobs, live } = bench;
  const audioFiles = new AudioFiles({ store, blobs, links });
  const codes = new AccessCodeService(store, signer);
  const shareLinks = new ShareLinks(signer, { audio: () => made.audio(), stream: () => made.stream() });
  const made: LoopbackListener = new LoopbackListener({
    media: { audioFiles, streams: new StreamService({ store, blobs, live }) },
    pages: {
      visits: new ShareVisits({ store, links: shareLinks, codes, guard: new CodeGuard(store), audioFiles }),
      addressOf: clientAddress([]),
    },
    identity: new ListenerIdentity(store, signer),
    log: { error: silent, warn: silent, info: silent, debug: silent },
  });
  open.push(made);
  urls.set(made, links);
  return made;
}
const urls = new WeakMap<LoopbackListener, Links>();

async function finishedJob(bench: Bench, bytes: Uint8Array): Promise<string> {
  const jobId = await bench.submit("Hello.");
  bench.speech.run = async (_, sink) => {
    await sink(bytes);
    return { durationSeconds: 1, patches: [] };
  };
  await bench.work.run((await bench.leases("a").claim())!, new AbortController().signal);
  return jobId;
}

async function occupy(port: number): Promise<Server> {
  const stranger = createServer((_, response) => response.end('{"key":"x","proof":"y"}'));
  await new Promise<void>((resolve) => stranger.listen(port, "127.0.0.1", resolve));
  open.push({ close: () => new Promise((resolve) => stranger.close(resolve)) });
  return stranger;
}

function getWithHost(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => resolve(response.resume().statusCode!))
      .on("error", reject)
      .end();
  });
}

describe("the audio listener", () => {
  it("keeps its port across restarts of one data directory", async () => {
    const bench = jobsWorkbench();
    const first = await listener(bench);
    const origin = await first.audio();
    expect(await first.audio()).toBe(origin);
    expect(await first.stream()).toBe(origin);
    await first.close();
    expect(await (await listener(bench)).audio()).toBe(origin);
  });

  it("shares one port among processes, which serve their streams on ports of their own", async () => {
    const bench = jobsWorkbench();
    const [one, two] = [await listener(bench), await listener(bench)];
    const origin = await one.audio();
    expect(await two.audio()).toBe(origin);
    expect(await one.stream()).toBe(origin);
    expect(await two.stream()).not.toBe(origin);
  });

  it("is taken over when its owner goes", async () => {
    const bench = jobsWorkbench();
    const [one, two] = [await listener(bench), await listener(bench)];
    const origin = await one.audio();
    await two.audio();
    await one.close();
    await vi.waitFor(async () => expect((await fetch(`${origin}/audio/x`)).status).toBe(404), 10_000);
  });

  it("moves away from a stranger on its port, and does not believe it", async () => {
    const bench = jobsWorkbench();
    const first = await listener(bench);
    const origin = await first.audio();
    await first.close();
    await occupy(Number(new URL(origin).port));
    const moved = await (await listener(bench)).audio();
    expect(moved).not.toBe(origin);
    expect(await (await listener(bench)).audio()).toBe(moved);
  });

  it("does not believe a listener of another data directory", async () => {
    const [bench, other] = [jobsWorkbench(), jobsWorkbench()];
    const theirs = await (await listener(other)).audio();
    await bench.store
      .insertInto("settings")
      .values({ name: "listener_port", value: new URL(theirs).port })
      .execute();
    expect(await (await listener(bench)).audio()).not.toBe(theirs);
  });

  it("agrees on one port when many processes start at the same moment", async () => {
    const bench = jobsWorkbench();
    const origins = await Promise.all(Array.from({ length: 6 }, async () => (await listener(bench)).audio()));
    expect(new Set(origins).size).toBe(1);
  });

  it("answers no other Host, sends no CORS header and mounts nothing of REST", async () => {
    const bench = jobsWorkbench();
    const origin = await (await listener(bench)).audio();
    const { port } = new URL(origin);
    expect(await getWithHost(`${origin}/audio/x`, "evil.example")).toBe(421);
    expect(await getWithHost(`${origin}/audio/x`, "127.0.0.1")).toBe(421);
    expect(await getWithHost(`${origin}/audio/x`, `localhost:${port}`)).toBe(404);
    const response = await fetch(`${origin}/api/v1/voices`, { headers: { origin: "https://evil.example" } });
    expect(response.status).toBe(404);
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("a signed audio URL", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

  it("gives the file, parts of it, and its headers, without a key", async () => {
    const bench = jobsWorkbench();
    const jobId = await finishedJob(bench, bytes);
    const { url } = await urls.get(await listener(bench))!.audioUrl(jobId, "wav");
    const whole = await fetch(url, { headers: { authorization: "Bearer left-over" } });
    expect(whole.status).toBe(200);
    expect(whole.headers.get("content-type")).toBe("audio/wav");
    expect(whole.headers.get("content-length")).toBe("1000");
    expect(whole.headers.get("accept-ranges")).toBe("bytes");
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);

    const part = await fetch(url, { headers: { range: "bytes=10-19" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe("bytes 10-19/1000");
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
    const end = await fetch(url, { headers: { range: "bytes=-5" } });
    expect(new Uint8Array(await end.arrayBuffer())).toEqual(bytes.subarray(995));
    expect((await fetch(url, { headers: { range: "bytes=1000-" } })).status).toBe(416);
    expect((await fetch(url, { headers: { range: "bytes=0-1,5-6" } })).status).toBe(200);

    const head = await fetch(url, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("1000");
    const etag = whole.headers.get("etag")!;
    for (const known of [etag, `W/${etag}`, `"other",${etag}`, "*"]) {
      expect((await fetch(url, { headers: { "if-none-match": known } })).status).toBe(304);
    }
    expect((await fetch(url, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    expect((await fetch(url, { headers: { range: "bytes=0-1", "if-range": etag } })).status).toBe(206);
    expect((await fetch(url, { headers: { range: "bytes=0-1", "if-range": '"other"' } })).status).toBe(200);
  });

  it("is refused when forged, cut, for another job, or too old", async () => {
    const bench = jobsWorkbench();
    const jobId = await finishedJob(bench, bytes);
    const other = await finishedJob(bench, bytes);
    const { url } = await urls.get(await listener(bench))!.audioUrl(jobId, "wav");
    const status = async (change: (url: URL) => void) => {
      const changed = new URL(url);
      change(changed);
      return (await fetch(changed)).status;
    };
    expect(await status(() => {})).toBe(200);
    expect(await status((u) => u.searchParams.set("signature", "A".repeat(43)))).toBe(404);
    expect(await status((u) => u.searchParams.set("signature", u.searchParams.get("signature")!.slice(0, -3)))).toBe(
      404,
    );
    expect(await status((u) => u.searchParams.delete("signature"))).toBe(404);
    expect(await status((u) => u.searchParams.set("key", "unknown"))).toBe(404);
    expect(await status((u) => u.searchParams.set("expires", "99999999999"))).toBe(404);
    expect(await status((u) => (u.pathname = `/audio/${other}.wav`))).toBe(404);
    vi.useFakeTimers({ now: Date.now() + 25 * 3_600_000, toFake: ["Date"] });
    try {
      expect(await status(() => {})).toBe(404);
    } finally {
      vi.useRealTimers();
    }
  });

  it("answers 410 when the file is gone", async () => {
    const bench = jobsWorkbench();
    const jobId = await finishedJob(bench, bytes);
    const { url } = await urls.get(await listener(bench))!.audioUrl(jobId, "wav");
    await bench.blobs.remove((await bench.row(jobId)).blob_name!);
    expect((await fetch(url)).status).toBe(410);
  });
});
