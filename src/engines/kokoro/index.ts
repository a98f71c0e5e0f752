import { availableParallelism } from "node:os";
import type {
  Engine,
  EngineContext,
  EngineEntry,
  EngineStatus,
  EngineVoice,
  ProviderTier,
  SpeakableReport,
  VoiceCapabilities,
} from "../engine.ts";
import { inspectFor } from "./inspect.ts";
import { Installation, type Installed } from "./installation.ts";
import { IDLE_MS, type KokoroData, KokoroSpeaker, whyNotInModel } from "./speaker.ts";
import { describeVoice, KOKORO_TIERS, KOKORO_VOICES, kokoroCapabilities, kokoroVoice } from "./voices.ts";

/** How many threads of speech may have the model loaded at once: each takes some 600 MB. */
const MOST_AT_ONCE = 4;

/** Kokoro: a neural model on this machine, when its runtime and its files are installed. */
export class KokoroEngine implements Engine {
  readonly id = "kokoro";
  readonly local = true;
  readonly holding = { mostThreads: MOST_AT_ONCE, idleMs: IDLE_MS };
  readonly #data: KokoroData;
  readonly #installation: Installation;

  /** @param runtimeFrom URL of the module from whose place the runtime is looked for; default: this engine */
  constructor({ modelDir }: Pick<EngineContext, "modelDir">, runtimeFrom?: string) {
    const cores = availableParallelism();
    const threads = Math.max(1, Math.floor(cores / Math.min(MOST_AT_ONCE, cores)));
    this.#data = { modelDir, threads, ...(runtimeFrom && { runtimeFrom }) };
    this.#installation = new Installation(modelDir, runtimeFrom);
  }

  async status(): Promise<EngineStatus> {
    const found = await this.#installation.current();
    return "load" in found ? { available: true } : { available: false, ...found };
  }

  tiers(): readonly ProviderTier[] {
    return KOKORO_TIERS;
  }

  /** All of Kokoro's, also without a model: their ids are published, and whoever asks is told how to get them. */
  async voices(): Promise<EngineVoice[]> {
    const found = await this.#installation.current();
    return KOKORO_VOICES.map((voice) => {
      if (!("load" in found)) return describeVoice(voice, { whyUnavailable: found.whyUnavailable });
      const { revision } = found;
      const why = whyUnavailable(voice.speaker, voice.language.readsHan, found);
      return describeVoice(voice, { revision, ...(why && { whyUnavailable: why }) });
    });
  }

  capabilities(voiceId: string): VoiceCapabilities {
    return kokoroCapabilities(voiceId);
  }

  inspect(text: string, voiceId: string): SpeakableReport {
    return inspectFor(text, kokoroVoice(voiceId).language);
  }

  /** Where the models are, for the speakers in worker threads. */
  async workerData(): Promise<KokoroData> {
    await this.#installation.required();
    return this.#data;
  }

  async close(): Promise<void> {}
}

function whyUnavailable(speaker: string, readsHan: boolean, { name, sids, load }: Installed): string | undefined {
  if (!sids.has(speaker)) return whyNotInModel(name);
  if (readsHan && load.lexicons.length === 0) return `The installed model ${name} has no lexicon for Chinese.`;
  return undefined;
}

export const kokoroEntry: EngineEntry = {
  id: "kokoro",
  create: (context) => new KokoroEngine(context),
  createSpeaker: (data) => new KokoroSpeaker(data as KokoroData),
};
