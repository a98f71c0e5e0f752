import { AppError, invalidField } from "../errors.ts";
import { type Catalogue, type CatalogueEntry, matchesLanguage } from "./catalogue.ts";

export interface VoiceChoice {
  entry: CatalogueEntry;
  /** Why this voice; absent when the caller named it. */
  reason?: string;
  warnings: string[];
}

export interface VoiceWish {
  voiceId?: string;
  language?: string;
  modelType?: string;
}

/** The settings that decide when the caller names no voice. */
export interface VoiceDefaults {
  defaultVoice?: string;
  /** `nearest`: a voice that is missing or can't speak here is replaced, with a warning. */
  fallback: "none" | "nearest";
}

/**
 * The voice that speaks: the named one, else AITTSM_DEFAULT_VOICE, else the best available for the language.
 * @throws AppError VOICE_NOT_FOUND, PROVIDER_DISABLED, or INVALID_INPUT when no voice speaks the language.
 */
export async function chooseVoice(
  catalogue: Catalogue,
  wish: VoiceWish,
  defaults: VoiceDefaults,
): Promise<VoiceChoice> {
  if (wish.voiceId) {
    return checkModelType(await named(catalogue, wish.voiceId, wish.language, defaults.fallback), wish);
  }
  if (defaults.defaultVoice && !wish.language) {
    const choice = await named(catalogue, defaults.defaultVoice, undefined, defaults.fallback).catch(blameSetting);
    return checkModelType({ reason: "it is the default voice (AITTSM_DEFAULT_VOICE)", ...choice }, wish);
  }
  const available = (await catalogue.all()).filter(({ voice }) => voice.available);
  const language = wish.language;
  const exact = available.filter(({ voice }) => !language || matchesLanguage(voice.language, language));
  const speaking = exact.length > 0 ? exact : available.filter(({ voice }) => speaks(voice.language, language!));
  const entry = speaking.find(({ voice }) => !wish.modelType || voice.modelType === wish.modelType);
  if (entry) {
    const reason = language
      ? `it is the best available voice for ${language}`
      : "it is the best available voice; name a voice_id or a language for another";
    return { entry, reason, warnings: [] };
  }
  if (language && speaking.length === 0) {
    const languages = [...new Set(available.map(({ voice }) => voice.language))];
    throw invalidField(
      "language",
      `No voice for ${language} works here.`,
      `voices that work here speak ${languages.join(", ")}; leave language out to have the default voice try`,
    );
  }
  throw invalidField(
    "model_type",
    `No ${wish.modelType} voice works here.`,
    "leave model_type out; search_voices lists what each voice has",
  );
}

/** The caller named no voice: what is to be mended is the setting. */
function blameSetting(error: unknown): never {
  if (!(error instanceof AppError)) throw error;
  throw new AppError(error.code, `The default voice does not work: ${error.message}`, {
    hint: `set AITTSM_DEFAULT_VOICE to another voice, or name a voice_id; ${error.hint}`,
    details: { ...error.details, setting: "AITTSM_DEFAULT_VOICE" },
  });
}

/** A whole tag matches by prefix; when a region has no voice, the language's other regions do. */
function speaks(voiceLanguage: string, wanted: string): boolean {
  return matchesLanguage(voiceLanguage, wanted) || matchesLanguage(voiceLanguage, wanted.split(/[-_]/)[0]!);
}

async function named(
  catalogue: Catalogue,
  voiceId: string,
  language: string | undefined,
  fallback: VoiceDefaults["fallback"],
): Promise<VoiceChoice> {
  const found = await catalogue.get(voiceId).catch((error) => {
    if (fallback === "nearest" && error instanceof AppError && error.code === "VOICE_NOT_FOUND") return undefined;
    throw error;
  });
  if (found?.voice.available) return { entry: found, warnings: languageWarnings(found, language) };
  const standIn = await nearestAvailable(catalogue, voiceId, found);
  if (fallback === "nearest" && standIn) {
    return {
      entry: standIn,
      warnings: [`${voiceId} is not available here; ${standIn.voice.voiceId} spoke instead (AITTSM_VOICE_FALLBACK).`],
    };
  }
  throw new AppError("PROVIDER_DISABLED", `${voiceId} can't speak here: ${found?.voice.whyUnavailable}`, {
    hint: standIn ? `the nearest voice that works is ${standIn.voice.voiceId}` : "no voice works here",
    details: { nearest: standIn?.voice.voiceId },
  });
}

/** The available voice most like the one asked for: its language first, then its gender. */
async function nearestAvailable(
  catalogue: Catalogue,
  voiceId: string,
  like: CatalogueEntry | undefined,
): Promise<CatalogueEntry | undefined> {
  const language = like?.voice.language ?? /^[^:]+:([a-z]{2,3}-[A-Z]{2})-/.exec(voiceId)?.[1];
  const score = ({ voice }: CatalogueEntry) =>
    (language && voice.language === language ? 4 : language && speaks(voice.language, language) ? 2 : 0) +
    (like && voice.gender === like.voice.gender ? 1 : 0);
  const available = (await catalogue.all()).filter(({ voice }) => voice.available);
  return available.sort((a, b) => score(b) - score(a))[0];
}

function languageWarnings({ voice }: CatalogueEntry, language: string | undefined): string[] {
  return language && !speaks(voice.language, language)
    ? [`${voice.voiceId} speaks ${voice.language}, not ${language}; the named voice was used.`]
    : [];
}

function checkModelType(choice: VoiceChoice, wish: VoiceWish): VoiceChoice {
  const { voice } = choice.entry;
  if (!wish.modelType || wish.modelType === voice.modelType) return choice;
  throw new AppError("UNSUPPORTED_MODIFIER", `${voice.voiceId} is a ${voice.modelType} voice, not ${wish.modelType}.`, {
    hint: `leave model_type out or set it to ${voice.modelType}`,
    details: { fields: [{ field: "model_type", message: `takes ${voice.modelType}` }], voice_id: voice.voiceId },
  });
}
