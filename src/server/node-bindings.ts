import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";

/** What the Node adapter hands to the app beside the request; nothing when the app is called in this process. */
export interface NodeBindings {
  incoming?: IncomingMessage;
  outgoing?: ServerResponse;
}

export const bindingsOf = (c: Context) => (c.env ?? {}) as NodeBindings;

/**
 * A request header, by its name in small letters. Over a socket it is taken from Node's own request: the adapter would
 * build a Headers object of all of them.
 */
export function headerOf(c: Context, name: string): string | undefined {
  const { incoming } = bindingsOf(c);
  const value = incoming ? incoming.headers[name] : c.req.header(name);
  return Array.isArray(value) ? value.join(", ") : value;
}
