import { type IncomingHttpHeaders, request } from "node:http";
import { hostname } from "node:os";
import { beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/serve.ts";

const ACCEPT = "application/json, text/event-stream";
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

interface Wish {
  method?: string;
  headers?: Record<string, string | undefined>;
  body?: unknown;
}

/** A request as any program can send it; fetch would not let Host and Origin be chosen. */
function send(server: TestServer, key: string | undefined, { method = "POST", headers = {}, body }: Wish = {}) {
  const all = {
    authorization: key && `Bearer ${key}`,
    "content-type": "application/json",
    accept: ACCEPT,
    ...headers,
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(
      `${server.url}/api/v1/mcp`,
      { method, headers: given as Record<string, string> },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => {
          const json = /^[[{]/.test(text)
            ? JSON.parse(text)
            : /^data: (.*)$/m.test(text) && JSON.parse(/^data: (.*)$/m.exec(text)![1]!);
          resolve({ status: response.statusCode!, headers: response.headers, text, json });
        });
      },
    );
    sent.on("error", reject);
    sent.end(method === "POST" ? (typeof body === "string" ? body : JSON.stringify(body ?? PING)) : undefined);
  });
}

let server: TestServer;
let key: string;
beforeAll(async () => {
  server = await startServer({ AITTSM_ALLOWED_ORIGINS: "https://app.example.com, chrome-extension://abcdef" });
  ({ key } = await server.key());
});
const post = (wish?: Wish) => send(server, key, wish);
const port = () => new URL(server.url).port;

describe("a request without sessions", () => {
  it("needs no handshake, and gets no session", async () => {
    const listed = await post({ body: { jsonrpc: "2.0", id: "a", method: "tools/list" } });
    expect(listed.status).toBe(200);
    expect(listed.json).toMatchObject({ jsonrpc: "2.0", id: "a" });
    expect(listed.json.result.tools).toHaveLength(34);
    expect(listed.headers).not.toHaveProperty("mcp-session-id");
  });

  it("may be the handshake of the 2025 era all the same", async () => {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
    const { json } = await post({ body: { jsonrpc: "2.0", id: 0, method: "initialize", params } });
    expect(json.result).toMatchObject({ protocolVersion: "2025-11-25", serverInfo: { name: "aittsm" } });
    const done = await post({ body: { jsonrpc: "2.0", method: "notifications/initialized" } });
    expect([done.status, done.text]).toEqual([202, ""]);
  });

  it("of the 2026 era says so itself, in _meta and headers that must agree", async () => {
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta } };
    const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
    const listed = await post({ body, headers });
    expect(listed.headers["content-type"]).toBe("application/json");
    expect(listed.json.result.tools).toHaveLength(34);
    expect((await post({ body, headers: { ...headers, "mcp-method": "ping" } })).status).toBe(400);
  });

  it.each(["2025-01-01", "2031-01-01", "newest"])(
    "that names the revision %s, which there is none of, is refused",
    async (revision) => {
      const { status, json } = await post({ headers: { "mcp-protocol-version": revision } });
      expect(status).toBe(400);
      expect(json).toMatchObject({ jsonrpc: "2.0", error: { message: expect.stringContaining(revision) } });
    },
  );

  it.each(["GET", "DELETE", "PUT", "HEAD"])("by %s is answered 405, with and without a key", async (method) => {
    for (const one of [key, undefined]) {
      const answer = await send(server, one, { method });
      expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
    }
  });
});

describe("a batch", () => {
  const batch = [PING, { ...PING, id: 2 }];

  it("is answered where its protocol revision has batches", async () => {
    for (const headers of [{}, { "mcp-protocol-version": "2025-03-26" }]) {
      const { status, text } = await post({ body: batch, headers });
      expect(status).toBe(200);
      expect(text.match(/"result":\{\}/g)).toHaveLength(2);
    }
  });

  it.each(["2025-06-18", "2025-11-25", "2026-07-28"])("is refused at %s", async (revision) => {
    const { status, json } = await post({ body: batch, headers: { "mcp-protocol-version": revision } });
    expect(status).toBe(400);
    expect(json).toMatchObject({ id: null, error: { code: -32600, message: expect.stringContaining("batches") } });
  });

  it("counts as as many requests as it has messages", async () => {
    const small = await startServer({ AITTSM_RATE_LIMIT_PER_MINUTE: "5" });
    const { key: one } = await small.key();
    expect((await send(small, one)).headers["x-ratelimit-remaining"]).toBe("4");
    expect((await send(small, one, { body: batch })).headers["x-ratelimit-remaining"]).toBe("2");
    const calls = batch.map((ping) => ({ ...ping, method: "tools/list" }));
    const refused = await send(small, one, { body: [...calls, ...calls] });
    expect(refused.status).toBe(429);
    expect(refused.text).not.toContain("inputSchema");
    await small.close();
  });
});

