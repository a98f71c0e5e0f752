import { AppError, invalidField } from "../errors.ts";
import { type Catalogue, type CatalogueEntry, statusOf } from "./catalogue.ts";
import { detectLanguage } from "./language-detection.ts";
import { languageName, matchesLanguage, speaksLanguage } from "./language-tags.ts";
import { languageOfId } from "./nearest.ts";

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
  /** What is to be spoken: tells the language when none is given. */
  text?: string;
}

/** The settings that decide when the caller names no voice. */
export interface VoiceDefaults {
  defaultVoice?: string;
  /** `nearest`: a voice that is missing or can't speak here is replaced, with a warning. */
  fallback: "none" | "nearest";
}

/** The language of the voice that speaks what can't be told. */
const DEFAULT_LANGUAGE = "en";

/**
 * The voice that speaks: the named one, else AITTSM_DEFAULT_VOICE (unless another language than its own is asked for),
 * else the best on this machine for the language, given or detected. Others' voices cost money and send the text away: they are named or not used.
 * @throws AppError VOICE_NOT_FOUND, PROVIDER_DISABLED, or INVALID_INPUT when no voice speaks the given language.
 */
export async function chooseVoice(
  catalogue: Catalogue,
  wish: VoiceWish,
  defaults: VoiceDefaults,
): Promise<VoiceChoice> {
  if (wish.voiceId) {
    return checkModelType(await named(catalogue, wish.voiceId, wish.language, defaults.fallback), wish);
  }
  if (defaults.defaultVoice && (!wish.language || isOfLanguage(defaults.defaultVoice, wish.language))) {
    const choice = await named(catalogue, defaults.defaultVoice, undefined, defaults.fallback).catch(blameSetting);
    return checkModelType({ reason: "it is the default voice (AITTSM_DEFAULT_VOICE)", ...choice }, wish);
  }
  const local = await catalogue.local();
  return wish.language ? ofLanguage(catalogue, local, wish.language, wish) : unasked(catalogue, local, wish);
}

const isOfLanguage = (voiceId: string, language: string) => matchesLanguage(languageOfId(voiceId) ?? "", language);

/** The caller named no voice: what is to be mended is the setting. */
function blameSetting(error: unknown): never {
  if (!(error instanceof AppError)) throw error;
  throw new AppError(error.code, `The default voice does not work: ${error.message}`, {
    hint: `set AITTSM_DEFAULT_VOICE to another voice, or name a voice_id; ${error.hint}`,
    details: { ...error.details, setting: "AITTSM_DEFAULT_VOICE" },
  });
}

async function named(
  catalogue: Catalogue,
  voiceId: string,
  language: string | undefined,
  fallback: VoiceDefaults["fallback"],
): Promise<VoiceChoice> {
  try {
    const entry = await catalogue.speaking(voiceId);
    return { entry, warnings: languageWarnings(entry, language) };
  } catch (error) {
    const missing = error instanceof AppError && ["VOICE_NOT_FOUND", "PROVIDER_DISABLED"].includes(error.code);
    const standIn = missing && fallback === "nearest" ? await catalogue.nearest(voiceId) : undefined;
    if (!standIn) throw error;
    const warning = `${voiceId} is not available here; ${standIn.voice.voiceId} spoke instead (AITTSM_VOICE_FALLBACK).`;
    return { entry: standIn, warnings: [warning] };
  }
}

