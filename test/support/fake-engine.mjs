// An engine for tests of the pipeline, loaded by the speech workers. What it does is in the text; what it did is in
// counters that all threads share (COUNTERS in test/support/fake-engine.ts).
import { setTimeout as sleep } from "node:timers/promises";

const [RUNNING, MOST_RUNNING, CALLS, TRAPS_LEFT, EXITS_LEFT, ABORTS, MADE, CLOSED] = [0, 1, 2, 3, 4, 5, 6, 7];
const SAMPLES_PER_CHAR = 16;

class FakeEngine {
  id = "fake";

  constructor({ counters }) {
    this.counters = new Int32Array(counters);
    Atomics.add(this.counters, MADE, 1);
  }

  async *synthesize({ text, span }, signal) {
    const { counters } = this;
    const call = Atomics.add(counters, CALLS, 1);
    const running = Atomics.add(counters, RUNNING, 1) + 1;
    if (running > Atomics.load(counters, MOST_RUNNING)) Atomics.store(counters, MOST_RUNNING, running);
    try {
      if (text.includes("TRAP") && Atomics.sub(counters, TRAPS_LEFT, 1) > 0) throw new Error("unreachable executed");
      if (text.includes("EXIT") && Atomics.sub(counters, EXITS_LEFT, 1) > 0) process.exit(3);
      if (text.includes("HANG")) {
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      }
      // Later chunks are often ready sooner.
      if (text.includes("SLOW")) await sleep((call * 7) % 11);
      const samples = new Int16Array(text.length * SAMPLES_PER_CHAR).fill(1_000 + (span.start % 20_000));
      yield { samples, sampleRateHertz: 16_000, span };
    } catch (error) {
      if (signal.aborted) Atomics.add(counters, ABORTS, 1);
      throw error;
    } finally {
      Atomics.sub(counters, RUNNING, 1);
    }
  }

  async close() {
    Atomics.add(this.counters, CLOSED, 1);
  }
}

const createSpeaker = (data) => new FakeEngine(data);
export const entries = [
  { id: "fake", createSpeaker },
  { id: "cloud", createSpeaker },
];
