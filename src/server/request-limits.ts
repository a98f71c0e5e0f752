import type { MiddlewareHandler } from "hono";
import type { RateLimiterRes } from "rate-limiter-flexible";
import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import { AppError } from "../errors.ts";
import type { Authenticate } from "./auth.ts";
import { bindingsOf, headerOf } from "./node-bindings.ts";

const BUSY_RETRY_MS = 1_000;
const WINDOW_SECONDS = 60;

/** Turns requests away (503) while `most` are at work: a queue of them would only make all of them late. */
export function boundConcurrency(most: number): MiddlewareHandler {
  let running = 0;
  return async (_c, next) => {
    if (running >= most) {
      throw new AppError("UNAVAILABLE", "The server is busy.", { hint: "try again", retryAfterMs: BUSY_RETRY_MS });
    }
    running += 1;
    try {
      await next();
    } finally {
      running -= 1;
    }
  };
}

/**
 * Allows each API key so many requests a minute, and says in x-ratelimit-* headers what is left. Each process counts for
 * itself.
 * @param authenticate tells whose request it is; what has no good key is refused by it, and not counted
 */
export function limitByKey(perMinute: number, authenticate: Authenticate): MiddlewareHandler {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: WINDOW_SECONDS });
  return async (c, next) => {
    const { keyId } = await authenticate(c.req.raw, headerOf(c, "authorization"));
    if (keyId === undefined) return next();
    const { consumedPoints, remainingPoints, msBeforeNext } = await limiter
      .consume(keyId)
      .catch((counter: RateLimiterRes) => counter);
    // Straight to the socket's headers: a Response that is changed loses the spelling of its own (Location, see app.ts).
    const { outgoing } = bindingsOf(c);
    outgoing?.setHeader("x-ratelimit-limit", perMinute);
    outgoing?.setHeader("x-ratelimit-remaining", remainingPoints);
    outgoing?.setHeader("x-ratelimit-reset", Math.ceil(msBeforeNext / 1000));
    if (consumedPoints <= perMinute) return next();
    const message = `This API key has used its ${perMinute} requests of this minute.`;
    throw new AppError("RATE_LIMITED", message, { hint: "wait and try again", retryAfterMs: msBeforeNext });
  };
}
