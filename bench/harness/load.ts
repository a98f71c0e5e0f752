import { Pool } from "undici";

export interface Call {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: () => string;
  /** What a good answer's status is; another ends the measurement. */
  status: number;
}

/** Sends the same call over so many connections, each again as soon as it is answered. */
export class Load {
  readonly #pool: Pool;
  readonly #connections: number;

  constructor(origin: string, connections: number) {
    this.#pool = new Pool(origin, { connections, pipelining: 1 });
    this.#connections = connections;
  }

  /** Requests answered in a second, over `milliseconds`. */
  async rate(call: Call, milliseconds: number): Promise<number> {
    const started = performance.now();
    const end = started + milliseconds;
    let answered = 0;
    const connection = async () => {
      while (performance.now() < end) {
        await this.one(call);
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: this.#connections }, connection));
    return (answered / (performance.now() - started)) * 1000;
  }

  /** One call; gives the milliseconds until its whole answer was there, and the answer. */
  async one({ method, path, headers, body, status }: Call): Promise<{ ms: number; text: string }> {
    const started = performance.now();
    const response = await this.#pool.request({ method, path, headers, body: body?.() });
    const text = await response.body.text();
    if (response.statusCode !== status) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return { ms: performance.now() - started, text };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** The value below which `share` (0 to 1) of all are. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
