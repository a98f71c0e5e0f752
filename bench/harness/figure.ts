/** What a figure may be at most, or must be at least. */
export type Bound = { atMost: number } | { atLeast: number };

/** One measured figure: a ratio of two things measured in the same run, or a count. */
export interface Measured {
  value: number;
  unit: "×" | "tokens" | "of 20";
  /** What was measured, where the figure's name does not say it. */
  what?: string;
  /** The two sides of a ratio in words, with their medians, and how often each was measured. */
  sides?: { subject: Side; baseline: Side };
  /** Where the figure is the worst of several: all of them, the worst first. */
  details?: readonly Measured[];
}

export interface Side {
  what: string;
  median: number;
  unit: "ms" | "chars/s" | "MiB" | "req/s";
  repeats: number;
}

/** Thrown where a figure can't be measured on this machine; the message says what it needs. */
export class Skipped extends Error {}

/** A row of the table. */
export interface Figure {
  name: string;
  /** Absent for a row that is there to be looked at. */
  bound?: Bound;
  measure: () => Promise<Measured>;
}

/** Whether a value keeps to its bound; a figure without one always does. */
export function keeps(value: number, bound: Bound | undefined): boolean {
  if (!bound) return true;
  return "atMost" in bound ? value <= bound.atMost : value >= bound.atLeast;
}

/** The bound as the table shows it. */
export function boundText(bound: Bound | undefined): string {
  if (!bound) return "–";
  return "atMost" in bound ? `≤ ${bound.atMost}` : `≥ ${bound.atLeast}`;
}
