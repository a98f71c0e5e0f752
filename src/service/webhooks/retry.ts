/** A delivery is tried so often, the last time about a day after the first. */
export const MAX_TRIES = 8;
const FIRST_DELAY_MS = 30_000;
/** 30 s, 1.8 min, 6.4 min, 23 min, 81 min, 4.8 h, 17 h: 24 h in all. */
const FACTOR = 3.57;
/** Each delay is longer or shorter by up to this share of it, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * How long after a failed try the next one is made.
 * @param attempt which try failed, from 1
 * @param random from 0 to 1
 */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.round(FIRST_DELAY_MS * FACTOR ** (attempt - 1) * (1 + JITTER * (2 * random - 1)));
}
