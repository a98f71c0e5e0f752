import { AppError } from "../../errors.ts";
import type { ModelType, ProviderTier, VoiceCapabilities } from "../engine.ts";
import { ssmlElements } from "./ssml.ts";

/** Polly's own name of what makes the sound of a voice. */
export type PollyEngineName = "generative" | "neural" | "standard" | "long-form";

interface Family {
  engine: PollyEngineName;
  modelType: ModelType;
  rank: number;
}

/** Polly's engines by the name that they have in voice ids, which has no hyphen. */
const FAMILIES: Readonly<Record<string, Family>> = {
  Generative: { engine: "generative", modelType: "premium", rank: 9 },
  Neural: { engine: "neural", modelType: "premium", rank: 6 },
  Standard: { engine: "standard", modelType: "premium", rank: 2 },
  LongForm: { engine: "long-form", modelType: "ultra", rank: 8 },
};
const FAMILY_OF = new Map(Object.entries(FAMILIES).map(([family, { engine }]) => [engine as string, family]));

/** Polly's one code that is no BCP-47: the English of Wales, with a single voice. */
const WELSH_ENGLISH = { code: "en-GB-WLS", language: "en-GB", voice: "Geraint" };

const MAX_TEXT_BYTES = 100_000;
const MAX_STREAM_BYTES = 3_000;
/** SynthesizeSpeech takes 3,000 characters beside tags, 6,000 with them; no character has less than a byte. */
const MAX_REQUEST_BYTES = 3_000;
/** A minute of speech: few requests, and little to make again when one fails. */
const LETTERS_PER_REQUEST = 1_000;
/** The most that SynthesizeSpeech gives of PCM, in Hz. */
export const SAMPLE_RATE_HERTZ = 16_000;

const LIMITS = {
  textBytes: MAX_TEXT_BYTES,
  streamBytes: MAX_STREAM_BYTES,
  ssml: true,
  markup: false,
  speed: null,
  multiSpeaker: false,
  model: false,
  prompt: false,
  bitrate: false,
} as const;

const familiesOf = (tier: ModelType) => Object.keys(FAMILIES).filter((family) => FAMILIES[family]!.modelType === tier);

export const POLLY_TIERS: readonly ProviderTier[] = [
  { modelType: "premium", families: familiesOf("premium"), ...LIMITS },
  { modelType: "ultra", families: familiesOf("ultra"), ...LIMITS },
];

/** What a voice id says. */
export interface PollyVoice {
  voiceId: string;
  language: string;
  family: string;
  /** Polly's own id of the voice, e.g. `Joanna`. */
  name: string;
  engine: PollyEngineName;
  /** The language as Polly writes it. */
  languageCode: string;
  modelType: ModelType;
  rank: number;
}

/** The voice that an id (`polly:en-US-Neural-Joanna`) names. @throws AppError VOICE_NOT_FOUND when it is not of that form */
export function pollyVoice(voiceId: string): PollyVoice {
  const [, language, family, name] = /^polly:([a-z]{2,3}(?:-[A-Z]{2})?)-([A-Za-z]+)-([A-Za-z]+)$/.exec(voiceId) ?? [];
  if (!language || !name || !family || !Object.hasOwn(FAMILIES, family)) {
    throw new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId.slice(0, 100)}" among Amazon Polly's.`, {
      hint: `they are named like polly:en-US-Neural-Joanna; families are ${Object.keys(FAMILIES).join(", ")}`,
    });
  }
  const welsh = name === WELSH_ENGLISH.voice && language === WELSH_ENGLISH.language;
  const languageCode = welsh ? WELSH_ENGLISH.code : language;
  return { voiceId, language, family, name, languageCode, ...FAMILIES[family]! };
}

/** The id of a voice as Polly lists it, or undefined for an engine or language code that this program does not know. */
export function voiceIdOf(languageCode: string, engine: string, name: string): string | undefined {
  const language = languageCode === WELSH_ENGLISH.code ? WELSH_ENGLISH.language : languageCode;
  const voiceId = `polly:${language}-${FAMILY_OF.get(engine)}-${name}`;
  try {
    return pollyVoice(voiceId).voiceId;
  } catch {
    return undefined;
  }
}

/** What a voice can do, from its id alone; bytes of UTF-8 and Hz. @throws AppError VOICE_NOT_FOUND */
export function pollyCapabilities(voiceId: string): VoiceCapabilities {
  const { engine } = pollyVoice(voiceId);
  return {
    streaming: true,
    ssml: true,
    markup: false,
    speed: null,
    prompt: false,
    multiSpeaker: false,
    bitrate: false,
    maxTextBytes: MAX_TEXT_BYTES,
    maxStreamBytes: MAX_STREAM_BYTES,
    nativeSampleRateHertz: SAMPLE_RATE_HERTZ,
    engine: {
      pitchSemitones: null,
      phonemes: [],
      languages: [],
      ssml: true,
      ssmlElements: ssmlElements(engine),
      dialogue: false,
      normalisesText: true,
      maxRequestBytes: MAX_REQUEST_BYTES,
      lettersPerRequest: LETTERS_PER_REQUEST,
    },
  };
}
