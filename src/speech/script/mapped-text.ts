import type { Span } from "../../engines/engine.ts";
import type { Origin } from "./script.ts";

/** Text that knows where each of its parts stands in the job's text. Grows at its end only. */
export class MappedText {
  #text = "";
  #last = "";
  readonly #origins: Origin[] = [];

  /** One piece of text that stands for the whole of `span`. */
  static of(text: string, span: Span): MappedText {
    const mapped = new MappedText();
    mapped.append(text, span);
    return mapped;
  }

  /** A part's text with its origins, as the getters below gave them. */
  static from({ text, origins }: { text: string; origins: readonly Origin[] }): MappedText {
    const mapped = new MappedText();
    mapped.#text = text;
    mapped.#last = text.at(-1) ?? "";
    for (const origin of origins) mapped.#origins.push(origin);
    return mapped;
  }

  get text(): string {
    return this.#text;
  }

  /** The last code unit. Does not make the engine put together what was appended, as indexing the text would. */
  get last(): string {
    return this.#last;
  }

  /** In order; the first begins at 0. */
  get origins(): readonly Origin[] {
    return this.#origins;
  }

  get length(): number {
    return this.#text.length;
  }

  /** Adds text that stands at `span`: character for character where both have one length, else as a whole. */
  append(text: string, span: Span): void {
    if (text.length === 0) return;
    const last = this.#origins.length - 1;
    const goesOn =
      last >= 0 &&
      this.#isExact(last) &&
      text.length === span.end - span.start &&
      this.#origins[last]!.span.end === span.start;
    if (goesOn) {
      const { start, span: before } = this.#origins[last]!;
      this.#origins[last] = { start, span: { start: before.start, end: span.end } };
    } else {
      this.#origins.push({ start: this.#text.length, span });
    }
    this.#text += text;
    this.#last = text.at(-1)!;
  }

  /** Adds the part [start, end) of another text, with its places. */
  appendPart(other: MappedText, start = 0, end = other.length): void {
    for (let index = other.#indexAt(start); start < end; index++) {
      const to = Math.min(end, other.#endOf(index));
      this.append(other.#text.slice(start, to), other.spanOf(start, to));
      start = to;
    }
  }

  /** Takes the end of the text away, from `start` on, and gives it. */
  takeEnd(start: number): MappedText {
    const end = new MappedText();
    end.appendPart(this, start);
    const kept = new MappedText();
    kept.appendPart(this, 0, start);
    this.#text = kept.#text;
    this.#last = kept.#last;
    this.#origins.length = 0;
    for (const origin of kept.#origins) this.#origins.push(origin);
    return end;
  }

  /** Where the part [start, end) stands; start < end. */
  spanOf(start: number, end: number): Span {
    const first = this.#indexAt(start);
    const last = this.#indexAt(end - 1);
    const from = this.#origins[first]!;
    const to = this.#origins[last]!;
    return {
      start: this.#isExact(first) ? from.span.start + (start - from.start) : from.span.start,
      end: this.#isExact(last) ? to.span.start + (end - to.start) : to.span.end,
    };
  }

  #endOf(index: number): number {
    return this.#origins[index + 1]?.start ?? this.#text.length;
  }

  #isExact(index: number): boolean {
    const { start, span } = this.#origins[index]!;
    return this.#endOf(index) - start === span.end - span.start;
  }

  /** The last origin that begins at or before `position`. */
  #indexAt(position: number): number {
    let low = 0;
    let high = this.#origins.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#origins[middle]!.start <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
