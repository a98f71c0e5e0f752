import { AppError, invalidField } from "../errors.ts";
import { type AskedVoice, documentLanguage, type ScriptSource, saidText, voicesAsked } from "../speech/script/build.ts";
import type { Catalogue, CatalogueEntry } from "./catalogue.ts";
import { matchesLanguage, speaksLanguage } from "./language-tags.ts";
import type { SpeechWish } from "./speech-request.ts";
import { chooseVoice, type VoiceDefaults } from "./voice-choice.ts";

/** Who speaks a text. */
export interface Speakers {
  /** Every voice, the job's first. */
  entries: readonly [CatalogueEntry, ...CatalogueEntry[]];
  /** How the text is to be read, with the voices that were found for it. */
  source: ScriptSource;
  /** What is said, without labels, tags and the like. */
  said: string;
  /** Why the job's voice; absent when the caller named it. */
  reason?: string;
  warnings: string[];
}

interface Parts {
  catalogue: Catalogue;
  defaults: VoiceDefaults;
}

/**
 * Finds the voices of a text: the job's own, the second one of a dialogue, and those that SSML asks for.
 * @throws AppError as `chooseVoice` does; INVALID_SSML; INVALID_INPUT, VOICE_NOT_FOUND or UNSUPPORTED_MODIFIER that names the field or element
 */
export async function chooseSpeakers(wish: SpeechWish, parts: Parts): Promise<Speakers> {
  const dialogue = isDialogue(wish);
  const { text, format, speed = 1 } = wish;
  const said = saidText({ text, format, dialogue });
  const voiceId = (dialogue ? wish.voiceSpeaker1 : undefined) ?? wish.voiceId;
  // A default voice stands for every text; else a document that says its language need not be guessed at.
  const own = format === "ssml" && !parts.defaults.defaultVoice && !voiceId ? documentLanguage(text) : undefined;
  const asked = { ...wish, text: said, voiceId, language: wish.language ?? own };
  const { entry, reason, warnings } = await chooseVoice(parts.catalogue, asked, parts.defaults).catch((error) => {
    throw asked.language === wish.language ? error : blameDocument(error);
  });
  const source: ScriptSource = { text, format, voiceId: entry.voice.voiceId, speed };
  const others = new Map<string, CatalogueEntry>();
  if (dialogue) {
    const second = await secondSpeaker(wish.voiceSpeaker2, entry, parts);
    warnings.push(...second.warnings);
    source.secondVoiceId = second.entry.voice.voiceId;
    others.set(source.secondVoiceId, second.entry);
  } else if (format === "ssml") {
    const voices: Record<string, string> = {};
    for (const voice of voicesAsked(text)) {
      const found = await findAsked(voice, entry, parts);
      warnings.push(...found.warnings);
      voices[voice.key] = found.entry.voice.voiceId;
      others.set(found.entry.voice.voiceId, found.entry);
    }
    source.voices = voices;
  }
  others.delete(entry.voice.voiceId);
  return { entries: [entry, ...others.values()], source, said, reason, warnings };
}

/** The caller named no language: what is to be mended is the document. */
function blameDocument(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== "INVALID_INPUT") return error;
  const message = `xml:lang of <speak>: ${error.message}`;
  return new AppError(error.code, message, { hint: error.hint, details: { fields: [{ field: "text", message }] } });
}

