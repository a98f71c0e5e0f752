import type { Holding } from "../../src/engines/engine.ts";
import { EngineRegistry } from "../../src/engines/registry.ts";
import { planText } from "../../src/speech/plan/plan.ts";
import { softenEnds } from "../../src/speech/soften.ts";
import { MADE_UP_CAPABILITIES as CAPABILITIES, MadeUpEngine } from "./made-up-engines.ts";

/** Places of the shared counters; see fake-engine.mjs, which runs in the workers. */
const COUNTERS = {
  running: 0,
  mostRunning: 1,
  calls: 2,
  trapsLeft: 3,
  exitsLeft: 4,
  aborts: 5,
  made: 6,
  closed: 7,
} as const;

export const FAKE_VOICE = "fake:en-US-Test-Tone";
/** The same sound from a provider: its engine is not on this machine. */
export const FAKE_CLOUD_VOICE = "cloud:en-US-Test-Tone";
const SAMPLES_PER_CHAR = 16;
const SAMPLE_RATE_HERTZ = 16_000;

/** What the fake engine did in all threads, and what it shall do. */
export class FakeEngines {
  readonly #shared = new SharedArrayBuffer(4 * Object.keys(COUNTERS).length);
  readonly #counters = new Int32Array(this.#shared);
  readonly enginesModule = new URL("./fake-engine.mjs", import.meta.url).href;

  get(counter: keyof typeof COUNTERS): number {
    return Atomics.load(this.#counters, COUNTERS[counter]);
  }

  set(counter: keyof typeof COUNTERS, value: number): void {
    Atomics.store(this.#counters, COUNTERS[counter], value);
  }

  /** The main thread's side: a catalogue of nothing, and the counters for the workers. */
  get registry(): EngineRegistry {
    return this.registryOf();
  }

  /** The same for an engine whose speakers hold much. */
  registryOf(holding?: Holding): EngineRegistry {
    const workerData = async () => ({ counters: this.#shared });
    const engines = [new MadeUpEngine("fake", []), new MadeUpEngine("cloud", [], { local: false })];
    for (const engine of engines) {
      engine.can = () => ({ ...CAPABILITIES, engine: { ...CAPABILITIES.engine, normalisesText: true } });
      Object.assign(engine, { holding, workerData });
    }
    return new EngineRegistry(engines);
  }
}

/** The samples that the fake engine's speech of `text` has, chunk after chunk, each with soft ends. */
export function expectedSamples(text: string): Int16Array {
  const samples: number[] = [];
  for (const { text: said, span } of planText(text)) {
    const chunk = new Int16Array(said.length * SAMPLES_PER_CHAR).fill(1_000 + (span.start % 20_000));
    softenEnds(chunk, SAMPLE_RATE_HERTZ);
    samples.push(...chunk);
  }
  return Int16Array.from(samples);
}
