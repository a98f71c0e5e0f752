import { isIP } from "node:net";
import { hostname as machineName } from "node:os";
import type { MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import { bindingsOf, headerOf } from "./node-bindings.ts";

/** Where the service is reached, for telling its own requests from those that a foreign web page made a browser send. */
export interface Place {
  /** Where it listens: an address or a name. */
  host: string;
  publicUrl?: string;
  /** Web pages of other origins that may call, besides the service's own. */
  allowedOrigins: readonly string[];
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const WILDCARD = ["0.0.0.0", "[::]"];
/** What a web page may read of an answer besides the few headers that it always may. */
const EXPOSED =
  "x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after, www-authenticate";
const PREFLIGHT_SECONDS = 600;

/**
 * Answers only requests that name this service in Host (421) and come from no page of a stranger (Origin, 403), so that
 * DNS rebinding leads nowhere; answers CORS preflights. Ports are not compared: an address that was forwarded has
 * another, and a name that is ours is ours on every port.
 */
export function guardOrigin(place: Place, methods: readonly string[]): MiddlewareHandler {
  const isOurs = hostCheck(place);
  const ownOrigin = place.publicUrl && new URL(place.publicUrl).origin;
  return async (c, next) => {
    const host = headerOf(c, "host") ?? "";
    if (!isOurs(hostnameOf(host))) {
      throw new AppError("MISDIRECTED_REQUEST", "This service does not have the name that is in Host.", {
        hint: "use the URL as it was given, or set AITTSM_PUBLIC_URL or AITTSM_ALLOWED_ORIGINS where the service runs",
      });
    }
    const { outgoing } = bindingsOf(c);
    outgoing?.setHeader("Vary", "Origin");
    const origin = headerOf(c, "origin");
    if (origin !== undefined) {
      const own = origin === ownOrigin || /^https?:\/\/(.*)$/.exec(origin)?.[1] === host.toLowerCase();
      if (!own && !place.allowedOrigins.includes(origin)) {
        throw new AppError("ORIGIN_REFUSED", "Web pages of this Origin may not call this service.", {
          hint: "add the origin to AITTSM_ALLOWED_ORIGINS where the service runs",
        });
      }
      outgoing?.setHeader("Access-Control-Allow-Origin", origin);
      outgoing?.setHeader("Access-Control-Expose-Headers", EXPOSED);
    }
    if (c.req.method !== "OPTIONS") return next();
    const allowed = methods.join(", ");
    if (origin === undefined || !headerOf(c, "access-control-request-method")) {
      return c.body(null, 204, { Allow: allowed });
    }
    // The origin is trusted with the caller's key, so whatever headers it has to send, it may.
    return c.body(null, 204, {
      "Access-Control-Allow-Methods": allowed,
      "Access-Control-Allow-Headers": headerOf(c, "access-control-request-headers") ?? "",
      "Access-Control-Max-Age": String(PREFLIGHT_SECONDS),
    });
  };
}

function hostCheck({ host, publicUrl, allowedOrigins }: Place): (hostname: string | undefined) => boolean {
  const listening = hostnameOf(isIP(host) === 6 ? `[${host}]` : host) ?? host;
  const everywhere = WILDCARD.includes(listening);
  const loopback = LOOPBACK.includes(listening) || listening.startsWith("127.");
  const machine = machineName().toLowerCase();
  // Whoever has the name of a trusted origin is trusted anyway: so a name that only a private network knows can be let in.
  const urls = [...allowedOrigins, ...(publicUrl ? [publicUrl] : [])].filter((url) => /^https?:/.test(url));
  const names = new Set([
    listening,
    ...(everywhere || loopback ? LOOPBACK : []),
    ...(everywhere ? [machine, `${machine}.local`] : []),
    ...urls.map((url) => new URL(url).hostname),
  ]);
  // A browser can't be led to an address by a name that changes: an address in Host was meant.
  return (name) => name !== undefined && (names.has(name) || (everywhere && isIP(name.replace(/^\[|\]$/g, "")) !== 0));
}

/** The name in a Host header, as URLs write it: small letters, brackets around IPv6, no port. */
function hostnameOf(host: string): string | undefined {
  return /^[^/?#@\\\s]+$/.test(host) && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined;
}
