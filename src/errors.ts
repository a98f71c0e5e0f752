/**
 * The one vocabulary of failure. Only `AppError`s cross a boundary (architecture rule 3): everything else becomes
 * INTERNAL with a request id, and its text goes to the log. Codes and statuses are those of REST v1.
 */

/** Every code, its HTTP status and whether the same request can succeed later. */
const CODES = {
  INVALID_INPUT: { status: 400, retryable: false },
  TEXT_TOO_LONG: { status: 400, retryable: false },
  UNSUPPORTED_MODIFIER: { status: 400, retryable: false },
  UNSUPPORTED_FORMAT: { status: 400, retryable: false },
  INVALID_SSML: { status: 400, retryable: false },
  PROMPT_NOT_SUPPORTED: { status: 400, retryable: false },
  PROVIDER_DISABLED: { status: 400, retryable: false },
  FILE_EXISTS: { status: 400, retryable: false },
  OUTPUT_PATH_REFUSED: { status: 400, retryable: false },
  CONFIG_INVALID: { status: 400, retryable: false },
  INVALID_API_KEY: { status: 401, retryable: false },
  INSUFFICIENT_CREDITS: { status: 402, retryable: false },
  INSUFFICIENT_SCOPE: { status: 403, retryable: false },
  ORIGIN_REFUSED: { status: 403, retryable: false },
  DECLINED: { status: 403, retryable: false },
  NOT_FOUND: { status: 404, retryable: false },
  VOICE_NOT_FOUND: { status: 404, retryable: false },
  JOB_NOT_COMPLETED: { status: 409, retryable: true },
  IDEMPOTENCY_IN_PROGRESS: { status: 409, retryable: true },
  AUDIO_DELETED: { status: 410, retryable: false },
  STREAM_CONSUMED: { status: 410, retryable: false },
  SHARE_EXPIRED: { status: 410, retryable: false },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false },
  MISDIRECTED_REQUEST: { status: 421, retryable: false },
  IDEMPOTENCY_KEY_REUSED: { status: 422, retryable: false },
  WEBHOOK_FAILED: { status: 422, retryable: true },
  RATE_LIMITED: { status: 429, retryable: true },
  CANCELLED: { status: 499, retryable: true },
  INTERNAL: { status: 500, retryable: true },
  GENERATION_FAILED: { status: 500, retryable: false },
  NOT_SUPPORTED_BY_SERVER: { status: 501, retryable: false },
  PROVIDER_ERROR: { status: 502, retryable: true },
  NETWORK_ERROR: { status: 502, retryable: true },
  UNAVAILABLE: { status: 503, retryable: true },
  TIMEOUT: { status: 504, retryable: true },
  STORAGE_FULL: { status: 507, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof CODES;

/** The HTTP status of every code, for documents about the API. */
export const ERROR_STATUSES = Object.fromEntries(
  Object.entries(CODES).map(([code, { status }]) => [code, status]),
) as Readonly<Record<ErrorCode, number>>;

export interface ErrorOptions {
  /** What would work: one sentence that a person or a model can act on. */
  hint?: string;
  /** Machine-readable facts: field paths, limits, nearest values. */
  details?: Record<string, unknown>;
  /** How long to wait before the same request makes sense again, in milliseconds. */
  retryAfterMs?: number;
  requestId?: string;
  cause?: unknown;
}

/** The error object of the wire envelope, snake_case. */
export interface WireError {
  code: string;
  message: string;
  hint?: string;
  details?: Record<string, unknown>;
  retry_after_ms?: number;
  request_id?: string;
}

/** A failure with a code, a sentence and, where there is one, a way out. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly hint?: string;
  readonly details?: Record<string, unknown>;
  readonly retryAfterMs?: number;
  requestId?: string;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.status = CODES[code].status;
    this.retryable = CODES[code].retryable;
    this.hint = options.hint;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
    this.requestId = options.requestId;
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}

/** The error as the wire carries it; absent members are left out. */
export function toWireError(error: AppError): WireError {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint && { hint: error.hint }),
    ...(error.details && { details: error.details }),
    ...(error.retryAfterMs !== undefined && { retry_after_ms: error.retryAfterMs }),
    ...(error.requestId && { request_id: error.requestId }),
  };
}

/**
 * The error that a server's answer describes. Unknown codes keep their sentence and take the nearest code that the
 * HTTP status allows, so that a newer server's errors stay readable here.
 */
export function fromWireError(wire: WireError, status: number): AppError {
  const options: ErrorOptions = {
    hint: wire.hint,
    details: isErrorCode(wire.code) ? wire.details : { ...wire.details, server_code: wire.code },
    retryAfterMs: wire.retry_after_ms,
    requestId: wire.request_id,
  };
  return new AppError(isErrorCode(wire.code) ? wire.code : codeForStatus(status), wire.message, options);
}

/** The code that says most about a bare HTTP status. */
export function codeForStatus(status: number): ErrorCode {
  const named: Record<number, ErrorCode> = {
    401: "INVALID_API_KEY",
    402: "INSUFFICIENT_CREDITS",
    403: "INSUFFICIENT_SCOPE",
    404: "NOT_FOUND",
    405: "NOT_SUPPORTED_BY_SERVER",
    413: "PAYLOAD_TOO_LARGE",
    429: "RATE_LIMITED",
    501: "NOT_SUPPORTED_BY_SERVER",
    502: "PROVIDER_ERROR",
    503: "UNAVAILABLE",
    504: "TIMEOUT",
    507: "STORAGE_FULL",
  };
  return named[status] ?? (status >= 500 ? "INTERNAL" : "INVALID_INPUT");
}

/** Any thrown value as an `AppError`; what is not one becomes INTERNAL without its text. */
export function toAppError(error: unknown, requestId?: string): AppError {
  if (error instanceof AppError) {
    error.requestId ??= requestId;
    return error;
  }
  return new AppError("INTERNAL", "Something went wrong inside the service.", {
    hint: "try again; if it happens again, report it with the request id",
    requestId,
    cause: error,
  });
}

/** Bad input in one named field: nothing was changed, and `hint` says what would work. */
export function invalidField(field: string, message: string, hint?: string): AppError {
  return new AppError("INVALID_INPUT", message, { hint, details: { fields: [{ field, message }] } });
}
