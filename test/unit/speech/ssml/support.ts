import type { VoiceCapabilities } from "../../../../src/engines/engine.ts";
import { pollyCapabilities } from "../../../../src/engines/polly/voices.ts";
import { AppError } from "../../../../src/errors.ts";
import type { NativePart, ScriptPart, SpokenPart } from "../../../../src/speech/script/script.ts";
import { parseSsml } from "../../../../src/speech/ssml/parse.ts";
import { type SsmlContext, ssmlParts } from "../../../../src/speech/ssml/parts.ts";

/** A voice that takes everything but SSML. */
export const ABLE = "able:en-US-A-Able";
/** A voice that can do nothing but speak. */
export const PLAIN = "plain:en-US-P-Plain";
/** A voice that takes all of SSML, in requests of 400 bytes. */
export const NATIVE = "native:en-US-N-Native";
/** A German voice that takes everything but SSML. */
export const GERMAN = "able:de-DE-A-Anna";

const SPEEDS = { min: 0.5, max: 2 };

function capabilities(more: Partial<VoiceCapabilities["engine"]>, speed: VoiceCapabilities["speed"]) {
  const engine = { pitchSemitones: null, phonemes: [], languages: [], ssml: false, dialogue: false, ...more };
  return { ...pollyCapabilities("polly:en-US-Neural-Joanna"), speed, engine: { normalisesText: true, ...engine } };
}

const able = capabilities(
  { pitchSemitones: { min: -6, max: 6 }, phonemes: ["ipa"], languages: ["fr-FR", "en-GB", "cmn-CN"] },
  SPEEDS,
);
const KNOWN: Readonly<Record<string, VoiceCapabilities>> = {
  [ABLE]: able,
  [GERMAN]: able,
  [PLAIN]: capabilities({}, null),
  [NATIVE]: capabilities({ ssml: true, phonemes: ["ipa"], maxRequestBytes: 400, lettersPerRequest: 100 }, SPEEDS),
};

/** A job in one voice; `voices` by the name that the document calls them. */
export function contextOf(voiceId: string, more: Partial<SsmlContext> = {}): SsmlContext {
  return {
    voiceId,
    speed: 1,
    voiceOf: (key) => {
      const [name, language] = JSON.parse(key) as [string | null, string | null];
      return name ?? (language?.startsWith("de") ? GERMAN : ABLE);
    },
    capabilitiesOf: (id) => KNOWN[id] ?? pollyCapabilities(id),
    languageOf: (id) => id.split(":")[1]!.slice(0, 5),
    sayAs: (text, interpretAs, { format }, language) =>
      interpretAs === "impossible" ? undefined : `${interpretAs} ${text} ${format ?? "-"} ${language}`,
    ...more,
  };
}

export const partsOf = (source: string, voiceId: string, more: Partial<SsmlContext> = {}): ScriptPart[] =>
  ssmlParts(parseSsml(source), contextOf(voiceId, more));

export const spokenOf = (source: string, voiceId: string, more: Partial<SsmlContext> = {}): SpokenPart[] =>
  partsOf(source, voiceId, more).filter((part) => part.kind === "speech");

export const nativeOf = (source: string, voiceId: string, more: Partial<SsmlContext> = {}): NativePart[] =>
  partsOf(source, voiceId, more).filter((part) => part.kind === "native");

/** Parts as short strings: `text|boundary`, or milliseconds of a pause. */
export const shortOf = (parts: readonly ScriptPart[]): string[] =>
  parts.map((part) =>
    part.kind === "pause" ? `${part.exact ? "=" : ""}${part.milliseconds} ms` : `${part.text}|${part.boundary}`,
  );

/** What is thrown. */
export function refusalOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("was not refused");
}
