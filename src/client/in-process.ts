import { REQUEST_ID_HEADER } from "../contract/wire.ts";
import { raceAbort } from "./abort.ts";
import type { Transport, TransportRequest } from "./transport.ts";

type AppFetch = (request: Request) => Response | Promise<Response>;

/** Somebody else for whom this process calls its own service: over HTTP he would send the same. */
export interface Caller {
  /** The Authorization header. */
  authorization: string;
  /** Where the service's URLs point to, for what it hands out: origin and optional path prefix. */
  publicUrl: string;
  /** By which the request is found in the log. */
  requestId: string;
}

/**
 * A transport that calls the service in this process, without a socket.
 * @param load gives the app's fetch function; called at the first request, and again only after it failed.
 * @param caller who is elsewhere, so that files of this machine are not his; without one it is this process itself
 */
export function inProcessTransport(load: () => Promise<AppFetch>, caller?: Caller): Transport {
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
    local: caller === undefined,
    scope: "embedded",
    timeoutMs: 60_000,
    async fetch(url: string, { method, headers, body, signal, authenticated }: TransportRequest): Promise<Response> {
      // A signed URL names the listener, or what stands before it; the app itself serves the same path, so no socket is needed.
      const inside = caller && url.startsWith(`${caller.publicUrl}/`) ? url.slice(caller.publicUrl.length) : url;
      const { pathname, search } = new URL(inside, baseUrl);
      const request = new Request(baseUrl + pathname + search, {
        method,
        headers: { ...headers, ...(caller && callerHeaders(caller, authenticated)) },
        body,
        signal,
        redirect: "manual",
      });
      const answer = app().then((fetch) => fetch(request));
      // Hono ignores the signal of an in-process request, so the wait ends here; handlers see it on the request.
      return signal ? raceAbort(answer, signal) : answer;
    },
  };
}

const callerHeaders = ({ authorization, requestId }: Caller, authenticated = false) => ({
  [REQUEST_ID_HEADER]: requestId,
  ...(authenticated && { Authorization: authorization }),
});
