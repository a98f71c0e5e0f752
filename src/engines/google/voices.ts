import { AppError } from "../../errors.ts";
import type { ModelType, ProviderTier, Range, VoiceCapabilities } from "../engine.ts";
import { GEMINI_LANGUAGES, SPEAKERS } from "./gemini.ts";

/** What the voices of a family have in common. */
interface Family {
  /** Between language and name in Google's names; Gemini's voices are called by the bare name. */
  googleName: string;
  modelType: ModelType;
  rank: number;
  /** `speakingRate` is taken. */
  speed: boolean;
  /** `pitch` is taken. */
  pitch: boolean;
  /**
   * "whole": documents are passed on; "some": Google knows a part of SSML and skips the rest without a word, or refuses
   * it, so documents are taken apart here; "none": text only.
   */
  ssml: "whole" | "some" | "none";
  markup: boolean;
}

const CLASSIC = { modelType: "premium", speed: true, pitch: true, ssml: "whole", markup: false } as const;

/**
 * Families as voice ids spell them. Who takes what:
 * https://cloud.google.com/text-to-speech/docs/ssml (Studio lacks mark, emphasis, lang and pitch),
 * …/docs/chirp3-hd (speaking rate and [pause]; of SSML only phoneme, p, s, sub and say-as),
 * and what the API itself answers: "This voice does not support speaking rate or pitch parameters at this time." for
 * Chirp HD. Casual is not documented; it is treated as Chirp HD, so that no request is refused.
 */
const FAMILIES: Readonly<Record<string, Family>> = {
  Casual: { ...CLASSIC, googleName: "Casual", rank: 4, speed: false, pitch: false, ssml: "none" },
  ChirpHD: { ...CLASSIC, googleName: "Chirp-HD", rank: 6, speed: false, pitch: false, ssml: "none" },
  Chirp3HD: { ...CLASSIC, googleName: "Chirp3-HD", rank: 9, pitch: false, ssml: "some", markup: true },
  Neural2: { ...CLASSIC, googleName: "Neural2", rank: 5 },
  News: { ...CLASSIC, googleName: "News", rank: 4 },
  Polyglot: { ...CLASSIC, googleName: "Polyglot", rank: 4 },
  Standard: { ...CLASSIC, googleName: "Standard", rank: 1 },
  Studio: { ...CLASSIC, googleName: "Studio", rank: 7, pitch: false, ssml: "some" },
  Wavenet: { ...CLASSIC, googleName: "Wavenet", rank: 3 },
  Gemini: {
    googleName: "Gemini",
    modelType: "ultra",
    rank: 8,
    speed: false,
    pitch: false,
    ssml: "some",
    markup: false,
  },
};

const SPEEDS: Range = { min: 0.25, max: 2 };
const PITCH_SEMITONES: Range = { min: -20, max: 20 };

/** Every answer is asked for at this rate: nearly all voices' own, and then an id alone tells a voice's rate. */
export const SAMPLE_RATE_HERTZ = 24_000;

const MAX_TEXT_BYTES = 500_000;
const MAX_STREAM_BYTES = 5_000;
/** https://cloud.google.com/text-to-speech/quotas */
const MAX_REQUEST_BYTES = 5_000;
const MAX_PROMPT_BYTES = 4_000;
/** Of text, without its prompt. */
const MAX_GEMINI_TEXT_BYTES = 4_000;
/**
 * About a minute of speech, 3 MB of samples: fewer requests of the minute's quota than with short ones, and one that is
 * lost costs little.
 */
const LETTERS_PER_REQUEST = 900;

/** A voice as its id tells it. */
export interface GoogleVoice {
  voiceId: string;
  /** BCP-47. */
  language: string;
  family: string;
  name: string;
  /** As Google's API calls it. */
  googleName: string;
  gemini: boolean;
  modelType: ModelType;
  rank: number;
}

const SPOKEN_BY_GEMINI = new Set(GEMINI_LANGUAGES);
const LANGUAGE = "[a-z]{2,3}-(?:[A-Z]{2}|\\d{3})";
const VOICE_ID = new RegExp(`^google:(${LANGUAGE})-([A-Za-z0-9]+)-([A-Za-z0-9]+)$`);
const GOOGLE_NAME = new RegExp(
  `^([A-Za-z]{2,3})-([A-Za-z]{2}|\\d{3})-(${Object.values(FAMILIES)
    .map(({ googleName }) => googleName)
    .join("|")})-([A-Za-z0-9]+)$`,
);

