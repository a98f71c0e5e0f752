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
  /** Differs once the voice sounds otherwise, as after another model was installed: its sample is then made anew. */
  revision?: string;
  available: boolean;
  /** One sentence with the way out; present when `available` is false. */
  whyUnavailable?: string;
  /** How good a choice this is among its language's local voices when none is named; higher is better. */
  rank: number;
  /**
   * Mean speech rate at speed 1, in characters a second: for estimates of length. Measured, not guessed; where each
   * measurement would cost money, a documented mean.
   */
  charsPerSecond: number;
}

/** What a voice can do; limits are bytes of UTF-8. */
export interface VoiceCapabilities {
  streaming: boolean;
  ssml: boolean;
  markup: boolean;
  speed: Range | null;
  prompt: boolean;
  multiSpeaker: boolean;
  bitrate: boolean;
  maxTextBytes: number;
  maxStreamBytes: number;
  maxPromptBytes?: number;
  /** The engine's own sample rate in Hz: the default of the output. */
  nativeSampleRateHertz: number;
  /** What the engine itself does with a request; what is not here the pipeline does, or refuses. */
  engine: RequestSupport;
}

/** Which members of a SynthesisRequest an engine honours for a voice, and how much it takes at once. */
export interface RequestSupport {
  /** Semitones against the voice's own pitch; null: it has one pitch. */
  pitchSemitones: Range | null;
  /** Alphabets of `phonemes` that it speaks. */
  phonemes: readonly PhonemeAlphabet[];
  /** Languages that `language` may name beside the voice's own. */
  languages: readonly string[];
  /** Takes `ssml` in place of text: whole <speak> documents. */
  ssml: boolean;
  /** Takes `markup` in place of text: its pauses are the voice's own. */
  markup?: boolean;
  /** What `ssml` may hold within <speak>, where that is not all of SSML. */
  ssmlElements?: SsmlElements;
  /** Takes `dialogue` in place of text. */
  dialogue: boolean;
  /** Reads numbers, dates, units and the like by itself; for others the pipeline writes them out. */
  normalisesText: boolean;
  /** The most one request may have: bytes of UTF-8 of text, ssml, markup or dialogue; prompt included. */
  maxRequestBytes?: number;
  /** How much text makes a good request, in letters of running text; default: what suits a local voice. */
  lettersPerRequest?: number;
}

/** Elements of SSML by name, each with its attributes: the values that are taken, or true for any. */
export type SsmlElements = Readonly<Record<string, Readonly<Record<string, readonly string[] | true>>>>;

export interface Range {
  min: number;
  max: number;
}

export type PhonemeAlphabet = "ipa" | "x-sampa";

/**
 * One chunk of planned text for one voice: short enough for a single call of the engine. Members that its
 * RequestSupport does not name are never there.
 */
export interface SynthesisRequest {
  voiceId: string;
  /**
   * Already planned: sentences, capped words. Plain text, also where `ssml`, `markup` or `dialogue` says the same with
   * more.
   */
  text: string;
  /** Where `text` stands in the job's text, in UTF-16 code units, [start, end). */
  span: Span;
  /** 1 is the voice's own pace; 2 is twice as fast. */
  speed: number;
  pitchSemitones?: number;
  /** BCP-47, where it is not the voice's own. */
  language?: string;
  /** How parts of `text` sound; start and end are UTF-16 code units of `text`. */
  phonemes?: readonly { start: number; end: number; alphabet: PhonemeAlphabet; ph: string }[];
  /** A whole document, <speak> to </speak>. */
  ssml?: string;
  /** Text with pauses: [pause short], [pause], [pause long]. */
  markup?: string;
  /** Turns of a conversation of two voices of this engine. */
  dialogue?: readonly { speaker: 1 | 2; voiceId: string; text: string }[];
  /** One of the voice's `availableModels`. */
  model?: string;
  /** How to speak, in words. */
  prompt?: string;
}

/** UTF-16 code units of the job's text, [start, end). */
export interface Span {
  start: number;
  end: number;
}

/** Mono signed 16-bit PCM: an utterance, or several. Where it begins or ends abruptly the pipeline lets it fade. */
export interface PcmChunk {
  /** Given away: the buffer behind it is transferred to another thread. */
  samples: Int16Array;
  sampleRateHertz: number;
  /** The part of the job's text that these samples speak. */
  span: Span;
}

