import { timingSafeEqual } from "node:crypto";
import type { Context, Hono } from "hono";
import { AppError } from "../errors.ts";
import type { ClientAddress } from "./client-address.ts";
import type { Metrics } from "./observe.ts";

export interface HealthParts {
  metrics: Metrics;
  /** Throws what is wrong when the service can't do its work. */
  checkReady: () => Promise<void>;
  addressOf: ClientAddress;
  /** Opens /metrics to other machines. */
  metricsToken?: string;
}

const PROXY_HEADERS = ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "x-forwarded-proto", "via"];
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** What supervisors and monitors ask: is it alive, can it work, what does it count. */
export function mountHealth(app: Hono, { metrics, checkReady, addressOf, metricsToken }: HealthParts): void {
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    try {
      await checkReady();
    } catch (error) {
      throw error instanceof AppError
        ? error
        : new AppError("UNAVAILABLE", "The service is not ready.", { hint: "see the log", cause: error });
    }
    return c.json({ status: "ready" });
  });
  app.get("/metrics", async (c) => {
    if (!isFromHere(c, addressOf) && !hasToken(c, metricsToken)) {
      throw new AppError("NOT_FOUND", "The metrics are for this machine only.", {
        hint: "set AITTSM_METRICS_TOKEN and send it as Authorization: Bearer …",
      });
    }
    const { contentType, body } = await metrics.text();
    return c.body(body, 200, { "Content-Type": contentType });
  });
}

/** A proxy on this machine makes the whole world look local; so does a browser here that a page's name led astray. */
function isFromHere(c: Context, addressOf: ClientAddress): boolean {
  const proxied = PROXY_HEADERS.some((name) => c.req.header(name) !== undefined);
  const host = c.req.header("host") ?? "localhost";
  return !proxied && LOOPBACK_HOST.test(host) && /^127\.|^::\/64$|^this process$/.test(addressOf(c));
}

function hasToken(c: Context, token: string | undefined): boolean {
  const given = Buffer.from(/^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "");
  const wanted = Buffer.from(token ?? "");
  return wanted.length > 0 && given.length === wanted.length && timingSafeEqual(given, wanted);
}
