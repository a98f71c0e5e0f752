import { distance } from "fastest-levenshtein";

/** The `count` names nearest to `name` by edit distance, nearest first. */
export function nearestNames(name: string, known: readonly string[], count: number): string[] {
  const wanted = name.toLowerCase().slice(0, 200);
  return known
    .map((candidate) => ({ candidate, d: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.d - b.d)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
