import type { Context, MiddlewareHandler } from "hono";
import type { RateLimiterRes } from "rate-limiter-flexible";
import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import { AppError } from "../errors.ts";
import type { Authenticate } from "./auth.ts";
import { bindingsOf, headerOf } from "./node-bindings.ts";

const BUSY_RETRY_MS = 1_000;
const WINDOW_SECONDS = 60;

const WORKS_WHILE_SENDING = "worksWhileSending";

/** Says that a request is at work until all of its answer is sent: the headers come first, the work after them. */
export const countUntilSent = (c: Context) => c.set(WORKS_WHILE_SENDING, true);

/** Turns requests away (503) while `most` are at work: a queue of them would only make all of them late. */
export function boundConcurrency(most: number): MiddlewareHandler {
  let running = 0;
  const leave = () => {
    running -= 1;
  };
  return async (c, next) => {
    if (running >= most) {
      throw new AppError("UNAVAILABLE", "The server is busy.", { hint: "try again", retryAfterMs: BUSY_RETRY_MS });
    }
    running += 1;
    try {
      await next();
    } finally {
      const sending = c.get(WORKS_WHILE_SENDING) ? bindingsOf(c).outgoing : undefined;
      if (sending && !sending.closed) sending.once("close", leave);
      else leave();
    }
  };
}

/** Counts the requests of each API key, and says in x-ratelimit-* headers what is left of a minute. Each process counts for itself. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #limiter: RateLimiterMemory;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#limiter = new RateLimiterMemory({ points: perMinute, duration: WINDOW_SECONDS });
  }

  /** Counts so many requests. @throws AppError RATE_LIMITED when they are more than what is left. */
  async take(c: Context, keyId: string, requests = 1): Promise<void> {
    const { consumedPoints, remainingPoints, msBeforeNext } = await this.#limiter
      .consume(keyId, requests)
      .catch((counter: RateLimiterRes) => counter);
    // Straight to the socket's headers: a Response that is changed loses the spelling of its own (Location, see app.ts).
    const { outgoing } = bindingsOf(c);
    outgoing?.setHeader("x-ratelimit-limit", this.#perMinute);
    outgoing?.setHeader("x-ratelimit-remaining", remainingPoints);
    outgoing?.setHeader("x-ratelimit-reset", Math.ceil(msBeforeNext / 1000));
    if (consumedPoints <= this.#perMinute) return;
    const message = `This API key has used its ${this.#perMinute} requests of this minute.`;
    throw new AppError("RATE_LIMITED", message, { hint: "wait and try again", retryAfterMs: msBeforeNext });
  }
}

/** @param authenticate tells whose request it is; what has no good key is refused by it, and not counted */
export function limitByKey(limit: RateLimit, authenticate: Authenticate): MiddlewareHandler {
  return async (c, next) => {
    const { keyId } = await authenticate(c.req.raw, headerOf(c, "authorization"));
    if (keyId !== undefined) await limit.take(c, keyId);
    await next();
  };
}
