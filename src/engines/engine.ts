/** The one interface behind which every voice engine stands. Engines import nothing but this file (and their library). */

export type Gender = "male" | "female" | "neutral";
export type ModelType = "premium" | "ultra";

/** A voice in an engine's catalogue. `voiceId` is `provider:language-Family-Name`, family without hyphens. */
export interface EngineVoice {
  voiceId: string;
  provider: string;
  /** BCP-47, e.g. `en-US`. */
  language: string;
  family: string;
  name: string;
  gender: Gender;
  modelType: ModelType;
  characteristics: {
    styles: string[];
    roles: string[];
    age: string;
    accent: string;
    pitch: string;
    useCase: string[];
  };
  availableModels: string[];
  available: boolean;
  /** One sentence with the way out; present when `available` is false. */
  whyUnavailable?: string;
  /** How good a choice this is among its language's local voices when none is named; higher is better. */
  rank: number;
  /** Mean speech rate at speed 1, in characters a second: for estimates of length. Measured, not guessed. */
  charsPerSecond: number;
}

/** What a voice can do; limits are bytes of UTF-8. */
export interface VoiceCapabilities {
  streaming: boolean;
  ssml: boolean;
  markup: boolean;
  speed: { min: number; max: number } | null;
  prompt: boolean;
  multiSpeaker: boolean;
  bitrate: boolean;
  maxTextBytes: number;
  maxStreamBytes: number;
  /** The engine's own sample rate in Hz: the default of the output. */
  nativeSampleRateHertz: number;
}

/** One chunk of planned text for one voice: short enough for a single call of the engine. */
export interface SynthesisRequest {
  voiceId: string;
  /** Already planned: sentences, capped words. */
  text: string;
  /** Where `text` stands in the job's text, in UTF-16 code units, [start, end). */
  span: { start: number; end: number };
  /** 1 is the voice's own pace; 2 is twice as fast. */
  speed: number;
}

/** Mono signed 16-bit PCM. */
export interface PcmChunk {
  /** Given away: the buffer behind it is transferred to another thread. */
  samples: Int16Array;
  sampleRateHertz: number;
  /** The part of the job's text that these samples speak, in UTF-16 code units, [start, end). */
  span: { start: number; end: number };
}

/** What a voice would do with a text, found before anything is made or charged. */
export interface SpeakableReport {
  /** False when nothing in the text can be spoken by the voice. */
  speakable: boolean;
  /** One sentence each, for the answer's `warnings`. */
  warnings: string[];
}

export interface Engine {
  readonly id: string;
  voices(): Promise<EngineVoice[]>;
  capabilities(voiceId: string): VoiceCapabilities;
  /** Says what of `text` the voice can't speak; cheap (no synthesis), callable on the main thread for 500,000 bytes. */
  inspect(text: string, voiceId: string): SpeakableReport;
  /**
   * What the engine's copies in worker threads need and this one has loaded once for all of them (a compiled module);
   * must survive structured cloning. It is handed to `EngineEntry.create` there.
   */
  workerData?(): Promise<unknown>;
  /** Speaks one planned chunk. Runs in a worker thread. Stops soon after `signal` aborts, with the signal's reason. */
  synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk>;
  close(): Promise<void>;
}

/** How an engine is made: on the main thread for its catalogue, in worker threads to speak. Making it loads nothing. */
export interface EngineEntry {
  id: string;
  create(workerData?: unknown): Engine;
}