describe("the rate limit", () => {
  it("is told in headers, and past it the answer is a JSON-RPC error with Retry-After", async () => {
    const small = await startServer({ AITTSM_RATE_LIMIT_PER_MINUTE: "2" });
    const { key: one } = await small.key();
    const call = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "search_voices", arguments: { limit: 1 } },
    };
    for (const left of ["1", "0"]) {
      const { headers } = await send(small, one, { body: call });
      expect(headers).toMatchObject({ "x-ratelimit-limit": "2", "x-ratelimit-remaining": left });
      expect(Number(headers["x-ratelimit-reset"])).toBeGreaterThan(0);
    }
    const refused = await send(small, one, { body: call });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.json).toMatchObject({
      jsonrpc: "2.0",
      id: null,
      error: {
        message: expect.stringMatching(/^RATE_LIMITED: .* Hint: /),
        data: { code: "RATE_LIMITED", retry_after_ms: expect.any(Number) },
      },
    });
    await small.close();
  });
});

describe("what is not right", () => {
  it("is 401 without a good key, and says how to send one", async () => {
    for (const one of [undefined, "tts_unknown", `${key}x`]) {
      const { status, headers, json } = await send(server, one);
      expect(status).toBe(401);
      expect(headers["www-authenticate"]).toMatch(/^Bearer /);
      expect(json).toMatchObject({ jsonrpc: "2.0", id: null, error: { data: { code: "INVALID_API_KEY" } } });
      expect(json.error.message).toContain("Authorization: Bearer");
      expect(json.error.data.request_id).toBe(headers["x-request-id"]);
    }
    const rest = await fetch(`${server.url}/api/v1/voices`);
    expect([rest.status, rest.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="aittsm"']);
  });

  it.each([
    ["no JSON", "{", 400, -32700],
    ["nothing", "", 400, -32700],
    ["no JSON-RPC", { hello: 1 }, 400, -32600],
    ["an empty batch", [], 400, -32600],
  ])("is told in JSON-RPC when the body is %s", async (_, body, status, code) => {
    const answer = await post({ body });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ jsonrpc: "2.0", id: null, error: { code } });
  });

  it("is 415 for other content, and 406 for a client that takes no events", async () => {
    expect((await post({ headers: { "content-type": "text/plain" } })).status).toBe(415);
    expect((await post({ headers: { accept: "text/html" } })).status).toBe(406);
  });

  it("is 413 for a body of more than 2 MB, with and without its length said", async () => {
    const params = { name: "generate_speech", arguments: { text: "x".repeat(2_200_000) } };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
    for (const headers of [{ "content-length": String(body.length) }, { "transfer-encoding": "chunked" }]) {
      const { status, json } = await post({ body, headers });
      expect(status).toBe(413);
      expect(json.error.data.code).toBe("PAYLOAD_TOO_LARGE");
    }
  });

  it("is an error of the message, not of HTTP, for a method there is none of", async () => {
    const { status, json } = await post({ body: { ...PING, method: "nothing/such" } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ id: 1, error: { code: -32601 } });
  });

  it("carries the caller's request id, down to the service's own errors", async () => {
    const params = { name: "get_job_text", arguments: { job_id: "00000000-0000-4000-8000-000000000000" } };
    const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    const { json, headers } = await post({ body, headers: { "x-request-id": "mine-42" } });
    expect(headers["x-request-id"]).toBe("mine-42");
    const facts = JSON.parse(json.result.content[0].text.split("\n")[1]);
    expect(facts).toMatchObject({ code: "NOT_FOUND", request_id: "mine-42" });
  });
});

