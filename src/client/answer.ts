import type { InputOf, Operation, OutputOf } from "../contract/operation.ts";
import { IDEMPOTENT_REPLAYED_HEADER } from "../contract/wire.ts";
import { foreignAnswer, fromResponse } from "./failures.ts";
import { readOutput } from "./lenient.ts";
import { readRetryAfter } from "./retry.ts";

/** No answer of the service but audio comes near this. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface CallOptions {
  signal?: AbortSignal;
  /** Makes a `keyed` operation repeatable: the server answers a repeat with the first answer. */
  idempotencyKey?: string;
}

export interface CallResult<T> {
  data: T;
  /** The HTTP status, always 2xx. */
  status: number;
  /** The server answered from what it remembered of the first call with this key. */
  replayed: boolean;
  /** How long the server asks to wait before the next call, in milliseconds. */
  retryAfterMs?: number;
  /** How many list items could not be read and are missing in `data`. */
  unreadable: number;
}

export type Call = <Op extends Operation>(
  operation: Op,
  input: InputOf<Op>,
  options?: CallOptions,
) => Promise<CallResult<OutputOf<Op>>>;

/**
 * What an HTTP response to `operation` says.
 * @throws AppError: the failure it describes, or NETWORK_ERROR when it is no answer of this service.
 */
export async function readAnswer<Op extends Operation>(
  operation: Op,
  response: Response,
  url: string,
): Promise<CallResult<OutputOf<Op>>> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw foreignAnswer(response, url, `a redirect to ${redirectHost(response, url)}`);
  }
  const body = await readJson(response, url);
  if (!response.ok) throw fromResponse(response, body, url, operation);
  if (typeof body !== "object" || body === null || !("data" in body) || !("success" in body) || body.success !== true) {
    const type = response.headers.get("content-type")?.split(";")[0] || "no content type";
    throw foreignAnswer(response, url, `something that is not an answer of this service (${type})`);
  }
  const { data, unreadable } = readOutput(operation.output, body.data, new URL(url).host);
  return {
    data: data as OutputOf<Op>,
    status: response.status,
    replayed: response.headers.get(IDEMPOTENT_REPLAYED_HEADER) === "true",
    retryAfterMs: readRetryAfter(response.headers.get("retry-after")),
    unreadable,
  };
}

function redirectHost(response: Response, url: string): string {
  const location = response.headers.get("location");
  return location && URL.canParse(location, url) ? new URL(location, url).host : "an unknown place";
}

/** The body as JSON; undefined when it is none. Reading stops at a size that no answer has. */
export async function readJson(response: Response, url: string): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > MAX_ANSWER_BYTES) throw foreignAnswer(response, url, `more than ${MAX_ANSWER_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    return undefined;
  }
}