/** The voice with this id, whether or not Google lists it now. @throws AppError VOICE_NOT_FOUND */
export function googleVoice(voiceId: string): GoogleVoice {
  const [, language = "", family = "", name = ""] = VOICE_ID.exec(voiceId) ?? [];
  const facts = Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  const gemini = family === "Gemini";
  const known = gemini ? Object.hasOwn(SPEAKERS, name) && SPOKEN_BY_GEMINI.has(language) : name !== "";
  if (!facts || !known) {
    throw new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId.slice(0, 100)}" among Google's voices.`, {
      hint: "search_voices (GET /voices) with provider google lists them",
    });
  }
  const googleName = gemini ? name : `${language}-${facts.googleName}-${name}`;
  const { modelType, rank } = facts;
  return { voiceId, language, family, name, googleName, gemini, modelType, rank };
}

/** The id of a voice that Google's list has (`en-US-Chirp3-HD-Aoede`); undefined for kinds that no family here names. */
export function voiceIdOf(googleName: string): string | undefined {
  const [, language, region, kind, name] = GOOGLE_NAME.exec(googleName) ?? [];
  // That voice speaks nothing but Google's own multi-speaker markup.
  if (!language || !region || !name || /^multispeaker$/i.test(name)) return undefined;
  const family = Object.keys(FAMILIES).find((key) => FAMILIES[key]!.googleName === kind);
  return `google:${language.toLowerCase()}-${region.toUpperCase()}-${family}-${name}`;
}

/** What a voice can do; its id alone tells. @throws AppError VOICE_NOT_FOUND */
export function googleCapabilities(voiceId: string): VoiceCapabilities {
  const { family, gemini } = googleVoice(voiceId);
  const facts = FAMILIES[family]!;
  return {
    streaming: true,
    ssml: facts.ssml !== "none",
    markup: facts.markup,
    speed: facts.speed ? SPEEDS : null,
    prompt: gemini,
    multiSpeaker: gemini,
    bitrate: true,
    maxTextBytes: MAX_TEXT_BYTES,
    maxStreamBytes: MAX_STREAM_BYTES,
    ...(gemini && { maxPromptBytes: MAX_PROMPT_BYTES }),
    nativeSampleRateHertz: SAMPLE_RATE_HERTZ,
    engine: {
      pitchSemitones: facts.pitch ? PITCH_SEMITONES : null,
      phonemes: facts.ssml !== "none" && !gemini ? ["ipa", "x-sampa"] : [],
      languages: gemini ? GEMINI_LANGUAGES : [],
      ssml: facts.ssml === "whole",
      markup: facts.markup,
      dialogue: gemini,
      normalisesText: true,
      maxRequestBytes: gemini ? MAX_GEMINI_TEXT_BYTES + MAX_PROMPT_BYTES : MAX_REQUEST_BYTES,
      lettersPerRequest: LETTERS_PER_REQUEST,
    },
  };
}

/** The most bytes of UTF-8 that the text (or SSML, or all turns) of one request to Google may have. */
export const maxInputBytes = (voice: GoogleVoice): number => (voice.gemini ? MAX_GEMINI_TEXT_BYTES : MAX_REQUEST_BYTES);

const familiesOf = (tier: ModelType) => Object.keys(FAMILIES).filter((family) => FAMILIES[family]!.modelType === tier);

export const GOOGLE_TIERS: readonly ProviderTier[] = [
  {
    modelType: "premium",
    families: familiesOf("premium"),
    textBytes: MAX_TEXT_BYTES,
    streamBytes: MAX_STREAM_BYTES,
    ssml: "by family",
    markup: "by family",
    speed: "by family",
    multiSpeaker: false,
    model: false,
    prompt: false,
    bitrate: true,
  },
  {
    modelType: "ultra",
    families: familiesOf("ultra"),
    textBytes: "by model",
    streamBytes: "by model",
    promptBytes: MAX_PROMPT_BYTES,
    ssml: true,
    markup: false,
    speed: null,
    multiSpeaker: "by model",
    model: true,
    prompt: true,
    bitrate: true,
  },
];
