import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";

/** What the Node adapter hands to the app beside the request; nothing when the app is called in this process. */
export interface NodeBindings {
  incoming?: IncomingMessage;
  outgoing?: ServerResponse;
}

export const bindingsOf = (c: Context) => (c.env ?? {}) as NodeBindings;
