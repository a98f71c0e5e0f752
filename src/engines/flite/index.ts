import { AppError } from "../../errors.ts";
import type {
  Engine,
  EngineEntry,
  EngineVoice,
  PcmChunk,
  SpeakableReport,
  SynthesisRequest,
  VoiceCapabilities,
} from "../engine.ts";
import { inspectEnglish } from "./inspect.ts";
import { normaliseEnglish } from "./normalise.ts";
import { compileFlite, FliteProcess } from "./process.ts";
import { durationStretch, FLITE_VOICES, type FliteVoice, findFliteVoice, fliteCapabilities } from "./voices.ts";

/** A process that has grown past this is replaced: wasm memory never shrinks. A planned chunk needs about 35 MB. */
const MAX_PROCESS_BYTES = 40 * 1024 * 1024;

/**
 * The built-in English voices: CMU Flite as WebAssembly, in-process, no network. Nothing is loaded until the first
 * `workerData` or `synthesize`.
 */
export class FliteEngine implements Engine {
  readonly id = "flite";
  #module: Promise<WebAssembly.Module> | undefined;
  #process: FliteProcess | undefined;

  /** @param module flite.wasm, compiled elsewhere in this process; compiled here when left out */
  constructor(module?: WebAssembly.Module) {
    if (module) this.#module = Promise.resolve(module);
  }

  async voices(): Promise<EngineVoice[]> {
    return FLITE_VOICES.map((voice) => structuredClone(voice.catalogue));
  }

  capabilities(voiceId: string): VoiceCapabilities {
    return fliteCapabilities(this.#voice(voiceId));
  }

  inspect(text: string, voiceId: string): SpeakableReport {
    this.#voice(voiceId);
    return inspectEnglish(text);
  }

  /** The compiled module, for the engines in worker threads. */
  workerData(): Promise<WebAssembly.Module> {
    return this.#compiled();
  }

  /**
   * Speaks in one call of flite, which can't be interrupted: a planned chunk takes 0.2 s. Gives no chunk when nothing
   * of the text can be spoken.
   */
  async *synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk> {
    signal.throwIfAborted();
    const voice = this.#voice(request.voiceId);
    const text = normaliseEnglish(request.text);
    if (text === "") return;
    const module = await this.#compiled();
    signal.throwIfAborted();
    const samples = this.#speak(module, text, voice, request.speed);
    yield { samples, sampleRateHertz: voice.sampleRateHertz, span: request.span };
  }

  async close(): Promise<void> {
    this.#process = undefined;
  }

  #speak(module: WebAssembly.Module, text: string, voice: FliteVoice, speed: number): Int16Array {
    this.#process ??= new FliteProcess(module);
    const process = this.#process;
    // Out of reach until it has ended well: after a trap its state is unknown.
    this.#process = undefined;
    const samples = process.speak(text, voice.fliteName, durationStretch(voice, speed));
    if (process.memoryBytes <= MAX_PROCESS_BYTES) this.#process = process;
    // After the result has left, so that the next call finds a clean process.
    setImmediate(() => this.#process?.reset());
    return samples;
  }

  #compiled(): Promise<WebAssembly.Module> {
    this.#module ??= compileFlite().catch((error) => {
      this.#module = undefined;
      throw error;
    });
    return this.#module;
  }

  #voice(voiceId: string): FliteVoice {
    const voice = findFliteVoice(voiceId);
    if (!voice) throw new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId}" among flite's voices.`);
    return voice;
  }
}

export const fliteEntry: EngineEntry = {
  id: "flite",
  create: (workerData) => new FliteEngine(workerData as WebAssembly.Module | undefined),
};
