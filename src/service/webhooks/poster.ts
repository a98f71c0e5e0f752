import type { Dispatcher } from "undici";
import { AppError } from "../../errors.ts";
import { AddressRefused, CONNECT_TIMEOUT_MS, type Connector, checkedConnector, type Resolve } from "./connector.ts";
import { type AllowedHosts, readTarget } from "./target.ts";

/** From the look-up of the name to the headers of the answer. */
const TIMEOUT_MS = 10_000;
/** Of an answer's body nothing is used. So much is read of it, for so long, so that its sender can end in peace. */
const IGNORED_BODY = { bytes: 16 * 1024, ms: 1_000 };

/** How one try went. */
export interface PostOutcome {
  accepted: boolean;
  /** The receiver's answer, if there was one. */
  status?: number;
  /** Half a sentence, of ours: nothing in it comes from the receiver. */
  what: string;
}

export interface PosterParts {
  allowed: AllowedHosts;
  timeoutMs?: number;
  resolve?: Resolve;
  /** Connects to an address as it is; default: undici's. */
  dial?: Connector;
}

/** Sends what is posted to webhooks: past no proxy, along no redirect, to no address that is not public. */
export class WebhookPoster {
  readonly #parts: PosterParts;

  constructor(parts: PosterParts) {
    this.#parts = parts;
  }

  /**
   * One try. 2xx is success.
   * @throws the signal's reason when it aborts; nothing else.
   */
  async post(url: string, headers: Record<string, string>, body: string, signal?: AbortSignal): Promise<PostOutcome> {
    const { allowed, timeoutMs = TIMEOUT_MS } = this.#parts;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      // Judged again: it may have been saved under other settings.
      const target = readTarget(url, "url", allowed);
      const status = await this.#send(target, headers, body, signal ? AbortSignal.any([signal, timeout]) : timeout);
      const redirected = status >= 300 && status < 400 ? ", and redirects are not followed" : "";
      return { accepted: status >= 200 && status < 300, status, what: `the receiver answered ${status}${redirected}` };
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) return { accepted: false, what: `there was no answer in ${timeoutMs / 1000} s` };
      return { accepted: false, what: whatWentWrong(error) };
    }
  }

  async #send(target: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<number> {
    // undici takes tens of milliseconds to load: not before there is something to send.
    const module = await import("undici");
    // It is CommonJS: in the bundle its names are found on the default export only (whose type lacks some).
    const { Agent, buildConnector, request } = module.default as unknown as typeof module;
    const { allowed, resolve, dial = buildConnector({ timeout: CONNECT_TIMEOUT_MS }) } = this.#parts;
    // An agent for one request: no connection is used twice, and none is left. It knows no proxy.
    const agent = new Agent({ connect: checkedConnector(dial, { trusted: allowed.has(target), resolve, signal }) });
    try {
      const response = await request(target, { method: "POST", headers, body, signal, dispatcher: agent });
      await ignore(response.body);
      return response.statusCode;
    } finally {
      // Not waited for: nothing of it is needed any more.
      agent.destroy().catch(() => {});
    }
  }
}

async function ignore(body: Dispatcher.ResponseData["body"]): Promise<void> {
  const { bytes: limit, ms } = IGNORED_BODY;
  await body.dump({ limit, signal: AbortSignal.timeout(ms) }).catch(() => {});
}

function whatWentWrong(error: unknown): string {
  if (error instanceof AddressRefused) return "the host's address is not public";
  if (error instanceof AppError) return "the URL is not a public https URL";
  const code = String((error as { code?: unknown } | undefined)?.code ?? "");
  if (code === "ENOTFOUND" || code === "ENODATA") return "the host was not found";
  if (/CERT|TLS|SSL|ALTNAME|ISSUER|VERIFY/.test(code)) return `there was no good certificate (${code})`;
  return /^[A-Z_]{3,60}$/.test(code) ? `the connection failed (${code})` : "the connection failed";
}
