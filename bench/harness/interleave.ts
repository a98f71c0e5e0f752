import type { Measured, Side } from "./figure.ts";

/** One side of a ratio: does its work once and gives its measure, most often the milliseconds it took. */
export interface Contender {
  what: string;
  once: () => Promise<number>;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/**
 * Runs two things in turn and gives the ratio of their medians. Each round starts with the side that the last one ended
 * with, so that a machine that grows slower or faster favours neither.
 * @param warmUps rounds before those that count
 */
export async function ratioOf(
  subject: Contender,
  baseline: Contender,
  { rounds, warmUps = 0, unit = "ms" }: { rounds: number; warmUps?: number; unit?: Side["unit"] },
): Promise<Measured> {
  const measures = new Map<Contender, number[]>([
    [subject, []],
    [baseline, []],
  ]);
  for (let round = -warmUps; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? [subject, baseline] : [baseline, subject]) {
      const measure = await contender.once();
      if (round >= 0) measures.get(contender)!.push(measure);
    }
  }
  return ratio(
    sideOf(subject.what, measures.get(subject)!, unit),
    sideOf(baseline.what, measures.get(baseline)!, unit),
  );
}

/** The median of what was measured of one side. */
export function sideOf(what: string, measures: readonly number[], unit: Side["unit"]): Side {
  return { what, median: median(measures), unit, repeats: measures.length };
}

export function ratio(subject: Side, baseline: Side): Measured {
  return { value: subject.median / baseline.median, unit: "×", sides: { subject, baseline } };
}
