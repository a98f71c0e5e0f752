import { AppError } from "../errors.ts";
import type { Engine, EngineContext, EngineEntry, EngineVoice } from "./engine.ts";
import { fliteEntry } from "./flite/index.ts";
import { googleEntry } from "./google/index.ts";
import { kokoroEntry } from "./kokoro/index.ts";
import { openaiEntry } from "./openai/index.ts";
import { pollyEntry } from "./polly/index.ts";
import { systemEntry } from "./system/index.ts";

/** Every engine there is. A new one is its folder and a line here. */
export const ENGINE_ENTRIES: readonly EngineEntry[] = [
  fliteEntry,
  googleEntry,
  kokoroEntry,
  openaiEntry,
  pollyEntry,
  systemEntry,
];

/** The engines by id and by voice. On the main thread it serves the catalogue and loads no model. */
export class EngineRegistry {
  readonly engines: readonly Engine[];
  readonly #byId: Map<string, Engine>;

  constructor(engines: readonly Engine[]) {
    this.engines = engines;
    this.#byId = new Map(engines.map((engine) => [engine.id, engine]));
  }

  /** The engine that a voice id (`engine:language-Family-Name`) names, or undefined. */
  find(voiceId: string): Engine | undefined {
    return this.#byId.get(voiceId.slice(0, voiceId.indexOf(":")));
  }

  /** The engine that a voice id names. @throws AppError VOICE_NOT_FOUND */
  engineOf(voiceId: string): Engine {
    const engine = this.find(voiceId);
    if (!engine) throw new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId.slice(0, 100)}".`);
    return engine;
  }

  /** All voices of all engines, in the order of the engines. */
  async voices(): Promise<EngineVoice[]> {
    return (await Promise.all(this.engines.map((engine) => engine.voices()))).flat();
  }

  async close(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.close()));
  }
}

/** For what needs no settings, downloads or memory: tests, and the built-in voices alone, the same on every machine. */
const BARE_CONTEXT: EngineContext = {
  variables: { AITTSM_SYSTEM_VOICES: "off" },
  modelDir: "/nowhere",
  cache: { get: async () => undefined, set: async () => {} },
};

/** A registry of all engines of the product. `context.variables` may have more than an engine is to see. */
export function createEngineRegistry(
  context: EngineContext = BARE_CONTEXT,
  entries: readonly EngineEntry[] = ENGINE_ENTRIES,
): EngineRegistry {
  return new EngineRegistry(
    entries.map((entry) => {
      const wanted = Object.entries(context.variables).filter(([name]) => entry.variables?.includes(name));
      return entry.create({ ...context, variables: Object.fromEntries(wanted) });
    }),
  );
}