function languageWarnings({ voice }: CatalogueEntry, language: string | undefined): string[] {
  return language && !speaksLanguage(voice.language, language)
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

/** The best voice for a language that the caller named. */
async function ofLanguage(
  catalogue: Catalogue,
  local: readonly CatalogueEntry[],
  language: string,
  wish: VoiceWish,
): Promise<VoiceChoice> {
  const speaking = speakersOf(local, language);
  if (speaking.length === 0) {
    const languages = [...new Set(local.map(({ voice }) => voice.language))].sort();
    const ways = await waysToSpeak(catalogue, language);
    throw invalidField(
      "language",
      `No voice for ${language} works on this machine.`,
      [
        ...ways,
        `voices that work here speak ${languages.join(", ") || "nothing"}; leave language out to have the default voice try`,
      ].join("; or "),
    );
  }
  return { entry: ofType(speaking, wish), reason: `it is the best available voice for ${language}`, warnings: [] };
}

/** The best voice for the language that the text is in; where that is not clear, the best English one. */
async function unasked(catalogue: Catalogue, local: readonly CatalogueEntry[], wish: VoiceWish): Promise<VoiceChoice> {
  const detected = wish.text === undefined ? undefined : await detectLanguage(wish.text);
  const speaking = (detected ?? [])
    .map((language) => detectedSpeakers(local, language))
    .find(({ length }) => length > 0);
  const name = detected?.map(languageName).join(" or ");
  if (speaking) {
    const entry = ofType(speaking, wish);
    return { entry, reason: `detected ${name}, and it is the best available voice for that`, warnings: [] };
  }
  const english = detectedSpeakers(local, DEFAULT_LANGUAGE);
  const entry = ofType(english.length > 0 ? english : local, wish);
  const reason = "it is the best available voice; name a voice_id or a language for another";
  if (!detected) return { entry, reason, warnings: [] };
  const ways = await waysToSpeak(catalogue, detected[0]!);
  const warning = `The text seems to be ${name}, which no voice on this machine speaks; ${entry.voice.voiceId} reads it as ${languageName(entry.voice.language)}.`;
  return { entry, reason, warnings: [ways.length > 0 ? `${warning} For a voice: ${ways.join("; or ")}.` : warning] };
}

/** A whole tag matches by prefix; when a region has no voice, the language's other regions do. */
function speakersOf(entries: readonly CatalogueEntry[], language: string): readonly CatalogueEntry[] {
  const exact = entries.filter(({ voice }) => matchesLanguage(voice.language, language));
  return exact.length > 0 ? exact : entries.filter(({ voice }) => speaksLanguage(voice.language, language));
}

const detectedBefore = new WeakMap<readonly CatalogueEntry[], Map<string, readonly CatalogueEntry[]>>();

/** As `speakersOf`, found once in a list: most callers name no voice, and detection knows few languages. */
function detectedSpeakers(entries: readonly CatalogueEntry[], language: string): readonly CatalogueEntry[] {
  const known = detectedBefore.get(entries) ?? new Map<string, readonly CatalogueEntry[]>();
  detectedBefore.set(entries, known);
  const speakers = known.get(language) ?? speakersOf(entries, language);
  known.set(language, speakers);
  return speakers;
}

/** The best of them that has the wanted tier. @throws AppError INVALID_INPUT when none has */
function ofType(entries: readonly CatalogueEntry[], { modelType }: VoiceWish): CatalogueEntry {
  const entry = entries.find(({ voice }) => !modelType || voice.modelType === modelType);
  if (entry) return entry;
  throw invalidField(
    "model_type",
    `No ${modelType ?? ""} voice of this machine fits.`.replace("  ", " "),
    "leave model_type out, or name a voice_id; search_voices lists what each voice has",
  );
}

/** What would give this machine a voice for a language, as its engines tell. */
async function waysToSpeak(catalogue: Catalogue, language: string): Promise<string[]> {
  const known = catalogue.known();
  const ways: string[] = [];
  for (const engine of catalogue.engines.filter(({ local }) => local)) {
    const status = await statusOf(engine);
    const listed = known.filter((entry) => entry.engine === engine);
    const may = listed.length === 0 || listed.some(({ voice }) => speaksLanguage(voice.language, language));
    if (!status.available && may) ways.push(status.hint);
  }
  const elsewhere = known.find(
    ({ engine, voice }) => !engine.local && voice.available && speaksLanguage(voice.language, language),
  );
  if (elsewhere) {
    ways.push(`name a voice_id such as ${elsewhere.voice.voiceId}, which sends the text to ${elsewhere.engine.id}`);
  }
  return ways;
}
