import { AppError } from "../../errors.ts";
import type { PcmChunk, Speaker, SynthesisRequest } from "../engine.ts";
import { Installation, type Installed } from "./installation.ts";
import { isSpeakable, piecesOf, speakableForm } from "./text.ts";
import { VoiceProcess } from "./voice-process.ts";
import { kokoroVoice, SAMPLE_RATE_HERTZ } from "./voices.ts";

/** What speakers in worker threads are given. The model itself is looked at anew: another may be installed meanwhile. */
export interface KokoroData {
  modelDir: string;
  /** URL of the module from whose place the runtime is looked for; default: this program. */
  runtimeFrom?: string;
  /** For the computations of one model. */
  threads: number;
}

/** How long the model stays loaded when nothing is spoken with it. */
export const IDLE_MS = 10 * 60_000;

/** Speaks with a model in a process of its own, which is started by the first chunk and ends when it is idle for long. */
export class KokoroSpeaker implements Speaker {
  readonly #installation: Installation;
  readonly #threads: number;
  readonly #idleMs: number;
  #voice: { process: VoiceProcess; of: Installed } | undefined;
  #idle: NodeJS.Timeout | undefined;
  #speaking = 0;

  /** @param idleMs how long the model stays loaded when nothing is spoken with it */
  constructor({ modelDir, runtimeFrom, threads }: KokoroData, idleMs = IDLE_MS) {
    this.#installation = new Installation(modelDir, runtimeFrom);
    this.#threads = threads;
    this.#idleMs = idleMs;
  }

  /** Id of the process that has the model loaded; undefined while none has. */
  get loadedIn(): number | undefined {
    return this.#voice?.process.pid;
  }

  async *synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk> {
    signal.throwIfAborted();
    const { speaker, language, voiceId } = kokoroVoice(request.voiceId);
    const text = speakableForm(request.text, language);
    if (!isSpeakable(text, language)) return;
    const installed = await this.#installation.required();
    const sid = installed.sids.get(speaker);
    if (sid === undefined) throw notInModel(voiceId, installed);
    const { espeakVoice, readsHan: rules } = language;
    const process = await this.#processOf(installed);
    this.#speaking++;
    clearTimeout(this.#idle);
    try {
      for (const piece of piecesOf(text, language)) {
        if (!isSpeakable(piece, language)) continue;
        const order = { text: piece, sid, speed: request.speed, espeakVoice, rules };
        for await (const samples of process.speak(order, signal)) {
          yield { samples, sampleRateHertz: SAMPLE_RATE_HERTZ, span: request.span };
        }
      }
    } finally {
      this.#speaking--;
      this.#watchIdleness();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const voice = this.#voice;
    this.#voice = undefined;
    await voice?.process.close();
  }

  /** One for the model that is installed now. */
  async #processOf(installed: Installed): Promise<VoiceProcess> {
    if (this.#voice?.of !== installed) {
      await this.close();
      this.#voice = { process: new VoiceProcess(installed.load, this.#threads), of: installed };
    }
    return this.#voice.process;
  }

  #watchIdleness(): void {
    clearTimeout(this.#idle);
    if (this.#speaking > 0) return;
    this.#idle = setTimeout(() => this.close(), this.#idleMs);
    this.#idle.unref();
  }
}

/** Why a voice of Kokoro's is not in a model of Kokoro's, as a sentence. */
export const whyNotInModel = (name: string) => `The installed model ${name} does not have this voice.`;

function notInModel(voiceId: string, { name }: Installed): AppError {
  return new AppError("PROVIDER_DISABLED", `${voiceId} can't speak here: ${whyNotInModel(name)}`, {
    hint: "choose another of Kokoro's voices",
    details: { provider: "kokoro" },
  });
}
