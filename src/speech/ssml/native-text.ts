import type { Span } from "../../engines/engine.ts";
import { cutToWeight, safeCut } from "../plan/cuts.ts";
import type { Boundary } from "../plan/plan.ts";
import { speechWeight } from "../plan/weight.ts";
import type { Edge } from "./document.ts";
import { type BreakItem, type FlowItem, saidBy, type TextItem } from "./flow.ts";

/** A part of the run's text; UTF-16 code units of `flat`, [start, end). */
export interface Stretch {
  start: number;
  end: number;
}

/** A stretch that was cut off, and what stands between it and the next. */
export type CutStretch = Stretch & { boundary: Boundary };

interface PlacedText {
  item: TextItem;
  start: number;
  end: number;
}

interface PlacedBreak {
  item: BreakItem;
  /** Where the text before it ends. */
  at: number;
}

/** What is sent of a stretch, in order. `space`: white space is before it. */
export type Fragment = BreakItem | { kind: "text"; item: TextItem; text: string; space: boolean };

/** The text of a run as one string, in which sentences are found: a line for each paragraph and sentence of the SSML. */
export class NativeText {
  readonly flat: string;
  readonly #texts: PlacedText[] = [];
  readonly #breaks: PlacedBreak[] = [];
  #taken = 0;

  constructor(items: readonly FlowItem[]) {
    let flat = "";
    let paused = false;
    for (const item of items) {
      if (item.kind === "break") {
        this.#breaks.push({ item, at: flat.length });
        paused = true;
        continue;
      }
      if (flat) flat += item.edge ? "\n" : item.space || paused ? " " : "";
      const start = flat.length;
      flat += saidBy(item).text;
      this.#texts.push({ item, start, end: flat.length });
      paused = false;
    }
    this.flat = flat;
  }

  said({ start, end }: Stretch): string {
    return this.flat.slice(start, end);
  }

  /** Where a stretch stands in the job's text. */
  spanOf({ start, end }: Stretch): Span {
    const first = this.#texts[this.#indexAt(start)]!;
    const last = this.#texts[this.#indexAt(end - 1)]!;
    return {
      start: saidBy(first.item).spanOf(start - first.start, start - first.start + 1).start,
      end: saidBy(last.item).spanOf(end - last.start - 1, end - last.start).end,
    };
  }

  /** What begins or ends just before a position. */
  edgeAt(start: number): Edge | undefined {
    const text = this.#texts[this.#indexAt(start)]!;
    return text.start === start ? text.item.edge : undefined;
  }

  /** The item that a position is in. */
  itemAt(position: number): TextItem {
    return this.#texts[this.#indexAt(position)]!.item;
  }

  /** The breaks up to a position that were not taken yet. */
  takeBreaks(upTo: number): BreakItem[] {
    const taken: BreakItem[] = [];
    while (this.#taken < this.#breaks.length && this.#breaks[this.#taken]!.at <= upTo) {
      taken.push(this.#breaks[this.#taken++]!.item);
    }
    return taken;
  }

  /** The breaks before a stretch that were not taken yet. */
  breaksBefore({ start }: Stretch): BreakItem[] {
    const breaks: BreakItem[] = [];
    for (let index = this.#taken; index < this.#breaks.length && this.#breaks[index]!.at <= start; index++) {
      breaks.push(this.#breaks[index]!.item);
    }
    return breaks;
  }

  /** Texts and breaks of a stretch; breaks at its ends are not of it. */
  *fragments({ start, end }: Stretch): Iterable<Fragment> {
    let nextBreak = lastAtOrBefore(this.#breaks, start, ({ at }) => at) + 1;
    for (let index = this.#indexAt(start); index < this.#texts.length; index++) {
      const text = this.#texts[index]!;
      if (text.start >= end) return;
      const from = Math.max(start, text.start);
      for (; nextBreak < this.#breaks.length && this.#breaks[nextBreak]!.at <= from; nextBreak++) {
        yield this.#breaks[nextBreak]!.item;
      }
      const { item } = text;
      const said = item.whole ? item.text.text : this.flat.slice(from, Math.min(end, text.end));
      yield { kind: "text", item, text: said, space: this.flat[from - 1] === " " };
    }
  }

  /** Cut into stretches of about this weight at most (see weight.ts), never within an item that is whole. */
  divided({ start, end }: Stretch, maxWeight: number): (Stretch & { boundary?: Boundary })[] {
    const stretches: (Stretch & { boundary?: Boundary })[] = [];
    const pieces = cutToWeight(this.flat, start, end, maxWeight);
    let from = start;
    for (const [index, { cut }] of pieces.entries()) {
      const wanted = pieces[index + 1]?.start;
      if (wanted === undefined || wanted <= from) continue;
      const at = this.#openPlace(wanted, from);
      if (at >= end) break;
      stretches.push({ start: from, end: this.#trimmedEnd(at), boundary: at === wanted ? cut : this.#gapBefore(at) });
      from = at;
    }
    stretches.push({ start: from, end });
    return stretches;
  }

  /** Cut in two, or undefined when there is no place to cut. */
  halved({ start, end }: Stretch): [CutStretch, Stretch] | undefined {
    const middle = (start + end) >> 1;
    const [first, second] = this.divided({ start, end }, Math.max(1, speechWeight(this.said({ start, end })) * 0.55));
    let at = second ? second.start : safeCut(this.flat, start, middle);
    let boundary = first?.boundary;
    if (!second) {
      at = at > start ? this.#openPlace(at, start) : end;
      if (at >= end) return undefined;
      boundary = this.#gapBefore(at);
    }
    return [
      { start, end: this.#trimmedEnd(at), boundary: boundary ?? "space" },
      { start: at, end },
    ];
  }

  /** The nearest place to cut: `wanted`, or before or behind the whole item that it is in; past `from`. */
  #openPlace(wanted: number, from: number): number {
    const { item, start, end } = this.#texts[this.#indexAt(wanted)]!;
    if (!item.whole || wanted === start) return wanted;
    if (start > from) return start;
    return end + (/\s/.test(this.flat[end] ?? "") ? 1 : 0);
  }

  #trimmedEnd(at: number): number {
    return /\s/.test(this.flat[at - 1] ?? "") ? at - 1 : at;
  }

  #gapBefore(at: number): Boundary {
    return /\s/.test(this.flat[at - 1] ?? "") ? "space" : "inside";
  }

  #indexAt(position: number): number {
    return Math.max(
      0,
      lastAtOrBefore(this.#texts, position, ({ start }) => start),
    );
  }
}

/** The index of the last of those in order that is at or before a position; −1: none. */
function lastAtOrBefore<T>(sorted: readonly T[], position: number, placeOf: (one: T) => number): number {
  let low = -1;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (placeOf(sorted[middle]!) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
