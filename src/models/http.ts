import { Agent, type Dispatcher, EnvHttpProxyAgent, errors, request } from "undici";
import { AppError } from "../errors.ts";

const MOST_REDIRECTS = 5;
const CONNECT_TIMEOUT_MS = 20_000;

/** A mirror or a publisher's server that answered. The body must be read or destroyed. */
export type Answer = Pick<Dispatcher.ResponseData, "statusCode" | "headers" | "body">;

export interface HttpOptions {
  /** A server that sends nothing for so long is given up. */
  silenceMs?: number;
  /** For tests; default: a direct connection to this machine, else through the proxy that HTTPS_PROXY and the like name. */
  dispatcher?: Dispatcher;
}

/** GET over https, or http on this machine, with redirects that don't leave that rule. */
export class Http {
  readonly #dispatcher: Dispatcher | undefined;
  readonly #timeouts: { headersTimeout: number; bodyTimeout: number };
  readonly #made = new Map<"direct" | "proxied", Dispatcher>();

  constructor({ silenceMs = 30_000, dispatcher }: HttpOptions = {}) {
    this.#dispatcher = dispatcher;
    this.#timeouts = { headersTimeout: silenceMs, bodyTimeout: silenceMs };
  }

  /**
   * The final answer, whatever its status.
   * @throws the signal's reason; AppError NETWORK_ERROR, TIMEOUT, PROVIDER_ERROR (a redirect that is not followed)
   */
  async open(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    let at = new URL(url);
    for (let hops = 0; ; hops++) {
      const answer = await this.#once(at, headers, signal);
      const { location } = answer.headers;
      if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== "string") return answer;
      answer.body.on("error", () => {}).destroy();
      const next = URL.canParse(location, at.href) ? new URL(location, at.href) : undefined;
      if (!next || !mayFollow(at, next)) {
        throw new AppError(
          "PROVIDER_ERROR",
          `${at.host} redirects to ${next?.origin ?? "nowhere"}, which is not followed.`,
          {
            hint: "set AITTSM_MODEL_BASE_URL to a server that answers over https",
          },
        );
      }
      if (hops >= MOST_REDIRECTS) {
        throw new AppError("PROVIDER_ERROR", `${at.host} redirects more than ${MOST_REDIRECTS} times.`, {
          hint: "check AITTSM_MODEL_BASE_URL",
        });
      }
      at = next;
    }
  }

  /**
   * A small text; undefined when the server has no such file.
   * @throws as `open`, and UNAVAILABLE or PROVIDER_ERROR for another status and more than `maxBytes`
   */
  async text(url: string, maxBytes: number, signal: AbortSignal): Promise<string | undefined> {
    const { statusCode, body } = await this.open(url, {}, signal);
    try {
      if (statusCode === 404 || statusCode === 410) return undefined;
      if (statusCode !== 200) throw badStatus(url, statusCode);
      const parts: Buffer[] = [];
      let bytes = 0;
      for await (const part of body) {
        bytes += part.length;
        if (bytes > maxBytes) throw new AppError("PROVIDER_ERROR", `${url} has more than ${maxBytes} bytes.`);
        parts.push(part);
      }
      return Buffer.concat(parts).toString("utf8");
    } catch (error) {
      throw httpError(error, new URL(url), signal);
    } finally {
      body.on("error", () => {}).destroy();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#made.values()].map((dispatcher) => dispatcher.destroy()));
  }

  async #once(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    try {
      return await request(url, {
        // The bytes as they are in the file: a coding would make ranges and lengths mean something else.
        headers: { "user-agent": "aittsm", "accept-encoding": "identity", ...headers },
        dispatcher: this.#dispatcher ?? this.#dispatcherFor(url),
        signal,
        ...this.#timeouts,
      });
    } catch (error) {
      throw httpError(error, url, signal);
    }
  }

  #dispatcherFor(url: URL): Dispatcher {
    const kind = isLoopback(url) ? "direct" : "proxied";
    const options = { connect: { timeout: CONNECT_TIMEOUT_MS } };
    const found = this.#made.get(kind) ?? (kind === "direct" ? new Agent(options) : new EnvHttpProxyAgent(options));
    this.#made.set(kind, found);
    return found;
  }
}

const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);

/** Whether a redirect keeps to https, or stays on this machine. */
export function mayFollow(from: URL, to: URL): boolean {
  if (to.username || to.password) return false;
  return to.protocol === "https:" || (to.protocol === "http:" && isLoopback(from) && isLoopback(to));
}

/** A status that is no file, as an error. */
export function badStatus(url: string, status: number): AppError {
  const { host } = new URL(url);
  if (status === 404 || status === 410) {
    return new AppError("NOT_FOUND", `There is no ${url} (${status}).`, {
      hint: "check AITTSM_MODEL_BASE_URL, which names the folder of the archive, or take a copy with --from",
    });
  }
  if (status === 401 || status === 403) {
    return new AppError("PROVIDER_ERROR", `${host} does not let ${url} be downloaded (${status}).`, {
      hint: "set AITTSM_MODEL_BASE_URL to a mirror, or download it by other means and take it with --from",
    });
  }
  const busy = status >= 500 || status === 429 || status === 408;
  return new AppError(busy ? "UNAVAILABLE" : "PROVIDER_ERROR", `${host} answered with status ${status}.`, {
    hint: "try again later: what was downloaded is kept; or set AITTSM_MODEL_BASE_URL to a mirror",
  });
}

/** What a connection failed with, as an error that says what to do. The signal's reason when it was aborted. */
export function httpError(error: unknown, { host }: URL, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  // Of a file, or a mistake of ours.
  if (code === undefined || ["open", "write", "fsync", "rename"].includes(syscall ?? "")) return error;
  const silent =
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError;
  return new AppError(
    silent ? "TIMEOUT" : "NETWORK_ERROR",
    silent ? `${host} did not answer in time.` : `The connection to ${host} failed (${code}).`,
    {
      hint:
        "check the network and try again: what was downloaded is kept; " +
        "or set AITTSM_MODEL_BASE_URL to a mirror, or take a copy with --from",
      cause: error,
    },
  );
}
