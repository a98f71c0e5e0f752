import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { serveMcpStdio } from "../../../src/mcp/stdio.ts";
import { FakeService } from "../client/fake-service.ts";
import { optionsFor } from "./connect.ts";

interface Message {
  id?: string | number | null;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** A server on streams of this test, and what it has written. */
function start(service = new FakeService(), graceMs = 800) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const logged: string[] = [];
  const server = serveMcpStdio({ ...optionsFor(service), stdin, stdout, graceMs, log: (line) => logged.push(line) });
  let text = "";
  const waiting: (() => void)[] = [];
  stdout.on("data", (chunk) => {
    text += chunk;
    for (const wake of waiting.splice(0)) wake();
  });
  const messages = () =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Message);
  /** Waits until something that fits was written. */
  async function until(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = messages().find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
  const say = (message: unknown) => stdin.write(`${JSON.stringify(message)}\n`);
  return { stdin, stdout, server, logged, messages, until, say, service };
}

const initialize = (id: number) => ({
  jsonrpc: "2.0",
  id,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
});
const ask = (id: number, name: string, args: object = {}) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, arguments: args },
});
const ping = (id: number) => ({ jsonrpc: "2.0", id, method: "ping" });

describe("over stdio", () => {
  it("requests that are piped in at once are all answered before the connection ends", async () => {
    const { stdin, server, messages } = start();
    const requests = [initialize(1), ask(2, "search_voices"), ask(3, "generate_speech", { text: "hi" })];
    stdin.end(requests.map((request) => JSON.stringify(request)).join("\n"));
    await server.closed;
    expect(messages().map((message) => message.id)).toEqual(expect.arrayContaining([1, 2, 3]));
    expect(messages().find(({ id }) => id === 3)!.result!.structuredContent).toMatchObject({ status: "completed" });
  });

  it("a call that waits answers with its job when stdin ends", async () => {
    const service = new FakeService();
    service.looksNeeded = 1e9;
    const { say, stdin, server, messages, until } = start(service, 300);
    say(initialize(1));
    await until(({ id }) => id === 1);
    say(ask(2, "generate_speech", { text: "hi" }));
    stdin.end();
    await server.closed;
    expect(messages().find(({ id }) => id === 2)!.result!.structuredContent).toMatchObject({ job_id: "job-1" });
  });

  it("what was written leaves the process before the connection ends", async () => {
    const stdin = new PassThrough();
    let out = "";
    const slow = new Writable({
      write: (chunk, _encoding, done) => {
        setTimeout(() => {
          out += chunk;
          done();
        }, 30);
      },
    });
    const server = serveMcpStdio({ ...optionsFor(new FakeService()), stdin, stdout: slow });
    stdin.end(`garbage\n${JSON.stringify(initialize(1))}\n`);
    await server.closed;
    expect(out.split("\n").filter(Boolean)).toHaveLength(2);
  });

  it("a client that doesn't read doesn't hold the end up", async () => {
    const stdin = new PassThrough();
    const stuck = new Writable({ write: () => {} });
    const server = serveMcpStdio({ ...optionsFor(new FakeService()), stdin, stdout: stuck, graceMs: 50 });
    stdin.end(`${JSON.stringify(initialize(1))}\n`);
    await expect(server.closed).resolves.toBeUndefined();
  });

  it("a call that hangs doesn't hold the end up", async () => {
    const service = new FakeService();
    service.scripted.push(() => new Promise<Response>(() => {}));
    const { say, stdin, server, messages } = start(service, 50);
    say(initialize(1));
    say(ask(2, "search_voices"));
    stdin.end();
    await server.closed;
    expect(messages().map(({ id }) => id)).toEqual([1]);
  });

  it("the end of stdin ends the connection", async () => {
    const { stdin, server } = start();
    stdin.end();
    await expect(server.closed).resolves.toBeUndefined();
  });

  it("a client that is gone ends the connection quietly", async () => {
    const stdin = new PassThrough();
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const server = serveMcpStdio({ ...optionsFor(new FakeService()), stdin, stdout });
    stdin.write(`${JSON.stringify(initialize(1))}\n`);
    await expect(server.closed).resolves.toBeUndefined();
  });

  it.each<[string, string | Buffer, number]>([
    ["no JSON", "hello there", -32700],
    ["half a JSON", '{"jsonrpc":"2.0",', -32700],
    ["broken UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), -32700],
    ["nine megabytes in one line", Buffer.alloc(9 * 1024 * 1024, 0x61), -32700],
    ["a batch", "[]", -32600],
    ["a bare number", "5", -32600],
    ["null", "null", -32600],
    ["another protocol", '{"jsonrpc":"1.0","method":"ping"}', -32600],
    ["a method that is no string", '{"jsonrpc":"2.0","id":null,"method":5}', -32600],
    ["params that are a list", '{"jsonrpc":"2.0","method":"ping","params":[1]}', -32600],
  ])("%s is answered with an error, and the next request as usual", async (_, garbage, code) => {
    const { stdin, say, until, logged } = start();
    say(initialize(1));
    await until(({ id }) => id === 1);
    stdin.write(garbage);
    stdin.write("\n");
    expect(await until(({ error }) => error !== undefined)).toMatchObject({ id: null, error: { code } });
    say(ping(7));
    expect((await until(({ id }) => id === 7)).result).toEqual({});
    expect(logged).not.toEqual([]);
  });

  it("garbage before the first request doesn't matter", async () => {
    const { stdin, say, until } = start();
    stdin.write("\r\n\n  \n\0\0\0\nGET / HTTP/1.1\r\n\r\n");
    say(initialize(1));
    expect((await until(({ id }) => id === 1)).result).toMatchObject({ serverInfo: { name: "aittsm" } });
  });

  it("a bad request that has an id is answered under it", async () => {
    const { stdin, until } = start();
    stdin.write('{"jsonrpc":"2.0","id":"x"}\n');
    expect(await until(({ id }) => id === "x")).toMatchObject({ error: { code: -32600 } });
  });

  it("characters that are cut between two chunks are put together", async () => {
    const { stdin, say, until, service } = start();
    say(initialize(1));
    const bytes = Buffer.from(`${JSON.stringify(ask(2, "generate_speech", { text: "Grüße 🎉" }))}\n`);
    for (const byte of bytes) stdin.write(Buffer.from([byte]));
    await until(({ id }) => id === 2);
    expect(service.seen[0]!.body).toMatchObject({ text: "Grüße 🎉" });
  });

  it("a text of 500,000 escaped bytes fits", async () => {
    const { stdin, say, until, service } = start();
    say(initialize(1));
    const text = "\\u0101".repeat(250_000);
    const request = JSON.stringify(ask(2, "generate_speech", { text: "TEXT" })).replace("TEXT", text);
    stdin.write(`${request}\n`);
    await until(({ id }) => id === 2);
    expect(service.seen[0]!.body!.text).toBe("ā".repeat(250_000));
  });

  it("a message that is unknown to the protocol is refused and nothing ends", async () => {
    const { say, until } = start();
    say(initialize(1));
    say({ jsonrpc: "2.0", id: 2, method: "no/such" });
    expect(await until(({ id }) => id === 2)).toMatchObject({ error: { code: -32601 } });
    say({ jsonrpc: "2.0", id: 99, result: {} });
    say({ jsonrpc: "2.0", method: "notifications/nothing" });
    say(ping(3));
    await until(({ id }) => id === 3);
  });

  it("a cancelled call is not waited for", async () => {
    const service = new FakeService();
    service.scripted.push(() => new Promise<Response>(() => {}));
    const { say, stdin, server, until, messages } = start(service, 60_000);
    say(initialize(1));
    await until(({ id }) => id === 1);
    say(ask(2, "search_voices"));
    say({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 2 } });
    stdin.end();
    await server.closed;
    expect(messages().map(({ id }) => id)).toEqual([1]);
  });
});
