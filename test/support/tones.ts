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