describe("Host", () => {
  const status = async (of: TestServer, host: string) => (await send(of, undefined, { headers: { host } })).status;

  const STRANGERS = [
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "192.0.2.7",
  ];

  it.each(STRANGERS)("%s is not this server's, which is said before the key is looked at", async (host) => {
    expect(await status(server, host)).toBe(421);
    expect((await post({ headers: { host } })).status).toBe(421);
  });

  it.each(["a b", "@", "localhost@evil.example", "localhost/evil.example"])("%s is no name", async (host) => {
    expect([400, 421]).toContain((await post({ headers: { host } })).status);
  });

  it("may be any name of this machine's loopback, on whatever port it was forwarded from", async () => {
    for (const host of [`127.0.0.1:${port()}`, `localhost:${port()}`, "LOCALHOST", "[::1]:1", "127.0.0.1:9000"]) {
      expect(await status(server, host)).toBe(401);
    }
  });

  it("may be the public URL's", async () => {
    const behind = await startServer({ AITTSM_PUBLIC_URL: "https://tts.example.com/speech" });
    expect(await status(behind, "tts.example.com")).toBe(401);
    expect(await status(behind, "localhost")).toBe(401);
    expect(await status(behind, "example.com")).toBe(421);
    await behind.close();
  });

  it("may be a name that only a private network knows, once its origin is allowed", async () => {
    const inside = await startServer({ AITTSM_ALLOWED_ORIGINS: "http://aittsm.lan:8290", AITTSM_HOST: "0.0.0.0" });
    expect(await status(inside, "aittsm.lan:8290")).toBe(401);
    expect(await status(inside, "aittsm.example")).toBe(421);
    await inside.close();
  });

  it("may be an address or this machine's name where the server listens everywhere", async () => {
    const everywhere = await startServer({ AITTSM_HOST: "0.0.0.0" });
    for (const host of ["192.0.2.7:8290", "[2001:db8::1]", "localhost", hostname(), `${hostname()}.local`]) {
      expect(await status(everywhere, host)).toBe(401);
    }
    expect(await status(everywhere, "evil.example")).toBe(421);
    await everywhere.close();
  });

  it("of a stranger is told as such, in JSON-RPC", async () => {
    const { json } = await post({ headers: { host: "evil.example" } });
    expect(json.error.data.code).toBe("MISDIRECTED_REQUEST");
    expect(json.error.message).toContain("AITTSM_PUBLIC_URL");
  });
});

describe("Origin", () => {
  it("of a stranger is refused, and gets no CORS headers", async () => {
    const strangers = [
      "http://evil.example",
      "null",
      "https://app.example.com.evil.example",
      "http://app.example.com",
      `http://localhost:1`,
    ];
    for (const origin of [...strangers, "https://app.example.com:8443", "file://", ""]) {
      const { status, headers, json } = await post({ headers: { origin } });
      expect([origin, status]).toEqual([origin, 403]);
      expect(json.error.data.code).toBe("ORIGIN_REFUSED");
      expect(json.error.message).toContain("AITTSM_ALLOWED_ORIGINS");
      expect(headers).not.toHaveProperty("access-control-allow-origin");
      const preflight = { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } };
      expect((await send(server, undefined, preflight)).status).toBe(403);
    }
  });

  it("that is absent, the server's own or an allowed one is answered", async () => {
    const own = [`http://127.0.0.1:${port()}`];
    for (const origin of [undefined, ...own, "https://app.example.com", "chrome-extension://abcdef"]) {
      const { status, headers } = await post({ headers: { origin } });
      expect(status).toBe(200);
      expect(headers["access-control-allow-origin"]).toBe(origin);
      expect(headers.vary).toBe("Origin");
      expect(headers).not.toHaveProperty("access-control-allow-credentials");
    }
    const behind = await startServer({ AITTSM_PUBLIC_URL: "https://tts.example.com" });
    const { key: one } = await behind.key();
    expect((await send(behind, one, { headers: { origin: "https://tts.example.com" } })).status).toBe(200);
    expect((await send(behind, one, { headers: { origin: "https://app.example.com" } })).status).toBe(403);
    await behind.close();
  });

  it("that is allowed may read errors too", async () => {
    const { status, headers } = await send(server, undefined, { headers: { origin: "https://app.example.com" } });
    expect(status).toBe(401);
    expect(headers["access-control-allow-origin"]).toBe("https://app.example.com");
    expect(headers["access-control-expose-headers"]).toContain("www-authenticate");
  });

  it("that is allowed gets an answer to its preflight, without a key", async () => {
    const asked = "authorization,content-type,mcp-protocol-version";
    const headers = {
      origin: "https://app.example.com",
      "access-control-request-method": "POST",
      "access-control-request-headers": asked,
    };
    const preflight = await send(server, undefined, { method: "OPTIONS", headers });
    expect([preflight.status, preflight.text]).toEqual([204, ""]);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": asked,
    });
    expect(preflight.headers).not.toHaveProperty("x-ratelimit-limit");
  });

  it("matters to MCP only: REST sends no CORS headers at all", async () => {
    const headers = { authorization: `Bearer ${key}`, origin: "https://app.example.com" };
    const response = await fetch(`${server.url}/api/v1/voices`, { headers });
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
  });
});
