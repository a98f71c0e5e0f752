import { cumulativeWeights } from "./weight.ts";

/** What stands between a piece of a sentence and the next, from the best place to cut to the worst. */
export type CutKind = "clause" | "space" | "inside";

export interface Piece {
  start: number;
  end: number;
  weight: number;
  /** Where this piece was cut off; absent when it ends with its sentence. */
  cut?: CutKind;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Code units looked at past a limit to find where a grapheme cluster ends; a longer cluster is cut. */
const GRAPHEME_REACH = 64;

const CLAUSE_MARK = /[,;:—–，、；：]/;
const CLOSING_MARK = /["'”’)\]]/;

/**
 * Cuts `text[start, end)` into pieces of at most `maxWeight` (see weight.ts) of about the same size: after the marks of
 * clauses where there are any, else between words, else inside a word but never inside a grapheme cluster of
 * reasonable size. One character is never cut, so a single one may weigh more.
 */
export function cutToWeight(text: string, start: number, end: number, maxWeight: number): Piece[] {
  const totals = cumulativeWeights(text, start, end);
  const pieces: Piece[] = [];
  let from = start;
  while (from < end) {
    const before = totals[from - start]!;
    const rest = totals[end - start]! - before;
    if (rest <= maxWeight) {
      pieces.push({ start: from, end, weight: rest });
      break;
    }
    const aim = rest / Math.ceil(rest / maxWeight);
    const within = (weight: number) => positionOf(totals, before + weight) + start;
    const { at, cut } = bestCut(text, from, within(aim), Math.min(end - 1, within(maxWeight)));
    const piece = trimEnd(text, from, at);
    if (piece > from) {
      pieces.push({ start: from, end: piece, weight: totals[piece - start]! - before, cut });
    }
    from = at;
    while (from < end && /\s/.test(text[from]!)) from++;
  }
  return pieces;
}

/** The last place at or before `limit` where text can be cut, preferably between words; always past `from`. */
export function safeCut(text: string, from: number, limit: number): number {
  for (let at = limit; at > (from + limit) / 2; at--) {
    if (/\s/.test(text[at - 1]!)) return at;
  }
  return graphemeStart(text, from, limit);
}

/** The largest index whose running total is at most `weight`. */
function positionOf(totals: Float64Array, weight: number): number {
  let low = 0;
  let high = totals.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (totals[middle]! <= weight) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Nearest to `aim` among the cuts of the best kind between half way there and `limit`. */
function bestCut(text: string, from: number, aim: number, limit: number): { at: number; cut: CutKind } {
  const first = from + Math.max(1, (aim - from) >> 1);
  let clause = -1;
  let space = -1;
  const nearer = (at: number, than: number) => than < 0 || Math.abs(at - aim) < Math.abs(than - aim);
  for (let at = first; at <= limit; at++) {
    if (/\s/.test(text[at]!) && nearer(at, space)) space = at;
    if (endsClause(text, at) && nearer(at, clause)) clause = at;
  }
  if (clause > from) return { at: clause, cut: "clause" };
  if (space > from) return { at: space, cut: "space" };
  return { at: graphemeStart(text, from, Math.max(aim, from + 1)), cut: "inside" };
}

/** Whether a clause ends just before `at`: a mark with white space after it, maybe past closing quotes, or a dash. */
export function endsClause(text: string, at: number): boolean {
  let mark = at - 1;
  if (/[—、，；：]/.test(text[mark] ?? "")) return true;
  if (!/\s/.test(text[at] ?? "")) return false;
  for (let i = 0; i < 3 && CLOSING_MARK.test(text[mark] ?? ""); i++) mark--;
  return CLAUSE_MARK.test(text[mark] ?? "") || (mark < at - 1 && /[.!?]/.test(text[mark] ?? ""));
}

/** The start of the grapheme cluster that holds the boundary `at`, or a cut past it when that start isn't past `from`. */
function graphemeStart(text: string, from: number, at: number): number {
  if (at >= text.length) return text.length;
  // From a cluster's start: where flags begin depends on all that stand before.
  const found = graphemes.segment(text.slice(from, at + GRAPHEME_REACH)).containing(at - from);
  if (found && found.index > 0) return from + found.index;
  // The first cluster reaches past `at`: take it whole if it ends in reach.
  const clusterEnd = found ? from + found.segment.length : at;
  if (found && clusterEnd < at + GRAPHEME_REACH) return clusterEnd;
  return isLowSurrogate(text.charCodeAt(at)) ? at + 1 : at;
}

const isLowSurrogate = (code: number) => code >= 0xdc00 && code <= 0xdfff;

function trimEnd(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && /\s/.test(text[end - 1]!)) end--;
  return end;
}
