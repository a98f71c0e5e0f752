/** One HTTP request of the client. */
export interface TransportRequest {
  method: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** Send the API key along. It goes to the base URL's origin only, whatever `url` is. */
  authenticated?: boolean;
}

/**
 * How the client reaches a service: over the network or in this process. Redirects are never followed here, because
 * only the client knows which of them may be.
 */
export interface Transport {
  /** Origin and optional path prefix, without /api/v1 and trailing slash. */
  readonly baseUrl: string;
  /** The service runs in this process: file paths in its answers are paths of this machine. */
  readonly local: boolean;
  /** Tells accounts apart in what the client remembers; never the key itself. */
  readonly scope: string;
  /** How long one answer may take, in milliseconds; what a long poll asked for comes on top. */
  readonly timeoutMs: number;
  /** @throws whatever the network throws; `failures.ts` gives it a code. */
  fetch(url: string, request: TransportRequest): Promise<Response>;
}
