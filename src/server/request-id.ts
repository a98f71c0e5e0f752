import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { REQUEST_ID_HEADER } from "../contract/wire.ts";
import { headerOf } from "./node-bindings.ts";

const requestIds = new WeakMap<Context, string>();

/** The id by which a request is found in the log: the caller's own, when it is a plain one. */
export function requestIdOf(c: Context): string {
  const known = requestIds.get(c);
  if (known) return known;
  const given = headerOf(c, REQUEST_ID_HEADER.toLowerCase());
  const id = given && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
  requestIds.set(c, id);
  return id;
}
