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
import { inspectFor } from "./inspect.ts";
import { type ProgramFamily, soundless } from "./program.ts";
import { describeVoices, type FoundProgram, PROGRAMS, programOf, type SystemVoice } from "./voices.ts";

/** Turns all of this engine's voices off. */
const SWITCH = "AITTSM_SYSTEM_VOICES";

/** Voices are installed and removed seldom; a program that was just installed is to be found soon. */
const LIST_LIFE_MS = 5 * 60_000;
const EMPTY_LIST_LIFE_MS = 30_000;

const MAX_TEXT_BYTES = 500_000;
/** Twice as much as others take: each request starts a program. More would not be worth the memory: it is 40 s of sound. */
const LETTERS_PER_REQUEST = 600;
const MAX_STREAM_BYTES = 5_000;

/** What the machine has at a moment. */
interface Survey {
  voices: ReadonlyMap<string, SystemVoice>;
  status: EngineStatus;
  until: number;
}

/** What speakers in worker threads are given. */
export interface SystemData {
  voices: readonly SystemVoice[];
  variables: Readonly<Record<string, string>>;
}

const INSTALL: Partial<Record<NodeJS.Platform, string>> = {
  linux: "install espeak-ng, e.g. apt install espeak-ng",
  darwin: "install espeak-ng, e.g. brew install espeak-ng, or mend /usr/bin/say",
  win32: "add a voice in Settings, Time & language, Speech, or install eSpeak NG",
};

/** The voices that are on the machine already: `say` of macOS, SAPI of Windows, espeak-ng everywhere. */
export class SystemEngine implements Engine {
  readonly id = "system";
  readonly local = true;
  readonly #variables: Readonly<Record<string, string>>;
  #survey: Survey | undefined;
  #surveying: Promise<Survey> | undefined;

  constructor({ variables }: Pick<EngineContext, "variables">) {
    this.#variables = variables;
  }

