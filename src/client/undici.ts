import { createHash } from "node:crypto";
import type { Dispatcher } from "undici";
import type { Transport, TransportRequest } from "./transport.ts";

export interface UndiciOptions {
  /** Origin and optional path prefix, without /api/v1 and trailing slash. */
  baseUrl: string;
  apiKey?: string;
  /** This package's version, for the User-Agent. */
  version?: string;
  /** How long one answer may take, in milliseconds. */
  timeoutMs?: number;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** A transport over the network. The key travels to the base URL's own origin and nowhere else. */
export function undiciTransport({ baseUrl, apiKey, version = "0", timeoutMs = 30_000 }: UndiciOptions): Transport {
  const origin = new URL(baseUrl).origin;
  const userAgent = `aittsm/${version} node/${process.versions.node}`;
  let loading: Promise<{ fetch: typeof import("undici").fetch; direct: Dispatcher; outward: Dispatcher }> | undefined;
  const load = () => {
    // undici takes tens of milliseconds to load: not before the first call.
    loading ??= import("undici").then((module) => {
      // undici is CommonJS: in the bundle its names are found on the default export only (whose type lacks some).
      const { fetch, Agent, EnvHttpProxyAgent } = module.default as unknown as typeof module;
      // The body's time-out is between two chunks, so a long download may take as long as it needs.
      const options = { connect: { timeout: 10_000 }, headersTimeout: timeoutMs + 60_000, bodyTimeout: 60_000 };
      return { fetch, direct: new Agent(options), outward: new EnvHttpProxyAgent(options) };
    });
    return loading;
  };
  return {
    baseUrl,
    local: false,
    scope: createHash("sha256")
      .update(`${baseUrl}\0${apiKey ?? ""}`)
      .digest("hex")
      .slice(0, 32),
    timeoutMs,
    async fetch(url: string, request: TransportRequest): Promise<Response> {
      const target = new URL(url);
      const { fetch, direct, outward } = await load();
      const sendsKey = request.authenticated && apiKey && target.origin === origin;
      const response = await fetch(target, {
        method: request.method,
        headers: {
          "User-Agent": userAgent,
          ...request.headers,
          ...(sendsKey && { Authorization: `Bearer ${apiKey}` }),
        },
        body: request.body,
        signal: request.signal,
        redirect: "manual",
        dispatcher: LOOPBACK.has(target.hostname) ? direct : outward,
      });
      // undici's Response is the standard one; only its type has another name.
      return response as unknown as Response;
    },
  };
}
