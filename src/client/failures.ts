import type { Operation } from "../contract/operation.ts";
import { pathFields } from "../contract/wire.ts";
import { AppError, codeForStatus, type ErrorCode, fromWireError, isErrorCode, toAppError } from "../errors.ts";
import { readRetryAfter } from "./retry.ts";
import type { Transport } from "./transport.ts";

const TLS_CODES = /^(CERT_|ERR_TLS|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

/** The way out that depends on this side's settings, for servers that name none. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  INVALID_API_KEY: "check AITTSM_API_KEY: the key is unknown, revoked or expired",
  INSUFFICIENT_CREDITS: "add credits to the account, or remove AITTSM_API_KEY to use the built-in voices",
  RATE_LIMITED: "wait for retry_after_ms and send the same request again",
  NOT_SUPPORTED_BY_SERVER: "this server doesn't offer the operation; check AITTSM_BASE_URL, or update the server",
  UNAVAILABLE: "the service is down for a moment; try again in a minute",
};

/** What the network threw, with a code. An AppError stays; in one process there is no network, so the rest is INTERNAL. */
export function fromTransport(error: unknown, transport: Transport): AppError {
  if (error instanceof AppError || transport.local) return toAppError(error);
  const host = new URL(transport.baseUrl).host;
  const cause = (error as { cause?: { code?: string; message?: string } })?.cause;
  const code = cause?.code ?? (error as { code?: string })?.code ?? "";
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return timedOut(host, error);
  const hints: [boolean, string][] = [
    [/ENOTFOUND|EAI_AGAIN/.test(code), "check AITTSM_BASE_URL and the network connection"],
    [code === "ECONNREFUSED", "nothing listens there; check AITTSM_BASE_URL"],
    [TLS_CODES.test(code), "the certificate is not trusted; behind a company proxy set NODE_EXTRA_CA_CERTS"],
  ];
  const hint = hints.find(([match]) => match)?.[1] ?? "try again; if it lasts, check the network and any proxy";
  return new AppError("NETWORK_ERROR", `The connection to ${host} failed${code ? ` (${code})` : ""}.`, {
    hint,
    cause: error,
  });
}

/** A server that did not answer in time. */
export function timedOut(host: string, cause?: unknown): AppError {
  return new AppError("TIMEOUT", `${host} did not answer in time.`, {
    hint: "try again; with the same idempotency_key nothing is done twice",
    cause,
  });
}

/** A 2xx or 3xx answer that is not this service's. */
export function foreignAnswer(response: Response, url: string, what: string): AppError {
  return new AppError("NETWORK_ERROR", `${new URL(url).host} answered ${response.status} with ${what}.`, {
    hint: "check AITTSM_BASE_URL; a proxy or a login page may be in between",
    requestId: response.headers.get("x-request-id") ?? undefined,
  });
}

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null;
const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

/** The error that a 4xx or 5xx answer means. `body` is its parsed JSON, or undefined when it is none. */
export function fromResponse(response: Response, body: unknown, url: string, operation: Operation): AppError {
  const { status } = response;
  const error = isObject(body) ? body.error : undefined;
  const wire = isObject(error) ? error : {};
  const code = text(wire.code);
  const message = text(wire.message) ?? text(error) ?? (isObject(body) ? text(body.message) : undefined);
  // A route that the server doesn't have answers 404 without our envelope, or with one where nothing could be missing.
  const known = code !== undefined && isErrorCode(code);
  const noRoute = status === 404 && !known && (message === undefined || pathFields(operation).length === 0);
  const unknownRoute = isObject(wire.details) && wire.details.unknown_route === true;
  if (noRoute || unknownRoute || status === 405 || (status === 501 && !known)) {
    return new AppError(
      "NOT_SUPPORTED_BY_SERVER",
      `${new URL(url).host} has no ${operation.method} ${operation.path}.`,
      {
        hint: HINTS.NOT_SUPPORTED_BY_SERVER,
        requestId: response.headers.get("x-request-id") ?? undefined,
      },
    );
  }
  const appCode = known ? code : codeForStatus(status);
  const scopeHint = appCode === "INSUFFICIENT_SCOPE" ? `use an API key with the scope ${operation.scope}` : undefined;
  const retryAfter = typeof wire.retry_after_ms === "number" ? wire.retry_after_ms : undefined;
  return fromWireError(
    {
      code: code ?? appCode,
      message: message ?? `${new URL(url).host} answered ${status} without saying why.`,
      hint: text(wire.hint) ?? scopeHint ?? HINTS[appCode],
      details: isObject(wire.details) ? wire.details : undefined,
      retry_after_ms: retryAfter ?? readRetryAfter(response.headers.get("retry-after")),
      request_id: text(wire.request_id) ?? response.headers.get("x-request-id") ?? undefined,
    },
    status,
  );
}
