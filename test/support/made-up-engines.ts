import type { Engine, EngineEntry, EngineStatus, EngineVoice, VoiceCapabilities } from "../../src/engines/engine.ts";

/** A voice by its id, `provider:language-Family-Name`; a family has no hyphen. */
export function madeUpVoice(voiceId: string, more: Partial<EngineVoice> = {}): EngineVoice {
  const [, provider = "", language = "", family = "", name = ""] = /^([^:]+):(.+)-([^-]+)-([^-]+)$/.exec(voiceId) ?? [];
  return {
    ...{ voiceId, provider, language, family, name },
    gender: "female",
    modelType: "premium",
    characteristics: { styles: [], roles: [], age: "adult", accent: "", pitch: "medium", useCase: [] },
    availableModels: [],
    available: true,
    rank: 10,
    charsPerSecond: 15,
    ...more,
  };
}

const CAPABILITIES: VoiceCapabilities = {
  streaming: true,
  ssml: false,
  markup: false,
  speed: { min: 0.5, max: 2 },
  prompt: false,
  multiSpeaker: false,
  bitrate: true,
  maxTextBytes: 100_000,
  maxStreamBytes: 5_000,
  nativeSampleRateHertz: 24_000,
  engine: {
    ...{ pitchSemitones: null, phonemes: [], languages: [], ssml: false, dialogue: false },
    normalisesText: false,
  },
};

/** An engine's catalogue side that does what the test says; its voices are never spoken. */
export class MadeUpEngine implements Engine {
  readonly id: string;
  readonly local: boolean;
  /** How often it was asked for its voices. */
  asked = 0;
  list: () => Promise<EngineVoice[]>;
  state: EngineStatus = { available: true };
  can: (voiceId: string) => VoiceCapabilities = () => CAPABILITIES;

  constructor(id: string, voices: EngineVoice[], { local = true }: { local?: boolean } = {}) {
    this.id = id;
    this.local = local;
    this.list = async () => voices;
  }

  status = async () => this.state;
  tiers = () => [];
  voices = async () => {
    this.asked++;
    return this.list();
  };
  capabilities = (voiceId: string) => this.can(voiceId);
  inspect = () => ({ speakable: true, warnings: [] });
  close = async () => {};

  get entry(): EngineEntry {
    return {
      id: this.id,
      create: () => this,
      createSpeaker: () => {
        throw new Error(`${this.id} is made up and does not speak`);
      },
    };
  }
}

export { CAPABILITIES as MADE_UP_CAPABILITIES };
