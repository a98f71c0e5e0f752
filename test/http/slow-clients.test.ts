import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { listen } from "../../src/server/listen.ts";
import { startServer } from "../support/serve.ts";

/** Ten stalled readers of so much audio each would hold ten times as much, were it kept for them. */
const READERS = 10;
const MIB = 1024 * 1024;

/** A connection that has asked for something and reads nothing. */
async function ask(url: string): Promise<Socket> {
  const { hostname, port, pathname, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.pause();
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return socket;
}

it("a stream whose reader stalls costs no memory, and its job is finished all the same", async () => {
  const server = await startServer();
  const client = server.client((await server.key()).key);
  const text = "The boat came slowly round the bend of the river. ".repeat(60);
  // The quickest voice, at the rate with the most bytes: the readers are tried here, and not the machine.
  const how = { voice_id: "flite:en-US-Diphone-Kal", output_format: "wav", sample_rate_hertz: 48_000 } as const;
  const before = process.memoryUsage();
  const sockets: Socket[] = [];
  const jobs: string[] = [];
  for (let i = 0; i < READERS; i++) {
    const { answer } = await client.submit({ text, delivery_mode: "stream", ...how });
    sockets.push(await ask(answer.stream_url!));
    jobs.push(answer.job_id);
  }
  let bytes = 0;
  for (const job of jobs) bytes += (await client.wait(job, { seconds: 50 })).job.bytes!;
  expect(bytes).toBeGreaterThan(READERS * 5 * MIB);
  const after = process.memoryUsage();
  expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(bytes / 2);

  // The stalled one gets everything when it goes on.
  const [first, ...others] = sockets;
  for (const socket of others) socket.destroy();
  let read = 0;
  first!.on("data", (chunk) => (read += chunk.length));
  first!.resume();
  await once(first!, "end");
  expect(read).toBeGreaterThan((bytes / READERS) * 0.99);
  await server.close();
});

it("a client that never ends its headers, or its body, is let go", async () => {
  const app = new Hono().post("/", async (c) => c.text(await c.req.text()));
  const timeouts = { headersMs: 200, requestMs: 400, checkMs: 50 };
  const listener = await listen(app, { host: "127.0.0.1", port: 0, timeouts });
  for (const beginning of [
    "GET / HTTP/1.1\r\nHost: x\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
  ]) {
    const socket = connect(listener.port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8").on("data", (text) => (answer += text));
    socket.write(beginning);
    await once(socket, "close");
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  }
  await listener.close(100);
});
