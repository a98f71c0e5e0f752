import { AppError } from "../../errors.ts";
import type {
  Engine,
  EngineContext,
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
import { carriable } from "../shared/provider-text.ts";
import { callEndpoint } from "./endpoint.ts";
import { isLoopback, OPENAI_VARIABLES, type OpenAiSettings, readSettings } from "./settings.ts";
import { PCM_SAMPLE_RATE_HERTZ, soundOf } from "./sound.ts";
import { listVoices, type OpenAiVoice } from "./voices.ts";

const SPEEDS = { min: 0.25, max: 4 } as const;
const MAX_TEXT_BYTES = 500_000;
const MAX_STREAM_BYTES = 5_000;
/** The API's limit is 4,096 characters of input; a character has at least one byte. */
const MAX_REQUEST_BYTES = 4_096;
/** Leaves half of a request for the text. */
const MAX_PROMPT_BYTES = 2_000;
/** For a provider each request costs time on the way; a server on this machine is better asked for less at a time. */
const LETTERS_PER_REMOTE_REQUEST = 1_500;

const SPEAK_TIMEOUT_MS = 180_000;
/** 4,096 characters at a quarter of the usual speed, as floats of two channels. */
const MOST_SOUND_BYTES = 400 * 1024 * 1024;

/** Models of OpenAI that take no instructions; it drops them in silence. */
const WITHOUT_INSTRUCTIONS = /^tts-1/;

type SetUp =
  | { settings: OpenAiSettings; problem?: undefined }
  | { settings?: undefined; problem: { why: string; hint: string } };

/** What speakers in worker threads are given. */
export interface OpenAiData {
  settings: OpenAiSettings;
  voices: readonly OpenAiVoice[];
}

/** Any endpoint that speaks OpenAI's speech API: OpenAI itself, or a server on this machine. */
export class OpenAiEngine implements Engine {
  readonly id = "openai";
  /** A server on this machine: then the text stays here, and its voices may be chosen unasked. */
  readonly local: boolean;
  readonly #setUp: SetUp;
  readonly #context: EngineContext;
  #listed: readonly OpenAiVoice[] | undefined;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#setUp = setUpBy(context);
    this.local = this.#setUp.settings !== undefined && isLoopback(this.#setUp.settings.baseUrl);
  }

  async status(): Promise<EngineStatus> {
    const { problem } = this.#setUp;
    return problem ? { available: false, whyUnavailable: problem.why, hint: problem.hint } : { available: true };
  }

  tiers(): readonly ProviderTier[] {
    return [
      {
        modelType: "premium",
        families: ["Openai"],
        textBytes: MAX_TEXT_BYTES,
        streamBytes: MAX_STREAM_BYTES,
        promptBytes: MAX_PROMPT_BYTES,
        ssml: false,
        markup: false,
        speed: SPEEDS,
        multiSpeaker: false,
        model: true,
        prompt: true,
        bitrate: true,
      },
    ];
  }

  async voices(): Promise<EngineVoice[]> {
    const { settings } = this.#setUp;
    if (!settings) return [];
    this.#listed = await listVoices(settings, this.#context.cache);
    return this.#listed.map(({ catalogue }) => structuredClone(catalogue));
  }

  capabilities(voiceId: string): VoiceCapabilities {
    const models = this.#find(voiceId)?.catalogue.availableModels;
    const prompt = models === undefined || models.some((model) => !WITHOUT_INSTRUCTIONS.test(model));
    return {
      streaming: true,
      ssml: false,
      markup: false,
      speed: SPEEDS,
      prompt,
      multiSpeaker: false,
      bitrate: true,
      maxTextBytes: MAX_TEXT_BYTES,
      maxStreamBytes: MAX_STREAM_BYTES,
      ...(prompt && { maxPromptBytes: MAX_PROMPT_BYTES }),
      nativeSampleRateHertz: PCM_SAMPLE_RATE_HERTZ,
      engine: {
        pitchSemitones: null,
        phonemes: [],
        languages: [],
        ssml: false,
        dialogue: false,
        normalisesText: true,
        maxRequestBytes: MAX_REQUEST_BYTES,
        ...(!this.local && { lettersPerRequest: LETTERS_PER_REMOTE_REQUEST }),
      },
    };
  }

  inspect(text: string, voiceId: string): SpeakableReport {
    this.#find(voiceId);
    const speakable = /[\p{L}\p{N}\p{S}#$%&@]/u.test(text);
    return { speakable, warnings: speakable ? [] : ["Nothing in this text can be spoken by this voice."] };
  }

  /** @throws AppError PROVIDER_DISABLED when it is not set up */
  async workerData(): Promise<OpenAiData> {
    const { settings, problem } = this.#setUp;
    if (problem) throw new AppError("PROVIDER_DISABLED", problem.why, { hint: problem.hint });
    await this.voices();
    return { settings, voices: this.#listed! };
  }

  async close(): Promise<void> {}

  /** Undefined for an id that can be right as long as nobody has asked. @throws AppError VOICE_NOT_FOUND */
  #find(voiceId: string): OpenAiVoice | undefined {
    const voice = this.#listed?.find(({ catalogue }) => catalogue.voiceId === voiceId);
    if (!voice && (this.#listed || !/^openai:.+-Openai-[A-Za-z0-9]+$/.test(voiceId))) throw notFound(voiceId);
    return voice;
  }
}

function setUpBy({ variables }: EngineContext): SetUp {
  try {
    const settings = readSettings(variables);
    if (settings) return { settings };
    const hint = "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that speaks OpenAI's API";
    return { problem: { why: "No key and no server for OpenAI's speech API is set.", hint } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { problem: { why: error.message, hint: error.hint! } };
  }
}

/** Asks the endpoint for each chunk. */
export class OpenAiSpeaker implements Speaker {
  readonly #settings: OpenAiSettings;
  readonly #voices = new Map<string, OpenAiVoice>();

  constructor({ settings, voices }: OpenAiData) {
    this.#settings = settings;
    this.#learn(voices);
  }

  async *synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk> {
    signal.throwIfAborted();
    const { nativeName, catalogue } = await this.#find(request.voiceId);
    if (carriable(request.text).trim() === "") return;
    const model = modelFor(request, catalogue.availableModels);
    const body = {
      model,
      input: carriable(request.text),
      voice: nativeName,
      response_format: "wav",
      ...(request.speed !== 1 && { speed: request.speed }),
      ...(request.prompt && { instructions: carriable(request.prompt) }),
    };
    const call = { method: "POST", path: "/audio/speech", body } as const;
    const limits = { timeoutMs: SPEAK_TIMEOUT_MS, maxBytes: MOST_SOUND_BYTES };
    const sound = soundOf(await callEndpoint(this.#settings, { ...call, ...limits }, signal));
    if (sound.samples.length > 0) yield { ...sound, span: request.span };
  }

  async close(): Promise<void> {}

  /** Asks once more for a voice that the server got after the thread started. @throws AppError VOICE_NOT_FOUND */
  async #find(voiceId: string): Promise<OpenAiVoice> {
    const known = this.#voices.get(voiceId);
    if (known) return known;
    const nothing = { get: async () => undefined, set: async () => {} };
    this.#learn(await listVoices(this.#settings, nothing));
    const voice = this.#voices.get(voiceId);
    if (!voice) throw notFound(voiceId);
    return voice;
  }

  #learn(voices: readonly OpenAiVoice[]): void {
    for (const voice of voices) this.#voices.set(voice.catalogue.voiceId, voice);
  }
}

/** The model that was asked for, else the first that does what the request needs. @throws AppError PROMPT_NOT_SUPPORTED */
function modelFor({ model, prompt }: SynthesisRequest, models: readonly string[]): string {
  const chosen = model ?? models.find((one) => !prompt || !WITHOUT_INSTRUCTIONS.test(one)) ?? models[0]!;
  if (!prompt || !WITHOUT_INSTRUCTIONS.test(chosen)) return chosen;
  throw new AppError("PROMPT_NOT_SUPPORTED", `${chosen} takes no prompt.`, {
    hint: "leave prompt out, or name another model of the voice",
  });
}

const notFound = (voiceId: string) =>
  new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId.slice(0, 100)}" on the speech server.`);

export const openaiEntry: EngineEntry = {
  id: "openai",
  variables: OPENAI_VARIABLES,
  create: (context) => new OpenAiEngine(context),
  createSpeaker: (data) => new OpenAiSpeaker(data as OpenAiData),
};
