/** No louder than this, −0.3 dB of full scale: encoders overshoot a little. */
const CEILING = 31_650;

/**
 * Makes the sound of a chunk louder or softer, in place. A chunk that would clip gets as loud as it can without.
 * @param decibels positive is louder
 */
export function changeVolume(samples: Int16Array, decibels: number): void {
  let peak = 0;
  for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]!));
  if (peak === 0) return;
  const gain = Math.min(10 ** (decibels / 20), Math.max(1, CEILING / peak));
  for (let i = 0; i < samples.length; i++) samples[i] = Math.round(samples[i]! * gain);
}
