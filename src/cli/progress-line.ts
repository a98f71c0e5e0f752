import { megabytes } from "../models/files.ts";

const REDRAW_MS = 100;
/** Where nothing can be drawn over, e.g. in a log. */
const LINE_MS = 15_000;
const BAR_CHARACTERS = 24;

/** What of a stream is used. */
export interface Output {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** How far something is: a bar that is drawn over on a terminal, elsewhere a line now and then. */
export class ProgressLine {
  readonly #output: Output;
  readonly #now: () => number;
  #doing = "";
  #shownAt = Number.NEGATIVE_INFINITY;
  #shownBytes = 0;
  #started = { at: 0, bytes: 0 };
  #drawn = false;

  /** @param now a clock in milliseconds */
  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** A sentence on a line of its own. */
  say(sentence: string): void {
    this.end();
    this.#output.write(`${sentence}\n`);
  }

  /** @param totalBytes undefined while it is not known */
  show(doing: string, doneBytes: number, totalBytes: number | undefined): void {
    const now = this.#now();
    const fresh = doing !== this.#doing;
    if (fresh) {
      this.end();
      this.#doing = doing;
      this.#started = { at: now, bytes: doneBytes };
    }
    const complete = doneBytes === totalBytes && doneBytes !== this.#shownBytes;
    if (!fresh && !complete && now - this.#shownAt < (this.#output.isTTY ? REDRAW_MS : LINE_MS)) return;
    this.#shownAt = now;
    this.#shownBytes = doneBytes;
    const text = this.#text(doneBytes, totalBytes, now);
    if (!this.#output.isTTY) {
      this.#output.write(`${text}\n`);
      return;
    }
    // Cut, for a line that wraps can't be drawn over.
    this.#output.write(`\r\x1b[2K${text.slice(0, (this.#output.columns ?? 80) - 1)}`);
    this.#drawn = true;
  }

  /** What comes next begins on a line of its own. */
  end(): void {
    if (this.#drawn) this.#output.write("\n");
    this.#drawn = false;
    this.#doing = "";
  }

  #text(done: number, total: number | undefined, now: number): string {
    const seconds = (now - this.#started.at) / 1000;
    const pace = seconds > 1 ? `, ${megabytes((done - this.#started.bytes) / seconds)}/s` : "";
    if (!total) return `${this.#doing}: ${megabytes(done)}${pace}`;
    const share = Math.min(1, done / total);
    const full = Math.round(share * BAR_CHARACTERS);
    const bar = this.#output.isTTY ? `[${"#".repeat(full)}${".".repeat(BAR_CHARACTERS - full)}] ` : "";
    return `${this.#doing}: ${bar}${Math.floor(share * 100)} % of ${megabytes(total)}${pace}`;
  }
}