/** Naming a second voice is asking for a dialogue. @throws AppError INVALID_INPUT for wishes that contradict each other */
function isDialogue({ speakerType, voiceSpeaker1, voiceSpeaker2, voiceId, format = "text" }: SpeechWish): boolean {
  const named = voiceSpeaker1 !== undefined || voiceSpeaker2 !== undefined;
  if (speakerType === "single" && named) {
    const field = voiceSpeaker1 === undefined ? "voice_speaker_2" : "voice_speaker_1";
    throw invalidField(field, `${field} is for dialogues.`, 'use speaker_type "multi", or leave it out');
  }
  if (speakerType !== "multi" && !named) return false;
  if (format !== "text") {
    throw new AppError("UNSUPPORTED_MODIFIER", `A dialogue is plain text, not ${format}.`, {
      hint: 'use format "text" with lines "Speaker 1: …", or speaker_type "single"; SSML changes voices with <voice>',
      details: { fields: [{ field: "format", message: "text only with speaker_type multi" }] },
    });
  }
  if (voiceId && voiceSpeaker1 && voiceId !== voiceSpeaker1) {
    throw invalidField("voice_speaker_1", "voice_id and voice_speaker_1 name two voices.", "send voice_speaker_1 only");
  }
  return true;
}

interface Found {
  entry: CatalogueEntry;
  warnings: string[];
}

/** The named voice, else one like the first but told from it easily. */
async function secondSpeaker(named: string | undefined, first: CatalogueEntry, parts: Parts): Promise<Found> {
  if (named) return chooseVoice(parts.catalogue, { voiceId: named }, parts.defaults);
  const { voiceId, language, gender } = first.voice;
  const candidates = (await companions(first, parts.catalogue)).filter(
    ({ voice }) => voice.voiceId !== voiceId && speaksLanguage(voice.language, language),
  );
  const entry = candidates.find(({ voice }) => voice.gender !== gender) ?? candidates[0];
  if (entry) return { entry, warnings: [] };
  throw invalidField(
    "voice_speaker_2",
    `There is no second voice for ${language}.`,
    "name one; search_voices lists them",
  );
}

/** Voices that may speak beside another unasked: its own provider's, and this machine's. Best first. */
async function companions(entry: CatalogueEntry, catalogue: Catalogue): Promise<CatalogueEntry[]> {
  const ofProvider = (await catalogue.all()).filter(({ engine, voice }) => engine === entry.engine && voice.available);
  const local = await catalogue.local();
  return [...ofProvider, ...local.filter(({ engine }) => engine !== entry.engine)];
}

/** The voice that a <voice> element asks for. */
async function findAsked(asked: AskedVoice, job: CatalogueEntry, { catalogue, defaults }: Parts): Promise<Found> {
  const { name, language, gender } = asked;
  const place = `<voice> in line ${asked.line}, column ${asked.column}`;
  if (name?.includes(":")) {
    return chooseVoice(catalogue, { voiceId: name }, defaults).catch((error) => {
      if (!(error instanceof AppError)) throw error;
      const { line, column } = asked;
      const details = { ...error.details, element: "voice", line, column };
      throw new AppError(error.code, `${place}: ${error.message}`, { hint: error.hint, details });
    });
  }
  const wanted = name?.toLowerCase();
  const fits = ({ voice }: CatalogueEntry) =>
    (!wanted || namesOf(voice).includes(wanted)) &&
    (!language || speaksLanguage(voice.language, language)) &&
    (!gender || voice.gender === gender);
  const candidates = [job, ...(await companions(job, catalogue))].filter(fits);
  const entry = candidates.find(({ voice }) => !language || matchesLanguage(voice.language, language)) ?? candidates[0];
  if (entry) return { entry, warnings: [] };
  const wish = [name && `named ${name}`, language && `for ${language}`, gender && `that is ${gender}`].filter(Boolean);
  throw new AppError("UNSUPPORTED_MODIFIER", `${place}: no voice ${wish.join(" and ")} works here.`, {
    hint: 'name a voice_id, e.g. <voice name="flite:en-US-Clustergen-Slt">; search_voices lists them',
    details: { element: "voice", line: asked.line, column: asked.column, fields: [{ field: "text", message: place }] },
  });
}

/** By name alone, and as providers write it: `Joanna`, `en-US-Wavenet-D`. */
const namesOf = ({ voiceId, name }: CatalogueEntry["voice"]) =>
  [name, voiceId.slice(voiceId.indexOf(":") + 1)].map((one) => one.toLowerCase());
