import { type Context, Hono } from "hono";
import { contract } from "../contract/index.ts";
import type { Endpoint } from "../contract/operation.ts";
import { webhookContract } from "../contract/webhook.ts";
import {
  BASE_PATH,
  decodeInput,
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENT_REPLAYED_HEADER,
  REQUEST_ID_HEADER,
  toCamel,
  toWire,
} from "../contract/wire.ts";
import { AppError, toAppError } from "../errors.ts";
import type { Log } from "../service/log.ts";
import { type Authenticate, requireScope } from "./auth.ts";
import { readBody } from "./body-limit.ts";
import { errorResponse, jsonResponse } from "./envelope.ts";
import type { Handler, Handlers, WebhookHandlers } from "./handlers/handler.ts";
import { type MediaParts, mountMedia } from "./media.ts";
import { headerOf } from "./node-bindings.ts";
import { mountOpenAi, type OpenAiParts } from "./openai-api.ts";
import { mountPages, type PageParts } from "./pages/routes.ts";
import { requestIdOf } from "./request-id.ts";

export interface AppParts {
  handlers: Handlers;
  /** For callers with an API key: the routes of their account. */
  webhookHandlers?: WebhookHandlers;
  /** For callers with an API key: the part of OpenAI's API that we have. */
  openAi?: Omit<OpenAiParts, "authenticate">;
  media: MediaParts;
  pages: PageParts;
  authenticate: Authenticate;
  log: Log;
}

/** REST v1, the media routes and the listening pages as one Hono app: `app.fetch` is the in-process transport and what a socket serves. */
export function createApp(parts: AppParts): Hono {
  const app = new Hono();
  const mount = (base: string, endpoints: Record<string, Endpoint>, handlers: object) => {
    for (const [name, endpoint] of Object.entries(endpoints)) {
      const path = base + endpoint.path.replace(/\{(\w+)\}/g, ":$1");
      const handler = (handlers as Record<string, Handler<Endpoint>>)[name]!;
      app.on(endpoint.method, path, (c) => answer(c, endpoint, handler, parts));
    }
  };
  mount(BASE_PATH, contract, parts.handlers);
  if (parts.webhookHandlers) mount("", webhookContract, parts.webhookHandlers);
  if (parts.openAi) mountOpenAi(app, { ...parts.openAi, authenticate: parts.authenticate });
  mountMedia(app, parts.media);
  mountPages(app, parts.pages);
  catchErrors(app, parts.log);
  return app;
}

/** Unknown routes and everything thrown become our envelope; what is not an AppError goes to the log only. */
export function catchErrors(app: Hono, log: Log): void {
  app.notFound((c) => {
    const error = new AppError("NOT_FOUND", `There is no ${c.req.method} ${c.req.path.slice(0, 200)}.`, {
      hint: `the API is below ${BASE_PATH}`,
      // Clients of a newer version learn that this server lacks the operation, and not the thing they asked for.
      details: { unknown_route: true },
    });
    return errorResponse(error, requestIdOf(c));
  });
  app.onError((thrown, c) => {
    const requestId = requestIdOf(c);
    const error = toAppError(thrown, requestId);
    if (error.code === "INTERNAL") log.error({ requestId, route: c.req.routePath, err: thrown }, "a request failed");
    return errorResponse(error, requestId);
  });
}

async function answer(c: Context, operation: Endpoint, handler: Handler<Endpoint>, parts: AppParts) {
  const requestId = requestIdOf(c);
  const principal = await parts.authenticate(c.req.raw, headerOf(c, "authorization"));
  requireScope(principal, operation.scope);
  const input = decodeInput(operation.input, await readInput(c, operation));
  const result = await handler(toCamel(operation.input, input), {
    principal,
    requestId,
    // Made when asked for: the adapter builds a whole Request for it, which few operations need.
    get signal() {
      return c.req.raw.signal;
    },
    idempotencyKey: headerOf(c, IDEMPOTENCY_KEY_HEADER.toLowerCase()),
  });
  const headers: Record<string, string> = { [REQUEST_ID_HEADER]: requestId };
  if (result.replayed) headers[IDEMPOTENT_REPLAYED_HEADER] = "true";
  if (result.retryAfterSeconds !== undefined) headers["Retry-After"] = String(result.retryAfterSeconds);
  if (result.location) {
    // Written with a capital: a published script looks for exactly this spelling.
    return new Response(null, { status: operation.success, headers: { ...headers, Location: result.location } });
  }
  return jsonResponse(bodyOf(operation, result.output), result.status ?? operation.success, headers);
}

/** Answers as they are written, for those that a service gives more than once. */
const bodies = new WeakMap<object, { operation: Endpoint; body: string }>();

function bodyOf(operation: Endpoint, output: object): string {
  const known = bodies.get(output);
  if (known?.operation === operation) return known.body;
  const body = JSON.stringify({ success: true, data: toWire(operation.output, output as never) });
  bodies.set(output, { operation, body });
  return body;
}

const hasBody = ({ method }: Endpoint) => method !== "GET" && method !== "DELETE";

async function readInput(c: Context, operation: Endpoint): Promise<Record<string, unknown>> {
  const inPath = c.req.param();
  if (!hasBody(operation)) {
    if (!c.req.url.includes("?")) return inPath;
    const query = Object.entries(c.req.queries()).map(([name, values]) => [
      name,
      values.length > 1 ? values : values[0],
    ]);
    return { ...Object.fromEntries(query), ...inPath };
  }
  const text = await readBody(c);
  if (text === "" && Object.keys(operation.input.shape).length === 0) return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new AppError("INVALID_INPUT", "The request body is not JSON.", { hint: "send a JSON object in UTF-8" });
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return decodeInput(operation.input, body);
  return { ...body, ...inPath };
}
