import type { Place } from "./document.ts";

/** Lines and columns of a text, found from offsets in it. A line ends with \n, \r\n or \r. */
export class Places {
  readonly #lineStarts: number[] = [0];

  constructor(text: string) {
    for (const end of text.matchAll(/\r\n?|\n/g)) this.#lineStarts.push(end.index + end[0].length);
  }

  /** Both count from 1, columns in UTF-16 code units. */
  at(offset: number): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }
}