  async status(): Promise<EngineStatus> {
    return (await this.#look()).status;
  }

  tiers(): readonly ProviderTier[] {
    return [
      {
        modelType: "premium",
        families: PROGRAMS.map(({ family }) => family),
        textBytes: MAX_TEXT_BYTES,
        streamBytes: MAX_STREAM_BYTES,
        ssml: false,
        markup: false,
        speed: "by family",
        multiSpeaker: false,
        model: false,
        prompt: false,
        bitrate: true,
      },
    ];
  }

  async voices(): Promise<EngineVoice[]> {
    const { voices } = await this.#look();
    return [...voices.values()].map(({ catalogue }) => structuredClone(catalogue));
  }

  capabilities(voiceId: string): VoiceCapabilities {
    const { speed, pitchSemitones, sampleRateHertz } = programOf(this.#familyOf(voiceId));
    return {
      streaming: true,
      ssml: false,
      markup: false,
      speed,
      prompt: false,
      multiSpeaker: false,
      bitrate: true,
      maxTextBytes: MAX_TEXT_BYTES,
      maxStreamBytes: MAX_STREAM_BYTES,
      nativeSampleRateHertz: sampleRateHertz,
      engine: {
        ...{ pitchSemitones, phonemes: [], languages: [], ssml: false, dialogue: false, normalisesText: true },
        lettersPerRequest: LETTERS_PER_REQUEST,
      },
    };
  }

  inspect(text: string, voiceId: string): SpeakableReport {
    const voice = this.#survey?.voices.get(voiceId);
    if (voice) return inspectFor(voice, text);
    this.#familyOf(voiceId);
    return { speakable: true, warnings: [] };
  }

  /** @throws AppError VOICE_NOT_FOUND */
  async voice(voiceId: string): Promise<SystemVoice> {
    return voiceOf((await this.#look()).voices, voiceId);
  }

  /** The voices, where their programs are, and how to look again. */
  async workerData(): Promise<SystemData> {
    const { voices, status } = await this.#look();
    if (status.available) return { voices: [...voices.values()], variables: this.#variables };
    throw new AppError("PROVIDER_DISABLED", status.whyUnavailable, { hint: status.hint });
  }

  async close(): Promise<void> {}

  /** From the list, or from the id alone when nobody has looked yet. @throws AppError VOICE_NOT_FOUND */
  #familyOf(voiceId: string): ProgramFamily {
    if (this.#survey) return voiceOf(this.#survey.voices, voiceId).family;
    const program = PROGRAMS.find(({ family }) => voiceId.startsWith("system:") && voiceId.includes(`-${family}-`));
    if (!program) throw notFound(voiceId);
    return program.family;
  }

  /** What is known; when that is old, it is found out anew meanwhile: Windows takes a second to list its voices. */
  async #look(): Promise<Survey> {
    if (!this.#survey) return this.#renew();
    if (Date.now() >= this.#survey.until) this.#renew();
    return this.#survey;
  }

  #renew(): Promise<Survey> {
    this.#surveying ??= survey(this.#variables).then((found) => {
      this.#survey = found;
      this.#surveying = undefined;
      return found;
    });
    return this.#surveying;
  }
}

/** Looks for programs and asks each for its voices. One that fails has none, and the status says why. */
async function survey(variables: Readonly<Record<string, string>>): Promise<Survey> {
  const switched = variables[SWITCH]?.toLowerCase();
  if (switched === "off") {
    return unavailable("The system's voices are switched off.", `remove ${SWITCH} to have them`);
  }
  if (switched !== undefined && switched !== "on") {
    return unavailable(`${SWITCH} is "${variables[SWITCH]}"; it takes on or off.`, `set ${SWITCH} to on or off`);
  }
  const voices = new Map<string, SystemVoice>();
  let trouble: { why: string; hint: string } | undefined;
  for (const program of PROGRAMS) {
    try {
      const path = await program.find(variables);
      if (path === undefined) continue;
      const found: FoundProgram = { family: program.family, path };
      const listed = describeVoices(found, await program.voices(path));
      for (const voice of listed) voices.set(voice.catalogue.voiceId, voice);
      if (listed.length === 0) trouble = { why: `${path} has no voices.`, hint: `install some, or set ${SWITCH}=off` };
    } catch (error) {
      trouble =
        error instanceof AppError
          ? { why: error.message, hint: error.hint ?? "" }
          : {
              why: `The voices of ${program.family} can't be listed: ${firstLine(error)}`,
              hint: "mend or reinstall it",
            };
    }
  }
  if (voices.size > 0) return { voices, status: { available: true }, until: Date.now() + LIST_LIFE_MS };
  if (trouble) return unavailable(trouble.why, trouble.hint);
  const install = INSTALL[process.platform] ?? "install espeak-ng";
  return unavailable("No program that speaks was found on this machine.", install);
}

function unavailable(whyUnavailable: string, hint: string): Survey {
  const status = { available: false, whyUnavailable, hint } as const;
  return { voices: new Map(), status, until: Date.now() + EMPTY_LIST_LIFE_MS };
}

const firstLine = (error: unknown) => String(error instanceof Error ? error.message : error).split("\n")[0]!;

/** Runs the program of the voice for each chunk; a crash of it is a failure of the chunk alone. */
export class SystemSpeaker implements Speaker {
  readonly #voices: ReadonlyMap<string, SystemVoice>;
  /** Knows the voices that were installed after the thread started. */
  readonly #engine: SystemEngine;

  constructor({ voices, variables }: SystemData) {
    this.#voices = new Map(voices.map((voice) => [voice.catalogue.voiceId, voice]));
    this.#engine = new SystemEngine({ variables });
  }

  async *synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk> {
    signal.throwIfAborted();
    const { voiceId } = request;
    const { family, path, nativeName } = this.#voices.get(voiceId) ?? (await this.#engine.voice(voiceId));
    const { speed, pitchSemitones = 0, text, span } = request;
    const sound = await programOf(family).speak(path, text, { nativeName, speed, pitchSemitones }, signal);
    if (!soundless(sound)) yield { ...sound, span };
  }

  async close(): Promise<void> {}
}

function voiceOf(voices: ReadonlyMap<string, SystemVoice>, voiceId: string): SystemVoice {
  const voice = voices.get(voiceId);
  if (!voice) throw notFound(voiceId);
  return voice;
}

const notFound = (voiceId: string) =>
  new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId.slice(0, 100)}" on this machine.`);

export const systemEntry: EngineEntry = {
  id: "system",
  variables: [SWITCH, ...PROGRAMS.map(({ setting }) => setting)],
  create: (context) => new SystemEngine(context),
  createSpeaker: (data) => new SystemSpeaker(data as SystemData),
};
