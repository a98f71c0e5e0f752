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
    // A proxy on this machine makes the whole world look local.
    const proxied = c.req.header("x-forwarded-for") !== undefined || c.req.header("forwarded") !== undefined;
    if ((proxied || !isLocal(addressOf(c))) && !hasToken(c, metricsToken)) {
      throw new AppError("NOT_FOUND", "The metrics are for this machine only.", {
        hint: "set AITTSM_METRICS_TOKEN and send it as Authorization: Bearer …",
      });
    }
    const { contentType, body } = await metrics.text();
    return c.body(body, 200, { "Content-Type": contentType });
  });
}

const isLocal = (address: string) => /^127\.|^::\/64$|^this process$/.test(address);

function hasToken(c: Context, token: string | undefined): boolean {
  const given = Buffer.from(/^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "");
  const wanted = Buffer.from(token ?? "");
  return wanted.length > 0 && given.length === wanted.length && timingSafeEqual(given, wanted);
}
