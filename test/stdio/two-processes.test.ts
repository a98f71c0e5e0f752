import { readFileSync } from "node:fs";
import { createServer, request as httpRequest, type Server } from "node:http";
import { connect as connectSocket } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { eventually, type Home, newHome, type Program, startProgram } from "../support/program.ts";
import { inStore, jobRows } from "../support/rows.ts";

const root = temporaryFolder();

const portOf = (url: string) => Number(new URL(url).port);
const bytesOf = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());

async function end(program: Program): Promise<void> {
  program.endInput();
  expect((await program.exit).code).toBe(0);
}

/** Two servers on one data folder, the first of which has spoken and so has the port for audio. */
async function twoServers(home: Home = newHome(root)) {
  const first = await startProgram(home);
  const one = await first.ok("generate_speech", { text: "I am the first." });
  const second = await startProgram(home);
  const two = await second.ok("generate_speech", { text: "I am the second." });
  return { home, first, second, one, two };
}

/** A plain HTTP request with headers that fetch does not let through. */
function ask(url: string, headers: Record<string, string>, method = "GET") {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      let body = "";
      response.setEncoding("latin1").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    request.on("error", reject).end();
  });
}

describe("two servers on one data folder", { timeout: 120_000 }, () => {
  it("speak at the same moment, each its own jobs, and each sees all of them", async () => {
    const home = newHome(root);
    // Both start at once on a folder that does not exist: key, database and port are made by one of them.
    const programs = await Promise.all([startProgram(home), startProgram(home)]);
    const jobs = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((i) => programs[i % 2]!.ok("generate_speech", { text: `This is number ${i}.` })),
    );
    expect(new Set(jobs.map(({ job_id }) => job_id)).size).toBe(6);
    expect(new Set(jobs.map(({ audio_url }) => portOf(audio_url))).size).toBe(1);
    for (const program of programs) {
      for (const { job_id, file_path, bytes } of jobs) {
        const job = await program.completed(job_id);
        expect(job).toMatchObject({ job_id, file_path, bytes });
        const audio = await bytesOf(job.audio_url);
        expect(audio.equals(readFileSync(file_path))).toBe(true);
      }
    }
    const rows = await jobRows(home);
    expect(rows.map(({ status, attempt }) => [status, attempt])).toEqual(rows.map(() => ["completed", 1]));
  });

  it("give the first job back for a key that the other one got, even at the same moment", async () => {
    const { home, first, second } = await twoServers();
    const request = { text: "Only one of us makes it.", idempotency_key: "shared" };
    const answers = await Promise.all(
      [first, second, first, second].map((program) => program.ok("generate_speech", request)),
    );
    expect(new Set(answers.map(({ job_id }) => job_id)).size).toBe(1);
    expect((await jobRows(home)).filter((row) => row.job_id === answers[0].job_id)).toHaveLength(1);
    expect(await jobRows(home)).toHaveLength(3);
  });

  it("share one port for audio, and play streams each on its own", async () => {
    const { first, second, one, two } = await twoServers();
    expect(portOf(two.audio_url)).toBe(portOf(one.audio_url));
    const text = "This is a stream of the second one, while the first one has the port.";
    const streams = await Promise.all(
      [first, second].map((program) => program.ok("generate_speech", { text, delivery_mode: "stream" })),
    );
    expect(portOf(streams[0].stream_url)).toBe(portOf(one.audio_url));
    expect(portOf(streams[1].stream_url)).not.toBe(portOf(one.audio_url));
    for (const [i, program] of [first, second].entries()) {
      const streamed = await bytesOf(streams[i].stream_url);
      const job = await program.completed(streams[i].job_id);
      expect(streamed.equals(readFileSync(job.file_path))).toBe(true);
      expect((await decode(streamed, "audio/ogg")).seconds).toBeGreaterThan(1);
    }
  });

  it("lose no URL when the one that has the port is killed: the other takes it over", async () => {
    const { first, second, one, two } = await twoServers();
    const audio = await bytesOf(one.audio_url);
    await first.kill();
    const again = await eventually("the takeover", () => bytesOf(one.audio_url).catch(() => undefined));
    expect(again.equals(audio)).toBe(true);
    expect((await fetch(two.audio_url)).status).toBe(200);
    const third = await second.ok("generate_speech", { text: "Still the same port." });
    expect(portOf(third.audio_url)).toBe(portOf(one.audio_url));
  });

  it("leave the other one the port when the first ends in order", async () => {
    const { first, one } = await twoServers();
    await end(first);
    expect(await eventually("the takeover", () => bytesOf(one.audio_url).catch(() => undefined))).not.toHaveLength(0);
  });

  it("finish a killed one's job without waiting for its lease", async () => {
    const { home, first, second } = await twoServers();
    const sentence = "A job that was begun by one and is finished by the other. ";
    const { job_id } = await first.ok("generate_speech", { text: sentence.repeat(45), wait_seconds: 0 });
    await eventually("the job's begin", async () =>
      (await jobRows(home)).some((row) => row.job_id === job_id && row.status === "processing"),
    );
    await first.kill();
    const job = await second.completed(job_id);
    expect(readFileSync(job.file_path).length).toBe(job.bytes);
  });
});

