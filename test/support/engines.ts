import type { EngineContext } from "../../src/engines/engine.ts";

/** A context for engines that need nothing, or only some variables; what they remember is kept in memory. */
export function emptyContext(more: Partial<EngineContext> = {}): EngineContext {
  const kept = new Map<string, unknown>();
  return {
    variables: {},
    modelDir: "/nowhere",
    cache: {
      get: async (key) => structuredClone(kept.get(key)),
      set: async (key, value) => void kept.set(key, structuredClone(value)),
    },
    ...more,
  };
}

/** Settings by which every machine has the same voices, whatever is installed there. */
export const SAME_VOICES = { AITTSM_SYSTEM_VOICES: "off" } as const;
