import { REQUEST_ID_HEADER } from "../contract/wire.ts";
import { type AppError, toWireError } from "../errors.ts";

/**
 * JSON that is written already. Unlike with `Response.json` the headers stay a plain object: the Node adapter writes
 * those as they are.
 */
export const jsonResponse = (body: string, status: number, headers: Record<string, string>) =>
  new Response(body, { status, headers: { "Content-Type": "application/json", ...headers } });

/** `{"success":false,"error":…}` with the error's status, Retry-After where there is one, and the request id. */
export function errorResponse(error: AppError, requestId: string): Response {
  error.requestId ??= requestId;
  const headers: Record<string, string> = { [REQUEST_ID_HEADER]: requestId };
  if (error.retryAfterMs !== undefined) headers["Retry-After"] = String(Math.ceil(error.retryAfterMs / 1000));
  // RFC 9110 §15.5.2: a 401 says how to authenticate.
  if (error.status === 401) headers["WWW-Authenticate"] = 'Bearer realm="aittsm"';
  // The rest of a refused body is not read, so the connection can't be used again.
  if (error.status === 413) headers.Connection = "close";
  return jsonResponse(JSON.stringify({ success: false, error: toWireError(error) }), error.status, headers);
}
