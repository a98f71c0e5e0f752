import type { EngineVoice, ProviderTier, VoiceCapabilities } from "../engine.ts";

/** How one voice of flite.wasm is called and how it answers; the numbers are measured. */
export interface FliteVoice {
  /** Its name on flite's command line. */
  fliteName: string;
  sampleRateHertz: number;
  /**
   * `duration_stretch` by speed, straight lines between the points, `1 / speed` scaled from the first point below
   * them. The statistical voices can't make a state shorter than one 5 ms frame, so past twice their pace they need a
   * smaller stretch than `1 / speed` for the asked length: measured on two texts of 377 and 807 characters.
   */
  stretchPoints: readonly (readonly [speed: number, stretch: number])[];
  catalogue: EngineVoice;
}

const CLUSTERGEN_FAST = [
  [1, 1],
  [2, 0.497],
  [2.5, 0.391],
  [3, 0.319],
  [3.5, 0.263],
  [4, 0.219],
] as const;

const CLUSTERGEN_FAST_RMS = [
  [1, 1],
  [2, 0.499],
  [2.5, 0.395],
  [3, 0.325],
  [3.5, 0.272],
  [4, 0.229],
] as const;

/** kal's own default stretch is 1.1, and a diphone's length has no floor in this range. */
const DIPHONE = [
  [1, 1.1],
  [2, 0.55],
  [4, 0.275],
] as const;

interface Facts {
  language: string;
  family: string;
  name: string;
  gender: "male" | "female";
  accent: string;
  pitch: string;
  rank: number;
  charsPerSecond: number;
}

function entry(facts: Facts): EngineVoice {
  return {
    voiceId: `flite:${facts.language}-${facts.family}-${facts.name}`,
    provider: "flite",
    language: facts.language,
    family: facts.family,
    name: facts.name,
    gender: facts.gender,
    modelType: "premium",
    characteristics: {
      styles: ["neutral"],
      roles: ["narrator"],
      age: "adult",
      accent: facts.accent,
      pitch: facts.pitch,
      useCase: ["reading aloud", "notifications", "offline use"],
    },
    availableModels: [],
    available: true,
    rank: facts.rank,
    charsPerSecond: facts.charsPerSecond,
  };
}

/**
 * Every general voice inside flite.wasm, best first. `awb_time`, which it holds too, is left out: it knows only the
 * words of "The time is now …" and makes noise of anything else.
 */
export const FLITE_VOICES: readonly FliteVoice[] = [
  {
    fliteName: "rms",
    sampleRateHertz: 16_000,
    stretchPoints: CLUSTERGEN_FAST_RMS,
    catalogue: entry({
      language: "en-US",
      family: "Clustergen",
      name: "Rms",
      gender: "male",
      accent: "american",
      pitch: "low",
      rank: 50,
      charsPerSecond: 15,
    }),
  },
  {
    fliteName: "slt",
    sampleRateHertz: 16_000,
    stretchPoints: CLUSTERGEN_FAST,
    catalogue: entry({
      language: "en-US",
      family: "Clustergen",
      name: "Slt",
      gender: "female",
      accent: "american",
      pitch: "medium",
      rank: 40,
      charsPerSecond: 16.7,
    }),
  },
  {
    fliteName: "awb",
    sampleRateHertz: 16_000,
    stretchPoints: CLUSTERGEN_FAST,
    catalogue: entry({
      language: "en-GB",
      family: "Clustergen",
      name: "Awb",
      gender: "male",
      accent: "scottish",
      pitch: "medium",
      rank: 45,
      charsPerSecond: 16.8,
    }),
  },
  {
    fliteName: "kal16",
    sampleRateHertz: 16_000,
    stretchPoints: DIPHONE,
    catalogue: entry({
      language: "en-US",
      family: "Diphone",
      name: "Kal",
      gender: "male",
      accent: "american",
      pitch: "low",
      rank: 20,
      charsPerSecond: 17,
    }),
  },
  {
    fliteName: "kal",
    sampleRateHertz: 8_000,
    stretchPoints: DIPHONE,
    catalogue: entry({
      language: "en-US",
      family: "Diphone",
      name: "Kal8",
      gender: "male",
      accent: "american",
      pitch: "low",
      rank: 10,
      charsPerSecond: 16.8,
    }),
  },
];

const BY_ID = new Map(FLITE_VOICES.map((voice) => [voice.catalogue.voiceId, voice]));

/** The voice with this id, or undefined. */
export function findFliteVoice(voiceId: string): FliteVoice | undefined {
  return BY_ID.get(voiceId);
}

const SPEEDS = { min: 0.25, max: 4 } as const;
const MAX_TEXT_BYTES = 500_000;
const MAX_STREAM_BYTES = 5_000;

/** What every voice of flite can do; bytes of UTF-8 and Hz. */
export function fliteCapabilities(voice: FliteVoice): VoiceCapabilities {
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
    nativeSampleRateHertz: voice.sampleRateHertz,
    engine: {
      pitchSemitones: null,
      phonemes: [],
      languages: [],
      ssml: false,
      dialogue: false,
      // It knows numbers and years, but says "k m", reads dates as three numbers and leaves out the signs of addresses.
      normalisesText: false,
    },
  };
}

export const FLITE_TIERS: readonly ProviderTier[] = [
  {
    modelType: "premium",
    families: [...new Set(FLITE_VOICES.map(({ catalogue }) => catalogue.family))],
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

/** flite's `duration_stretch` for `speed` (0.25–4): what makes `voice` speak in 1/speed of its own time. */
export function durationStretch(voice: FliteVoice, speed: number): number {
  const points = voice.stretchPoints;
  const [firstSpeed, firstStretch] = points[0]!;
  if (speed <= firstSpeed) return (firstStretch * firstSpeed) / speed;
  for (let i = 1; i < points.length; i++) {
    const [speedA, stretchA] = points[i - 1]!;
    const [speedB, stretchB] = points[i]!;
    // Straight in 1/speed, where the true curve is nearly a line.
    if (speed <= speedB) {
      return stretchA + ((stretchB - stretchA) * (1 / speed - 1 / speedA)) / (1 / speedB - 1 / speedA);
    }
  }
  return points.at(-1)![1];
}
