/** One line of input: its text, or why it has none. */
export type Line = { text: string } | { unreadable: "too long" | "not UTF-8" };

const NEWLINE = 0x0a;

/**
 * Cuts a byte stream into lines. A line longer than `maxBytes` is thrown away up to its end, so that garbage costs
 * neither the memory nor the connection.
 */
export class LineReader {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in `chunk`. */
  *push(chunk: Buffer): Generator<Line> {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      this.#keep(rest.subarray(0, end));
      yield this.#take();
      rest = rest.subarray(end + 1);
    }
    this.#keep(rest);
  }

  /** What is left when the input ends without a newline; undefined when nothing is. */
  end(): Line | undefined {
    return this.#bytes > 0 ? this.#take() : undefined;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  #take(): Line {
    const tooLong = this.#bytes > this.#maxBytes;
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    if (tooLong) return { unreadable: "too long" };
    try {
      return { text: this.#decoder.decode(bytes) };
    } catch {
      return { unreadable: "not UTF-8" };
    }
  }
}