describe("the listener for audio", { timeout: 120_000 }, () => {
  it("keep a share's page open when the one that made it goes, though the other was never asked for anything", async () => {
    const home = newHome(root);
    const first = await startProgram(home);
    const { job_id } = await first.ok("generate_speech", { text: "I shall be shared." });
    const idle = await startProgram(home);
    const { share_url } = await first.ok("create_share", { job_ids: [job_id], title: "Open" });
    expect((await fetch(share_url)).status).toBe(200);
    await end(first);
    const page = await eventually("the page", async () => {
      const response = await fetch(share_url).catch(() => undefined);
      return response?.status === 200 && response.text();
    });
    expect(page).toContain("<h1>Open</h1>");
    await end(idle);
  });

  it("keeps its port over restarts, so that URLs in a chat stay good", async () => {
    const home = newHome(root);
    const first = await startProgram(home);
    const one = await first.ok("generate_speech", { text: "Listen to me later." });
    await end(first);
    await expect(fetch(one.audio_url)).rejects.toThrow();
    const second = await startProgram(home);
    const link = await second.ok("get_audio_link", { job_id: one.job_id });
    expect(portOf(link.audio_url)).toBe(portOf(one.audio_url));
    expect((await fetch(one.audio_url)).status).toBe(200);
  });

  it("takes another port when a stranger has its own, and trusts no stranger that answers", async () => {
    const home = newHome(root);
    const first = await startProgram(home);
    const one = await first.ok("generate_speech", { text: "Who is there?" });
    await end(first);
    const asked: string[] = [];
    const stranger: Server = createServer((request, response) => {
      asked.push(request.url!);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ key: "abc", proof: "A".repeat(43) }));
    });
    await new Promise<void>((resolve) => stranger.listen(portOf(one.audio_url), "127.0.0.1", resolve));
    try {
      const second = await startProgram(home);
      const link = await second.ok("get_audio_link", { job_id: one.job_id });
      expect(portOf(link.audio_url)).not.toBe(portOf(one.audio_url));
      expect((await bytesOf(link.audio_url)).length).toBe(one.bytes);
      expect(asked.some((url) => url.includes("nonce="))).toBe(true);
      expect(asked.join(" ")).not.toContain("signature");
      const saved = await inStore(home, (store) =>
        store.selectFrom("settings").select("value").where("name", "=", "listener_port").executeTakeFirst(),
      );
      expect(Number(saved!.value)).toBe(portOf(link.audio_url));
    } finally {
      stranger.closeAllConnections();
      await new Promise((resolve) => stranger.close(resolve));
    }
  });

  describe("towards the web", () => {
    let program: Program;
    // biome-ignore lint/suspicious/noExplicitAny: a tool's answer
    let job: any;
    beforeAll(async () => {
      program = await startProgram(newHome(root), { keep: true });
      job = await program.ok("generate_speech", { text: "Hello world!" });
    });

    it("answers no Host but its own, so that no web page reaches it by a name of its own", async () => {
      const port = portOf(job.audio_url);
      for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`]) {
        const { status, body } = await ask(job.audio_url, { host });
        expect([host, status]).toEqual([host, 421]);
        expect(JSON.parse(body).error.code).toBe("MISDIRECTED_REQUEST");
      }
      expect((await ask(job.audio_url, { host: `localhost:${port}` })).status).toBe(200);
    });

    it("allows no other origin, in answers and in preflights", async () => {
      const origin = "https://evil.example";
      const answers = [
        await ask(job.audio_url, { origin }),
        await ask(job.audio_url, { origin, "access-control-request-method": "GET" }, "OPTIONS"),
      ];
      for (const { headers } of answers) {
        expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
      expect(answers[0]!.headers["x-content-type-options"]).toBe("nosniff");
      expect(answers[0]!.headers["referrer-policy"]).toBe("no-referrer");
    });

    it("serves nothing but audio and streams", async () => {
      const { origin } = new URL(job.audio_url);
      for (const place of ["/", "/api/v1/voices", "/api/v1/tts", "/audio/", "/audio/../../etc/passwd", "/mcp"]) {
        expect([place, (await fetch(origin + place)).status]).toEqual([place, 404]);
      }
    });

    it("knows no signature that is forged, cut, over, or another job's", async () => {
      const other = await program.ok("generate_speech", { text: "Another one." });
      const change = (changes: Record<string, string | undefined>) => {
        const url = new URL(job.audio_url);
        for (const [name, value] of Object.entries(changes)) {
          if (value === undefined) url.searchParams.delete(name);
          else url.searchParams.set(name, value);
        }
        return url.href;
      };
      const { searchParams } = new URL(job.audio_url);
      const signature = searchParams.get("signature")!;
      const expires = Number(searchParams.get("expires"));
      const urls = [
        change({ signature: undefined }),
        change({ signature: "" }),
        change({ signature: signature.slice(0, -2) }),
        change({ signature: (signature[0] === "A" ? "B" : "A") + signature.slice(1) }),
        change({ signature: new URL(other.audio_url).searchParams.get("signature")! }),
        change({ expires: String(expires + 1) }),
        change({ expires: String(Math.floor(Date.now() / 1000) - 1) }),
        change({ expires: `${expires}.0` }),
        change({ expires: "1e99" }),
        change({ key: "nokey" }),
        change({ key: undefined }),
        job.audio_url.replace(job.job_id, other.job_id),
      ];
      for (const url of urls) expect([url, (await fetch(url)).status]).toEqual([url, 404]);
      expect((await fetch(job.audio_url)).status).toBe(200);
    });

    it("answers HEAD, ranges and what is known already", async () => {
      const whole = await fetch(job.audio_url);
      const bytes = Buffer.from(await whole.arrayBuffer());
      const etag = whole.headers.get("etag")!;
      expect(whole.headers.get("content-length")).toBe(String(job.bytes));
      expect(whole.headers.get("accept-ranges")).toBe("bytes");

      const head = await fetch(job.audio_url, { method: "HEAD" });
      expect([head.status, head.headers.get("content-length"), head.headers.get("etag")]).toEqual([
        200,
        String(job.bytes),
        etag,
      ]);
      expect((await head.arrayBuffer()).byteLength).toBe(0);

      const part = async (range: string, more: Record<string, string> = {}) => {
        const response = await fetch(job.audio_url, { headers: { range, ...more } });
        const body = Buffer.from(await response.arrayBuffer());
        return [response.status, response.headers.get("content-range"), body.toString("hex")];
      };
      const slice = (from: number, to: number) => bytes.subarray(from, to).toString("hex");
      const size = job.bytes;
      expect(await part("bytes=0-9")).toEqual([206, `bytes 0-9/${size}`, slice(0, 10)]);
      expect(await part("bytes=100-")).toEqual([206, `bytes 100-${size - 1}/${size}`, slice(100, size)]);
      expect(await part("bytes=-7")).toEqual([206, `bytes ${size - 7}-${size - 1}/${size}`, slice(size - 7, size)]);
      expect((await part(`bytes=${size}-`)).slice(0, 2)).toEqual([416, `bytes */${size}`]);
      expect((await part("bytes=0-9", { "if-range": '"another"' }))[0]).toBe(200);
      expect((await part("bytes=0-9", { "if-range": etag }))[0]).toBe(206);

      const known = await fetch(job.audio_url, { headers: { "if-none-match": etag } });
      expect([known.status, (await known.arrayBuffer()).byteLength]).toEqual([304, 0]);
    });

    it("outlives a client that sends no HTTP at all", async () => {
      await new Promise<void>((resolve, reject) => {
        const socket = connectSocket(portOf(job.audio_url), "127.0.0.1", () =>
          socket.end("\u0000\u0001 nonsense\r\n\r\n"),
        );
        socket.on("error", reject).on("close", () => resolve());
        socket.resume();
      });
      expect((await fetch(job.audio_url)).status).toBe(200);
    });
  });
});
