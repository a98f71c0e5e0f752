import type { Hono } from "hono";
import { BASE_PATH, REQUEST_ID_HEADER } from "../contract/wire.ts";
import { type AppError, toAppError, toWireError } from "../errors.ts";
import type { Authenticate, Principal } from "./auth.ts";
import { limitBody } from "./body-limit.ts";
import { bindingsOf, headerOf } from "./node-bindings.ts";
import { guardOrigin, type Place } from "./origin-guard.ts";
import { requestIdOf } from "./request-id.ts";
import { countUntilSent, type RateLimit } from "./request-limits.ts";

export const MCP_PATH = `${BASE_PATH}/mcp`;
/** The last protocol revision with batches; 2025-06-18 took them out. A request that names none is taken for this one. */
const LAST_WITH_BATCHES = "2025-03-26";

/** What of a request the MCP server is told besides the request itself. */
export interface McpCall {
  /** The body, parsed. */
  body: unknown;
  principal: Principal;
  requestId: string;
}

/** Answers the MCP message of a request. It is put in, because the server knows no MCP. */
export type AnswerMcp = (request: Request, call: McpCall) => Promise<Response>;

/** Stands before everything else that a request for MCP passes: its Host and Origin, its method, and how it is told of errors. */
export function guardMcp(app: Hono, place: Place): void {
  app.use(MCP_PATH, async (c, next) => {
    bindingsOf(c).outgoing?.setHeader(REQUEST_ID_HEADER, requestIdOf(c));
    await next();
    // Its headers stay those of the envelope.
    if (c.error) c.res = asJsonRpc(toAppError(c.error, requestIdOf(c)));
  });
  app.use(MCP_PATH, guardOrigin(place, ["POST"]));
  app.use(MCP_PATH, async (c, next) => {
    if (c.req.method === "POST") return next();
    // Without sessions there is nothing to listen to (GET) and nothing to end (DELETE).
    return jsonRpcError(405, -32_000, "This MCP server has no sessions: it answers POST only.", undefined, {
      Allow: "POST",
    });
  });
}

/**
 * `POST /api/v1/mcp`: JSON-RPC without sessions. The key was checked before, and the request counted as one.
 * @param limit counts the further requests of a batch
 */
export function mountMcp(app: Hono, answer: AnswerMcp, authenticate: Authenticate, limit: RateLimit): void {
  app.post(MCP_PATH, limitBody, async (c) => {
    const principal = await authenticate(c.req.raw, headerOf(c, "authorization"));
    let body: unknown;
    try {
      body = JSON.parse(await c.req.text());
    } catch {
      return jsonRpcError(400, -32_700, "Parse error: the body is not JSON.");
    }
    if (Array.isArray(body)) {
      if ((headerOf(c, "mcp-protocol-version") ?? "") > LAST_WITH_BATCHES) {
        return jsonRpcError(400, -32_600, "Invalid request: this protocol revision has no batches; send one message.");
      }
      if (body.length > 1 && principal.keyId !== undefined) await limit.take(c, principal.keyId, body.length - 1);
    }
    countUntilSent(c);
    return answer(c.req.raw, { body, principal, requestId: requestIdOf(c) });
  });
}

/** One of our errors as MCP clients read it. */
function asJsonRpc(error: AppError): Response {
  const { message, ...data } = toWireError(error);
  const way = error.hint ? ` Hint: ${error.hint}.` : "";
  return jsonRpcError(error.status, -32_000, `${error.code}: ${message}${way}`, data);
}

/** An error that belongs to no message: there is no id yet. */
function jsonRpcError(
  status: number,
  code: number,
  message: string,
  data?: object,
  headers?: Record<string, string>,
): Response {
  return Response.json(
    { jsonrpc: "2.0", error: { code, message, ...(data && { data }) }, id: null },
    { status, headers },
  );
}
