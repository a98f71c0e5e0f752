import type { Sound } from "./program.ts";

/** How a program's rate (words a minute, or steps) makes speed. */
export interface RateScale {
  /** The rate that should make a speed; undefined for the voice's own. */
  rateFor(speed: number): number;
  /** A better rate, when `rate` made `got` in place of `wanted`; the same when there is none. */
  corrected(rate: number, got: number, wanted: number): number;
}

/** Near enough. */
const TOLERANCE = 0.02;
const MOST_CORRECTIONS = 3;

/**
 * Speaks in 1/speed of the voice's own time. How much faster a rate makes speech depends on language and text (by up to
 * 40 % with espeak-ng at double speed), so the length is measured against the voice's own and the rate corrected.
 *
 * @param say speaks at a rate, or at the voice's own
 */
export async function atSpeed(
  speed: number,
  say: (rate: number | undefined) => Promise<Sound>,
  scale: RateScale,
): Promise<Sound> {
  const own = await say(undefined);
  if (speed === 1 || own.samples.length === 0) return own;
  let best = own;
  let bestError = Number.POSITIVE_INFINITY;
  let rate = scale.rateFor(speed);
  for (let tries = 0; tries <= MOST_CORRECTIONS; tries++) {
    const sound = await say(rate);
    const got = own.samples.length / Math.max(1, sound.samples.length);
    const error = Math.abs(got / speed - 1);
    if (error < bestError) {
      best = sound;
      bestError = error;
    }
    const next = scale.corrected(rate, got, speed);
    if (error <= TOLERANCE || next === rate) break;
    rate = next;
  }
  return best;
}
