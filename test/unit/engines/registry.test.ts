import { describe, expect, it } from "vitest";
import { createEngineRegistry, ENGINE_ENTRIES } from "../../../src/engines/registry.ts";

describe("the registry", () => {
  const registry = createEngineRegistry();

  it("has engines with ids of their own", () => {
    expect(new Set(ENGINE_ENTRIES.map(({ id }) => id)).size).toBe(ENGINE_ENTRIES.length);
    expect(registry.engines.map(({ id }) => id)).toEqual(ENGINE_ENTRIES.map(({ id }) => id));
  });

  it("has a best voice for English that needs nothing", async () => {
    const voices = (await registry.voices()).filter(({ available }) => available);
    const best = voices.sort((a, b) => b.rank - a.rank)[0];
    expect(best?.voiceId).toBe("flite:en-US-Clustergen-Rms");
  });

  it("finds engines by voice, and none for strangers", () => {
    for (const engine of registry.engines) expect(registry.engineOf(`${engine.id}:en-US-A-B`)).toBe(engine);
    for (const id of ["", "flite", "nobody:en-US-A-B", ":x"]) {
      expect(registry.find(id)).toBeUndefined();
      expect(() => registry.engineOf(id)).toThrow(expect.objectContaining({ code: "VOICE_NOT_FOUND" }));
    }
  });

  it("shows each engine its own variables only", () => {
    const seen: object[] = [];
    const entry = (id: string, variables?: string[]) => ({
      ...{ id, variables, createSpeaker: () => undefined as never },
      create: (context: { variables: object }) => {
        seen.push(context.variables);
        return { id } as never;
      },
    });
    const variables = { A_KEY: "a", B_KEY: "b", HOME: "/" };
    const cache = { get: async () => undefined, set: async () => {} };
    createEngineRegistry({ variables, modelDir: "/m", cache }, [entry("a", ["A_KEY", "A_OTHER"]), entry("b")]);
    expect(seen).toEqual([{ A_KEY: "a" }, {}]);
  });
});
