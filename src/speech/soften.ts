/** Samples up to this value are silence: −50 dB of full scale. */
export const SILENCE_PEAK = 100;

/** Sound that begins or ends in the middle of a wave clicks; over so long it swells or fades instead. */
const FADE_SECONDS = 0.003;
/** A wave that crosses zero at an end is no silence: so much of the end is looked at. */
const END_SECONDS = 0.000_5;

/**
 * Lets sound that begins or ends abruptly swell and fade within 3 ms, in place; ends that are silent stay as they are.
 * @param samples an utterance
 */
export function softenEnds(samples: Int16Array, sampleRateHertz: number): void {
  soften(samples, sampleRateHertz, "start");
  soften(samples, sampleRateHertz, "end");
}

/** As `softenEnds`, at one end: where sound was cut. */
export function soften(samples: Int16Array, sampleRateHertz: number, place: "start" | "end"): void {
  const looked = Math.min(Math.max(1, Math.round(END_SECONDS * sampleRateHertz)), samples.length);
  const end = place === "start" ? samples.subarray(0, looked) : samples.subarray(samples.length - looked);
  if (!end.some((sample) => Math.abs(sample) > SILENCE_PEAK)) return;
  const fade = Math.min(Math.round(FADE_SECONDS * sampleRateHertz), samples.length >> 1);
  for (let i = 0; i < fade; i++) {
    const at = place === "start" ? i : samples.length - 1 - i;
    samples[at] = Math.round((samples[at]! * i) / fade);
  }
}
