import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { AppError } from "../errors.ts";

/** Against clients that send a byte now and then: the headers, then the whole request, must be there by then. */
const TIMEOUTS = { headersMs: 15_000, requestMs: 60_000, checkMs: 5_000 };
/** Longer than what proxies keep idle connections for, so that none sends a request into a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

const IDLE_SWEEP_MS = 100;

export interface Listener {
  port: number;
  /** Takes no new connections, and resolves when the requests at work are answered, or cuts them off after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves an app on a socket.
 * @throws AppError CONFIG_INVALID when the address can't be listened on.
 */
export async function listen(
  app: { fetch: (request: Request, bindings?: object) => Response | Promise<Response> },
  { host, port, timeouts = TIMEOUTS }: { host: string; port: number; timeouts?: typeof TIMEOUTS },
): Promise<Listener> {
  const server = createAdaptorServer({
    fetch: (request, bindings) => app.fetch(request, bindings),
    serverOptions: {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      connectionsCheckingInterval: timeouts.checkMs,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    throw new AppError("CONFIG_INVALID", `The address ${host}:${port} can't be listened on (${error.code}).`, {
      hint: "choose another --port (0 picks a free one) or --host",
      details: { setting: "AITTSM_PORT" },
      cause: error,
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) =>
      new Promise<void>((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        // A connection whose answer comes meanwhile is idle only afterwards.
        const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
        server.close(() => {
          clearTimeout(cut);
          clearInterval(sweep);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
