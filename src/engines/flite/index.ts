import { AppError } from "../../errors.ts";
import type {
  Engine,
  EngineEntry,
  EngineStatus,
  EngineVoice,
  PcmChunk,
  ProviderTier,
  SpeakableReport,
  Speaker,
  SynthesisRequest,
  VoiceCapabilities,
} from "../engine.ts";
import { fliteText } from "./ascii.ts";
import { inspectEnglish } from "./inspect.ts";
import { compileFlite, FliteProcess } from "./process.ts";
import {
  durationStretch,
  FLITE_TIERS,
  FLITE_VOICES,
  type FliteVoice,
  findFliteVoice,
  fliteCapabilities,
} from "./voices.ts";

/** A process that has grown past this is replaced: wasm memory never shrinks. A planned chunk needs about 35 MB. */
const MAX_PROCESS_BYTES = 40 * 1024 * 1024;

/** The built-in English voices: CMU Flite as WebAssembly, in-process, no network. */
export class FliteEngine implements Engine {
  readonly id = "flite";
  readonly local = true;
  #module: Promise<WebAssembly.Module> | undefined;

  async status(): Promise<EngineStatus> {
    return { available: true };
  }

  tiers(): readonly ProviderTier[] {
    return FLITE_TIERS;
  }

  async voices(): Promise<EngineVoice[]> {
    return FLITE_VOICES.map((voice) => structuredClone(voice.catalogue));
  }

  capabilities(voiceId: string): VoiceCapabilities {
    return fliteCapabilities(voiceOf(voiceId));
  }

  inspect(text: string, voiceId: string): SpeakableReport {
    voiceOf(voiceId);
    return inspectEnglish(text);
  }

  /** The compiled module, for the speakers in worker threads. */
  workerData(): Promise<WebAssembly.Module> {
    this.#module ??= compileFlite().catch((error) => {
      this.#module = undefined;
      throw error;
    });
    return this.#module;
  }

  async close(): Promise<void> {}
}

/** Speaks in one call of flite, which can't be interrupted: a planned chunk takes 0.2 s. */
export class FliteSpeaker implements Speaker {
  readonly #module: WebAssembly.Module;
  #process: FliteProcess | undefined;

  /** @param module flite.wasm, compiled */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  async *synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk> {
    signal.throwIfAborted();
    const voice = voiceOf(request.voiceId);
    const text = fliteText(request.text);
    if (text === "") return;
    const samples = this.#speak(text, voice, request.speed);
    yield { samples, sampleRateHertz: voice.sampleRateHertz, span: request.span };
  }

  async close(): Promise<void> {
    this.#process = undefined;
  }

  #speak(text: string, voice: FliteVoice, speed: number): Int16Array {
    this.#process ??= new FliteProcess(this.#module);
    const process = this.#process;
    // Out of reach until it has ended well: after a trap its state is unknown.
    this.#process = undefined;
    const samples = process.speak(text, voice.fliteName, durationStretch(voice, speed));
    if (process.memoryBytes <= MAX_PROCESS_BYTES) this.#process = process;
    // After the result has left, so that the next call finds a clean process.
    setImmediate(() => this.#process?.reset());
    return samples;
  }
}

function voiceOf(voiceId: string): FliteVoice {
  const voice = findFliteVoice(voiceId);
  if (!voice) throw new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId}" among flite's voices.`);
  return voice;
}

export const fliteEntry: EngineEntry = {
  id: "flite",
  create: () => new FliteEngine(),
  createSpeaker: (module) => new FliteSpeaker(module as WebAssembly.Module),
};
