import { AppError } from "../../errors.ts";
import type { EngineVoice, ProviderTier, VoiceCapabilities } from "../engine.ts";
import { countryOf, usualCharsPerSecond } from "../shared/provider-voices.ts";
import { type KokoroLanguage, LANGUAGES } from "./languages.ts";

/** A voice of Kokoro's, whether the installed model has it or not. */
export interface KokoroVoice {
  voiceId: string;
  /** The model's own name, e.g. `af_bella`: language, gender, name. */
  speaker: string;
  language: KokoroLanguage;
  name: string;
  gender: "female" | "male";
  rank: number;
}

/** Kokoro v1.0's speakers. Where a model has them in its voices' file, its metadata says. */
const SPEAKERS = [
  ...["af_alloy", "af_aoede", "af_bella", "af_heart", "af_jessica", "af_kore", "af_nicole", "af_nova", "af_river"],
  ...["af_sarah", "af_sky", "am_adam", "am_echo", "am_eric", "am_fenrir", "am_liam", "am_michael", "am_onyx"],
  ...["am_puck", "am_santa", "bf_alice", "bf_emma", "bf_isabella", "bf_lily", "bm_daniel", "bm_fable", "bm_george"],
  ...["bm_lewis", "ef_dora", "em_alex", "em_santa", "ff_siwis", "hf_alpha", "hf_beta", "hm_omega", "hm_psi"],
  ...["if_sara", "im_nicola", "jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo", "pf_dora"],
  ...["pm_alex", "pm_santa", "zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi"],
  ...["zm_yunxia", "zm_yunyang"],
];

/** Above every other voice of a machine: flite's best has 50, a neural server's on this machine 55. */
const LOWEST_RANK = 60;

/**
 * How good the English voices are among themselves, by the model's own grades (VOICES.md of hexgrad/Kokoro-82M, from F+
 * to A); languages with a voice or two are left as they are listed.
 */
const GRADES: Readonly<Record<string, number>> = {
  ...{ af_heart: 12, af_bella: 11, af_nicole: 9, af_aoede: 7, af_kore: 7, af_sarah: 7, af_alloy: 6, af_nova: 6 },
  ...{ af_sky: 5, am_fenrir: 7, am_michael: 7, am_puck: 7, am_santa: 2, am_adam: 1 },
  ...{ bf_emma: 9, bf_isabella: 6, bm_fable: 6, bm_george: 6, bm_lewis: 4 },
};
const USUAL_GRADE = 3;

function voiceOf(speaker: string): KokoroVoice {
  const [kind = "", word = ""] = speaker.split("_");
  const language = LANGUAGES[kind[0]!]!;
  const name = word[0]!.toUpperCase() + word.slice(1);
  return {
    voiceId: `kokoro:${language.tag}-Kokoro-${name}`,
    speaker,
    language,
    name,
    gender: kind[1] === "f" ? "female" : "male",
    rank: LOWEST_RANK + (GRADES[speaker] ?? USUAL_GRADE),
  };
}

export const KOKORO_VOICES: readonly KokoroVoice[] = SPEAKERS.map(voiceOf);

const BY_ID = new Map(KOKORO_VOICES.map((voice) => [voice.voiceId, voice]));

/** The voice with this id. @throws AppError VOICE_NOT_FOUND */
export function kokoroVoice(voiceId: string): KokoroVoice {
  const voice = BY_ID.get(voiceId);
  if (voice) return voice;
  throw new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId.slice(0, 100)}" among Kokoro's.`, {
    hint: "they are named like kokoro:en-US-Kokoro-Bella",
  });
}

/** What a catalogue has of a voice; with `whyUnavailable`, one that can't speak here. @param revision of the model */
export function describeVoice(voice: KokoroVoice, { revision, whyUnavailable }: Availability): EngineVoice {
  const { voiceId, name, gender, rank } = voice;
  const { tag } = voice.language;
  return {
    voiceId,
    provider: "kokoro",
    language: tag,
    family: "Kokoro",
    name,
    gender,
    modelType: "premium",
    // The model's authors tell no more of its voices.
    characteristics: { styles: [], roles: [], age: "", accent: countryOf(tag), pitch: "", useCase: [] },
    availableModels: [],
    ...(revision && { revision }),
    available: whyUnavailable === undefined,
    ...(whyUnavailable && { whyUnavailable }),
    rank,
    charsPerSecond: usualCharsPerSecond(tag),
  };
}

interface Availability {
  revision?: string;
  whyUnavailable?: string;
}

/** Hz: of every model of Kokoro's. */
export const SAMPLE_RATE_HERTZ = 24_000;
const MAX_TEXT_BYTES = 500_000;
const MAX_STREAM_BYTES = 5_000;
const SPEEDS = { min: 0.25, max: 4 } as const;

/** What a voice can do; bytes of UTF-8 and Hz. @throws AppError VOICE_NOT_FOUND */
export function kokoroCapabilities(voiceId: string): VoiceCapabilities {
  const { language } = kokoroVoice(voiceId);
  return {
    streaming: true,
    ssml: false,
    markup: false,
    speed: SPEEDS,
    prompt: false,
    multiSpeaker: false,
    bitrate: true,
    maxTextBytes: MAX_TEXT_BYTES,
    maxStreamBytes: MAX_STREAM_BYTES,
    nativeSampleRateHertz: SAMPLE_RATE_HERTZ,
    engine: {
      pitchSemitones: null,
      phonemes: [],
      languages: [],
      ssml: false,
      dialogue: false,
      // espeak-ng and the rules for Chinese read numbers, but say "$5.50" as "dollar five point five" and know no
      // dates or units: where the pipeline writes these out, in English, it does better; elsewhere nobody does.
      normalisesText: !language.tag.startsWith("en-"),
    },
  };
}

export const KOKORO_TIERS: readonly ProviderTier[] = [
  {
    modelType: "premium",
    families: ["Kokoro"],
    textBytes: MAX_TEXT_BYTES,
    streamBytes: MAX_STREAM_BYTES,
    ssml: false,
    markup: false,
    speed: SPEEDS,
    multiSpeaker: false,
    model: false,
    prompt: false,
    bitrate: true,
  },
];
