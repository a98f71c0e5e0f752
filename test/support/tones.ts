/** A tone that swells and fades, as Int16 at -6 dB: its envelope shows a shift, its length a cut. */
export function tone(sampleRateHertz: number, samples: number, hertz = 440): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => {
    const envelope = 0.5 - 0.5 * Math.cos((2 * Math.PI * i * 3) / sampleRateHertz);
    return Math.round(16_000 * envelope * Math.sin((2 * Math.PI * hertz * i) / sampleRateHertz));
  });
}

/** How far `decoded` lags behind `original`, in samples, by the best correlation within `reach`. */
export function lagOf(original: Int16Array, decoded: Float32Array, reach: number): number {
  let best = { lag: 0, score: Number.NEGATIVE_INFINITY };
  for (let lag = -reach; lag <= reach; lag++) {
    let score = 0;
    for (let i = reach; i < Math.min(original.length, decoded.length) - reach; i += 3) {
      score += original[i]! * decoded[i + lag]!;
    }
    if (score > best.score) best = { lag, score };
  }
  return best.lag;
}

/** A steady sine, as Int16. */
export function steady(sampleRateHertz: number, samples: number, hertz = 1_000, amplitude = 16_000): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / sampleRateHertz)),
  );
}

/** Noise with most of its power at low frequencies, as speech has; the same for every call. Nothing in it repeats. */
export function noise(samples: number): Int16Array {
  let state = 1;
  let low = 0;
  return Int16Array.from({ length: samples }, () => {
    state = (state + 0x6d2b79f5) | 0; // mulberry32
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    low = 0.8 * low + (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5) * 6_000;
    return Math.round(low);
  });
}

export interface FittedTone {
  /** In the samples' own unit. */
  amplitude: number;
  /** How late the sine is against one that starts at the first sample, within half a period. */
  delaySeconds: number;
  /** The sine's power over the power of all the rest. */
  snrDb: number;
}

/** The sine of a frequency that fits the samples best; the first and last quarter are left out. */
export function fitTone(samples: ArrayLike<number>, sampleRateHertz: number, hertz = 1_000): FittedTone {
  const [from, to] = [samples.length >> 2, (samples.length * 3) >> 2];
  const angle = (i: number) => (2 * Math.PI * hertz * i) / sampleRateHertz;
  let [sine, cosine, rest] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    sine += (2 * samples[i]! * Math.sin(angle(i))) / (to - from);
    cosine += (2 * samples[i]! * Math.cos(angle(i))) / (to - from);
  }
  for (let i = from; i < to; i++) {
    rest += (samples[i]! - sine * Math.sin(angle(i)) - cosine * Math.cos(angle(i))) ** 2 / (to - from);
  }
  const power = (sine ** 2 + cosine ** 2) / 2;
  return {
    amplitude: Math.sqrt(2 * power),
    delaySeconds: -Math.atan2(cosine, sine) / (2 * Math.PI * hertz),
    snrDb: 10 * Math.log10(power / rest),
  };
}
