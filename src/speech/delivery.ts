import { createHash } from "node:crypto";
import { AppError } from "../errors.ts";
import type { ByteSink } from "./pipeline.ts";

/**
 * Hands a job's bytes to its sink, each once. When a worker dies with a job's encoder in it, the job is made again from
 * its start, and what the sink already has is compared with what comes instead of being given again.
 */
export class Delivery {
  readonly #sink: ByteSink;
  readonly #given = createHash("sha256");
  #givenBytes = 0;
  #again: { left: number; hash: ReturnType<typeof createHash> } | undefined;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** From here on the bytes come from the start again. */
  restart(): void {
    this.#again = this.#givenBytes > 0 ? { left: this.#givenBytes, hash: createHash("sha256") } : undefined;
  }

  /** @throws AppError GENERATION_FAILED when the bytes differ from those of the first time */
  async give(bytes: Uint8Array): Promise<void> {
    const fresh = this.#again ? this.#compare(this.#again, bytes) : bytes;
    if (fresh.length === 0) return;
    this.#given.update(fresh);
    this.#givenBytes += fresh.length;
    await this.#sink(fresh);
  }

  #compare(again: { left: number; hash: ReturnType<typeof createHash> }, bytes: Uint8Array): Uint8Array {
    const known = bytes.subarray(0, again.left);
    again.hash.update(known);
    again.left -= known.length;
    if (again.left > 0) return new Uint8Array();
    if (!again.hash.digest().equals(this.#given.copy().digest())) {
      throw new AppError("GENERATION_FAILED", "A speech worker ended, and the voice did not speak the same way again.");
    }
    this.#again = undefined;
    return bytes.subarray(known.length);
  }
}
