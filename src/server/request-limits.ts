import type { MiddlewareHandler } from "hono";
import type { RateLimiterRes } from "rate-limiter-flexible";
import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import { AppError } from "../errors.ts";
import type { Authenticate } from "./auth.ts";
import { errorResponse } from "./envelope.ts";
import { requestIdOf } from "./request-id.ts";

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
    const { keyId } = await authenticate(c.req.raw);
    if (keyId === undefined) return next();
    const { consumedPoints, remainingPoints, msBeforeNext } = await limiter
      .consume(keyId)
      .catch((counter: RateLimiterRes) => counter);
    if (consumedPoints <= perMinute) await next();
    else {
      const message = `This API key has used its ${perMinute} requests of this minute.`;
      const refusal = new AppError("RATE_LIMITED", message, { hint: "wait and try again", retryAfterMs: msBeforeNext });
      c.res = errorResponse(refusal, requestIdOf(c));
    }
    c.res.headers.set("x-ratelimit-limit", String(perMinute));
    c.res.headers.set("x-ratelimit-remaining", String(remainingPoints));
    c.res.headers.set("x-ratelimit-reset", String(Math.ceil(msBeforeNext / 1000)));
  };
}
