import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Log } from "../service/log.ts";
import { requestIdOf } from "./request-id.ts";

/** Upper bounds in seconds; long polls and streams end in the last ones. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/** What the service counts for whoever watches it (Prometheus' text format). */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "aittsm_http_requests_total",
    help: "HTTP requests answered.",
    labelNames: ["method", "route", "status"],
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: "aittsm_http_request_duration_seconds",
    help: "Time until the headers of the answer.",
    labelNames: ["route"],
    buckets: DURATION_BUCKETS,
    registers: [this.#registry],
  });

  /** Counters by what they count, found once: routes are few, being templates. */
  readonly #series = new Map<string, { requests: Counter.Internal; durations: Histogram.Internal<"route"> }>();

  /** @param countJobs the jobs of each status, asked for when somebody looks */
  constructor(countJobs: () => Promise<ReadonlyMap<string, number>>) {
    collectDefaultMetrics({ register: this.#registry });
    const jobs = new Gauge({
      name: "aittsm_jobs",
      help: "Speech jobs by status.",
      labelNames: ["status"],
      registers: [this.#registry],
      collect: async () => {
        for (const [status, count] of await countJobs()) jobs.set({ status }, count);
      },
    });
  }

  request(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${status} ${route}`;
    const series = this.#series.get(key) ?? {
      requests: this.#requests.labels({ method, route, status }),
      durations: this.#durations.labels({ route }),
    };
    this.#series.set(key, series);
    series.requests.inc();
    series.durations.observe(seconds);
  }

  async text(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

/** Logs and counts every request, by the template of its route: a path may hold a token. */
export function observe(log: Log, metrics: Metrics): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now();
    await next();
    const milliseconds = performance.now() - start;
    const route = matchedRoutes(c).findLast(({ path }) => !path.endsWith("*"))?.path ?? "(none)";
    const { method } = c.req;
    const { status } = c.res;
    metrics.request(method, route, status, milliseconds / 1000);
    const facts = { requestId: requestIdOf(c), method, route, status, ms: Math.round(milliseconds * 10) / 10 };
    log.info(facts, "request");
  };
}
