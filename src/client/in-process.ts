import { raceAbort } from "./abort.ts";
import type { Transport, TransportRequest } from "./transport.ts";

type AppFetch = (request: Request) => Response | Promise<Response>;

/**
 * A transport that calls the service in this process, without a socket.
 * @param load gives the app's fetch function; called at the first request, and again only after it failed.
 */
export function inProcessTransport(load: () => Promise<AppFetch>): Transport {
  // The host is never looked up; it only makes URLs whole.
  const baseUrl = "http://localhost";
  let loading: Promise<AppFetch> | undefined;
  const app = () => {
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    baseUrl,
    local: true,
    scope: "embedded",
    timeoutMs: 60_000,
    async fetch(url: string, { method, headers, body, signal }: TransportRequest): Promise<Response> {
      // A signed URL names the loopback listener; the app itself serves the same path, so no socket is needed.
      const { pathname, search } = new URL(url, baseUrl);
      const request = new Request(baseUrl + pathname + search, { method, headers, body, signal, redirect: "manual" });
      const answer = app().then((fetch) => fetch(request));
      // Hono ignores the signal of an in-process request, so the wait ends here; handlers see it on the request.
      return signal ? raceAbort(answer, signal) : answer;
    },
  };
}
