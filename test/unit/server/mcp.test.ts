import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMcpHttp, type HttpCaller } from "../../../src/mcp/http.ts";
import { catchErrors } from "../../../src/server/app.ts";
import type { Authenticate } from "../../../src/server/auth.ts";
import { type Listener, listen } from "../../../src/server/listen.ts";
import { guardMcp, mountMcp } from "../../../src/server/mcp.ts";
import { RateLimit } from "../../../src/server/request-limits.ts";
import { HTTP_CLIENTS } from "../../support/http-clients.ts";
import { clientOf, FakeService, type Seen } from "../client/fake-service.ts";
import { optionsFor } from "../mcp/connect.ts";

const silent = () => {};
const log = { error: silent, warn: silent, info: silent, debug: silent };
const authenticate: Authenticate = async () => ({ accountId: "a", scopes: "all", local: false, keyId: "k" });

let service: FakeService;
let listener: Listener;
let url: string;
let callers: HttpCaller[];
beforeEach(async () => {
  service = new FakeService();
  callers = [];
  const { connect: _, ...options } = optionsFor(service);
  const http = createMcpHttp({
    ...options,
    connect: (caller) => {
      callers.push(caller);
      return { client: clientOf(service), config: { webhookHosts: [] }, scopes: caller.scopes };
    },
  });
  const app = new Hono();
  guardMcp(app, { host: "127.0.0.1", allowedOrigins: [] });
  mountMcp(
    app,
    (request, { body, requestId }) =>
      http.fetch(request, body, { authorization: "Bearer x", keyId: "k", scopes: "all", requestId }),
    authenticate,
    new RateLimit(1000),
  );
  catchErrors(app, log);
  listener = await listen(app, { host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${listener.port}`;
});
afterEach(() => listener.close(100));

/** Resolves when the service is asked to hold a long poll; its signal tells when nobody waits any more. */
function held(): Promise<AbortSignal> {
  return new Promise((resolve) => {
    const hold = (seen: Seen) => {
      resolve(seen.signal);
      return new Promise<Response>(() => {});
    };
    service.scripted.push(() => undefined, hold);
  });
}
const ended = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

describe("a caller of MCP over HTTP who leaves", () => {
  const eras = [
    ["2025-11-25", {}, {}],
    [
      "2026-07-28",
      { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "generate_speech" },
      {
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    ],
  ] as const;

  it.each(eras)("at %s by closing the request ends the wait, and the job goes on", async (_, headers, more) => {
    const waiting = held();
    const leaving = new AbortController();
    const params = { name: "generate_speech", arguments: { text: "hi" }, ...more };
    const call = fetch(`${url}/api/v1/mcp`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
      signal: leaving.signal,
    }).then((response) => response.text());
    const signal = await waiting;
    expect(signal.aborted).toBe(false);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await ended(signal);
    expect(service.jobs.has("job-1")).toBe(true);
  });

  it("at 2026-07-28 by cancelling the call, as SDK clients do, ends the wait", async () => {
    const waiting = held();
    const controller = new AbortController();
    const client = await HTTP_CLIENTS[0]![1](url, "x");
    const refused = expect(
      client.call("generate_speech", { text: "hi" }, { signal: controller.signal }),
    ).rejects.toThrow();
    const signal = await waiting;
    controller.abort();
    await refused;
    await ended(signal);
  });

  it.each(HTTP_CLIENTS)("as a %s does by closing, ends the wait", async (_, connect) => {
    const waiting = held();
    const client = await connect(url, "x");
    const refused = expect(client.call("generate_speech", { text: "hi" })).rejects.toThrow();
    const signal = await waiting;
    await client.close();
    await refused;
    await ended(signal);
  });
});

describe("each request", () => {
  it("is of its own caller, and connects only when a tool is called", async () => {
    const client = await HTTP_CLIENTS[2]![1](url, "x");
    expect(callers).toEqual([]);
    await client.call("search_voices");
    expect(callers).toMatchObject([{ authorization: "Bearer x", keyId: "k", requestId: expect.any(String) }]);
  });
});
