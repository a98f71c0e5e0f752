import type { Readable, Writable } from "node:stream";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createMcpServer, type McpServerOptions } from "./server.ts";
import { StdioTransport } from "./stdio-transport.ts";

export interface StdioServerOptions extends Omit<McpServerOptions, "hurry"> {
  stdin?: Readable;
  stdout?: Writable;
  /** How long after the end of stdin calls may still be answered, in milliseconds. */
  graceMs?: number;
  /** Gets one line for each thing that went wrong on the connection. */
  log?: (message: string) => void;
}

export interface StdioServer {
  /** Resolves when the connection is over: stdin ended and what could be answered was, or the client is gone. */
  closed: Promise<void>;
  /** Ends the connection now. */
  close(): Promise<void>;
}

/**
 * Serves MCP over this process' stdin and stdout, in whichever protocol era the client opens. Nothing else may write to
 * stdout. Who calls it ends the process after `closed`.
 */
export function serveMcpStdio(options: StdioServerOptions): StdioServer {
  const { stdin = process.stdin, stdout = process.stdout, graceMs = 800, log, ...server } = options;
  const hurry = new AbortController();
  const transport = new StdioTransport({ stdin, stdout, graceMs, log, onHurry: () => hurry.abort() });
  const handle = serveStdio(() => createMcpServer({ ...server, hurry: hurry.signal }), {
    transport,
    onerror: (error) => log?.(error.message),
  });
  const closed = new Promise<void>((resolve) => {
    // serveStdio has set its own by now.
    const inner = transport.onclose;
    transport.onclose = () => {
      inner?.();
      resolve();
    };
  });
  return { closed, close: () => handle.close() };
}
