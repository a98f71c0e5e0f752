import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineContext } from "../../src/engines/engine.ts";
import { createEngineRegistry, ENGINE_ENTRIES } from "../../src/engines/registry.ts";
import { languageToNormalise } from "../../src/speech/normalise/language.ts";
import { normaliseRequest } from "../../src/speech/normalise/request.ts";
import { createSpeechPipeline } from "../../src/speech/pipeline.ts";
import { planText } from "../../src/speech/plan/plan.ts";
import { installKokoroModel } from "../../test/support/kokoro-model.ts";
import { ratioOf, timed } from "../harness/interleave.ts";
import { RawEngine } from "../harness/raw-engine.ts";
import { prose } from "../harness/texts.ts";

/** About five minutes of speech. */
const TEXT = prose(5_000);

interface Options {
  /** More for what is quickly done. */
  rounds?: number;
  variables?: Record<string, string>;
  modelDir?: string;
}

/**
 * The whole pipeline with one thread, to wav at the voice's own rate, against the engine's speaker
 * in a thread of its own, chunk by chunk:
 * what planning, threads, pauses and the container cost.
 */
async function overhead(voiceId: string, { rounds = 5, variables = {}, modelDir = "/nowhere" }: Options = {}) {
  const engineId = voiceId.slice(0, voiceId.indexOf(":"));
  const entry = ENGINE_ENTRIES.find(({ id }) => id === engineId)!;
  const context: EngineContext = {
    variables,
    modelDir,
    cache: { get: async () => undefined, set: async () => {} },
  };
  const engines = createEngineRegistry(context, [entry]);
  const engine = engines.engineOf(voiceId);
  await engine.voices();
  const { nativeSampleRateHertz: sampleRateHertz, engine: support } = engine.capabilities(voiceId);
  const requests = [...planText(TEXT, { maxWeight: support.lettersPerRequest })].map(({ text, span }) => {
    const request = { voiceId, text, span, speed: 1 };
    // Writing numbers out is the pipeline's work: the engine alone gets what it would get from it.
    const language = languageToNormalise(engine, voiceId);
    return language ? normaliseRequest(request, language) : request;
  });
  const raw = await RawEngine.start({ engineId, data: await engine.workerData?.(), requests });
  const pipeline = createSpeechPipeline({ threads: 1, engines });
  const settings = { format: "wav", sampleRateHertz, streaming: false } as const;
  const signal = new AbortController().signal;
  try {
    return await ratioOf(
      {
        what: "pipeline",
        once: () => timed(() => pipeline.run({ text: TEXT, voiceId, speed: 1, settings }, () => {}, { signal })),
      },
      { what: "engine", once: () => timed(() => raw.speak()) },
      { rounds, warmUps: 2 },
    );
  } finally {
    await Promise.all([raw.close(), pipeline.close(), engines.close()]);
  }
}

export const fliteOverhead = () => overhead("flite:en-US-Clustergen-Rms");

export const espeakOverhead = () => overhead("system:en-US-Espeak-EnglishAmerica", { rounds: 21 });

/** With a server in a process of its own, which takes its time as a real one does and says what sets its engine up. */
async function withServer<T>(provider: string, run: (variables: Record<string, string>) => Promise<T>): Promise<T> {
  const file = path.resolve(import.meta.dirname, "../harness/speech-server.ts");
  const server = spawn(process.execPath, ["--import", "tsx", file, provider], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = await once(server.stdout, "data");
    return await run(JSON.parse(String(line)));
  } finally {
    server.kill();
  }
}

const overServer = (voiceId: string) => () =>
  withServer(voiceId.slice(0, voiceId.indexOf(":")), (variables) => overhead(voiceId, { variables }));

export const openaiOverhead = overServer("openai:en-US-Openai-Nova");
/** The pipeline asks a provider for several chunks at a time, so that it is quicker than one request after the other. */
export const googleOverhead = overServer("google:en-US-Wavenet-A");
export const pollyOverhead = overServer("polly:en-US-Neural-Joanna");

/** Big products of matrices by which the made-up model takes about 0.3 s a chunk on one core: a tenth of Kokoro's work. */
const WORK = 60;

/** The real runtime in its own process, with a model that takes its time and speaks in tones. */
export async function kokoroOverhead() {
  const modelDir = await mkdtemp(path.join(tmpdir(), "aittsm-bench-"));
  try {
    installKokoroModel(modelDir, { work: WORK });
    return await overhead("kokoro:en-US-Kokoro-Heart", { modelDir });
  } finally {
    await rm(modelDir, { recursive: true, force: true });
  }
}