/** What a voice would do with a text, found before anything is made or charged. */
export interface SpeakableReport {
  /** False when nothing in the text can be spoken by the voice. */
  speakable: boolean;
  /** One sentence each, for the answer's `warnings`. */
  warnings: string[];
}

/** Whether an engine can speak here and now. */
export type EngineStatus = { available: true } | { available: false; whyUnavailable: string; hint: string };

/** What the voices of one tier of a provider have in common; a string says on what it depends. */
export interface ProviderTier {
  modelType: ModelType;
  families: readonly string[];
  /** Bytes of UTF-8. */
  textBytes: number | "by model";
  streamBytes: number | "by model";
  promptBytes?: number;
  ssml: boolean | "by family" | "by model";
  markup: boolean | "by family" | "by model";
  speed: Range | "by family" | null;
  multiSpeaker: boolean | "by model";
  model: boolean;
  prompt: boolean;
  bitrate: boolean;
}

/** What a thread that speaks with an engine holds on to, where that is much. */
export interface Holding {
  /** How many threads at once may have it. */
  mostThreads: number;
  /** How long a thread stays when nothing is spoken, so that what is slow to load is not loaded again soon. */
  idleMs: number;
}

/** The main thread's side of an engine: what there is and what it can do. Making one loads nothing. */
export interface Engine {
  readonly id: string;
  /**
   * Whether it speaks on this machine. Other voices cost money and send the text away, so they are never chosen
   * unasked.
   */
  readonly local: boolean;
  /** Present when its speakers hold so much that threads with one are few, kept longer, and closed before they end. */
  readonly holding?: Holding;
  status(): Promise<EngineStatus>;
  tiers(): readonly ProviderTier[];
  /**
   * Its catalogue; none when the provider has to be asked for it and is not set up (see `status`).
   * @throws AppError PROVIDER_ERROR or NETWORK_ERROR when a provider does not answer.
   */
  voices(): Promise<EngineVoice[]>;
  /** Also of voices that are not in the catalogue now, where their id alone tells. @throws AppError VOICE_NOT_FOUND */
  capabilities(voiceId: string): VoiceCapabilities;
  /** Says what of `text` the voice can't speak; cheap (no synthesis), callable on the main thread for 500,000 bytes. */
  inspect(text: string, voiceId: string): SpeakableReport;
  /**
   * Looks for what RequestSupport can't say of a document that is passed on.
   * @param ssml well-formed, <speak> to </speak>, of elements that the voice takes
   * @throws AppError UNSUPPORTED_MODIFIER with `line` and `column` of `ssml` in its details
   */
  checkSsml?(ssml: string, voiceId: string): void;
  /**
   * What the engine's speakers in worker threads need and this one has loaded once for all of them (a compiled module,
   * credentials, paths); must survive structured cloning.
   * @throws AppError PROVIDER_DISABLED when it can't speak here.
   */
  workerData?(): Promise<unknown>;
  close(): Promise<void>;
}

/** The worker threads' side of an engine. */
export interface Speaker {
  /**
   * Speaks one planned chunk. Stops soon after `signal` aborts, with the signal's reason. Gives no chunk when nothing of
   * the text can be spoken.
   * @throws AppErrors for what is wrong with the request or the provider; anything else is a failure worth a second try
   */
  synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk>;
  close(): Promise<void>;
}

/** What engines are given on the main thread. */
export interface EngineContext {
  /** The environment variables that the entry names; those that are unset or empty are absent. */
  variables: Readonly<Record<string, string>>;
  /** Absolute: where downloaded models are, one folder an engine. */
  modelDir: string;
  cache: EngineCache;
}

/** Keeps what is slow to ask for, across restarts. Values survive JSON. */
export interface EngineCache {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, lifeMs: number): Promise<void>;
}

/** How an engine is made. */
export interface EngineEntry {
  id: string;
  /** Environment variables that set it up: credentials under the names the providers' own SDKs read. */
  variables?: readonly string[];
  create(context: EngineContext): Engine;
  /** @param workerData what `Engine.workerData` gave */
  createSpeaker(workerData: unknown): Speaker;
}
