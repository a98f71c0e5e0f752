import { afterAll, describe, expect, it } from "vitest";
import { createEngineRegistry } from "../../../src/engines/registry.ts";
import { createSpeechPipeline } from "../../../src/speech/pipeline.ts";
import { emptyContext } from "../../support/engines.ts";
import { fakeEspeak } from "../../support/fake-speech-programs.ts";
import { temporaryFolder } from "../../support/folders.ts";

const SETTINGS = { format: "wav", sampleRateHertz: 16_000, streaming: false } as const;

describe("a program of the system that crashes", () => {
  const program = fakeEspeak(temporaryFolder(), 'process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000);');
  const variables = { AITTSM_ESPEAK_PATH: program.path };
  const pipeline = createSpeechPipeline({ threads: 1, engines: createEngineRegistry(emptyContext({ variables })) });
  afterAll(() => pipeline.close());
  const say = async (voiceId: string) => {
    let bytes = 0;
    const request = { text: "Guten Tag.", voiceId, speed: 1, settings: SETTINGS };
    const sink = (part: Uint8Array) => {
      bytes += part.length;
    };
    await pipeline.run(request, sink, { signal: new AbortController().signal });
    return bytes;
  };

  it("fails its job after a second try, and takes nothing down", async () => {
    await expect(say("system:de-DE-Espeak-German")).rejects.toMatchObject({ code: "GENERATION_FAILED" });
    expect(program.calls().filter(({ argv }) => argv.includes("--stdin")).length).toBe(2);
    expect(await say("flite:en-US-Clustergen-Rms")).toBeGreaterThan(10_000);
  });
});
