import type { Span } from "../../engines/engine.ts";
import { type CutKind, cutToWeight, type Piece } from "./cuts.ts";
import { joinWrappedLines } from "./lines.ts";
import { type Sentence, sentencesOf } from "./sentences.ts";

/** What stands between a chunk and the next: it decides how long the pause is. */
export type Boundary = "paragraph" | "line" | "sentence" | CutKind;

/** Text for one call of an engine. */
export interface PlannedChunk {
  /** `input.slice(span.start, span.end)`, with spaces for the line breaks inside sentences; of a script, what is said. */
  text: string;
  /** UTF-16 code units of the input, [start, end). */
  span: Span;
  /** What follows the chunk; "paragraph" after the last one. */
  boundary: Boundary;
}

export interface PlanOptions {
  /**
   * The most a chunk weighs, in letters of running text (weight.ts). At 300 a chunk is 20 s of speech and 0.2 s of work
   * for flite, against 5 ms that each call costs; at 600 aborting takes twice as long for 1 % less work. Engines that
   * want another size say so (RequestSupport.lettersPerRequest).
   */
  maxWeight?: number;
  /**
   * The most the first chunk weighs: one sentence, or the first clauses of a long one, so that sound starts early.
   * Infinity where something was said before: then the first chunk is like the others.
   */
  firstMaxWeight?: number;
}

const MAX_WEIGHT = 300;
const FIRST_MAX_WEIGHT = 90;
/** Marks that aren't spoken weigh next to nothing: this bounds a chunk of them, in code units for each of its weight. */
const MAX_CHARS_PER_WEIGHT = 2;
/** As weight.ts has it */
const LINE_END_WEIGHT = 5;

/**
 * Cuts a text into chunks for an engine: sentences packed up to the limit, long sentences cut at clauses, then words.
 * Lazy (the text ahead is read as chunks are pulled), deterministic and linear. Every code unit that is not white space
 * is in the span of exactly one chunk, and spans are in order. No chunk for a text of white space.
 */
export function* planText(text: string, options: PlanOptions = {}): Iterable<PlannedChunk> {
  const { maxWeight = MAX_WEIGHT } = options;
  const firstMaxWeight = Math.min(maxWeight, options.firstMaxWeight ?? FIRST_MAX_WEIGHT);
  const source = joinWrappedLines(text);
  const chunk = (from: Piece, to: Piece, next?: Piece): PlannedChunk => ({
    text: source.slice(from.start, to.end),
    span: { start: from.start, end: to.end },
    boundary: next ? boundaryBetween(source, to, next) : "paragraph",
  });
  let first: Piece | undefined;
  let last: Piece | undefined;
  let weight = 0;
  let alone = firstMaxWeight < maxWeight;
  for (const piece of piecesOf(source, maxWeight, firstMaxWeight)) {
    if (last) weight += isLineBreak(boundaryBetween(source, last, piece)) ? LINE_END_WEIGHT : 1;
    const fits =
      !alone &&
      weight + piece.weight <= maxWeight &&
      piece.end - (first?.start ?? 0) <= maxWeight * MAX_CHARS_PER_WEIGHT;
    if (first && last && !fits) {
      yield chunk(first, last, piece);
      alone = false;
      first = undefined;
      weight = 0;
    }
    first ??= piece;
    last = piece;
    weight += piece.weight;
  }
  if (first && last) yield chunk(first, last);
}

function* piecesOf(source: string, maxWeight: number, firstMaxWeight: number): Iterable<Piece> {
  let isFirst = true;
  for (const sentence of sentencesOf(source)) {
    if (isFirst) {
      isFirst = false;
      const pieces = cutToWeight(source, sentence.start, sentence.end, firstMaxWeight);
      yield pieces[0]!;
      if (pieces.length === 1) continue;
      yield* piecesOfSentence(source, { ...sentence, start: pieces[1]!.start }, maxWeight);
    } else {
      yield* piecesOfSentence(source, sentence, maxWeight);
    }
  }
}

function* piecesOfSentence(source: string, sentence: Sentence, maxWeight: number): Iterable<Piece> {
  for (const piece of cutToWeight(source, sentence.start, sentence.end, maxWeight)) {
    const goesOn = piece.cut === undefined && !sentence.complete;
    yield goesOn ? { ...piece, cut: "space" } : piece;
  }
}

const isLineBreak = (boundary: Boundary) => boundary === "line" || boundary === "paragraph";

function boundaryBetween(source: string, before: Piece, after: Piece): Boundary {
  const gap = source.slice(before.end, after.start);
  const lineBreak = gap.search(/[\n\u2028\u2029]/);
  if (lineBreak >= 0) return gap.indexOf("\n", lineBreak + 1) >= 0 ? "paragraph" : "line";
  return before.cut ?? "sentence";
}
