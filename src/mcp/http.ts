import { createMcpHandler } from "@modelcontextprotocol/server";
import type { KeyScope } from "../contract/scopes.ts";
import type { Backend } from "./pipeline.ts";
import { createMcpServer, type McpServerOptions } from "./server.ts";

/** Who sent a request, as the HTTP server has found out. */
export interface HttpCaller {
  /** The request's own header, for what the tools ask of the service. */
  authorization: string;
  keyId: string;
  scopes: ReadonlySet<KeyScope> | "all";
  requestId: string;
}

export interface McpHttpOptions extends Omit<McpServerOptions, "connect"> {
  /** What the tools of one request work with: they act as its caller. */
  connect: (caller: HttpCaller) => Backend;
  /** Gets what was wrong with requests, for the log. */
  onRefused?: (error: Error) => void;
}

export interface McpHttp {
  /** Answers one POST whose body is `body`, in either protocol era. */
  fetch(request: Request, body: unknown, caller: HttpCaller): Promise<Response>;
  /** Ends what is still being answered. */
  close(): Promise<void>;
}

/**
 * MCP over HTTP without sessions: each POST has a server of its own, so any process can answer it. Host, Origin, key and
 * size of the body were checked before.
 */
export function createMcpHttp({ connect, onRefused, ...server }: McpHttpOptions): McpHttp {
  const handler = createMcpHandler(
    ({ authInfo }) => {
      const caller = authInfo!.extra!.caller as HttpCaller;
      return createMcpServer({ ...server, connect: async () => connect(caller) });
    },
    { onerror: onRefused },
  );
  return {
    fetch: (request, body, caller) => {
      const { authorization, keyId, scopes } = caller;
      const authInfo = { token: authorization, clientId: keyId, scopes: scopes === "all" ? [] : [...scopes] };
      return handler.fetch(request, { parsedBody: body, authInfo: { ...authInfo, extra: { caller } } });
    },
    close: () => handler.close(),
  };
}
