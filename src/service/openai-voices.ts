import type { Gender } from "../engines/engine.ts";
import { AppError, invalidField } from "../errors.ts";
import type { Catalogue, CatalogueEntry } from "./catalogue.ts";
import { detectLanguage } from "./language-detection.ts";
import { matchesLanguage, speaksLanguage } from "./language-tags.ts";
import { nearestNames } from "./nearest.ts";

/** OpenAI's models: programs always name one, and any voice stands in for them. */
export const OPENAI_MODELS = ["tts-1", "tts-1-hd", "gpt-4o-mini-tts"] as const;

/** Whether a model is one of OpenAI's; they are also named with the day that they are of (`gpt-4o-mini-tts-2025-12-15`). */
export function isOpenAiModel(model: string): boolean {
  const known: readonly string[] = OPENAI_MODELS;
  return known.includes(model.replace(/-\d{4}(?:-\d\d-\d\d)?$/, ""));
}

/** OpenAI's voices, as its samples sound. A neutral one may be anybody. */
const OPENAI_VOICES: Readonly<Record<string, Gender>> = {
  ...{ alloy: "neutral", ash: "male", ballad: "male", cedar: "male", coral: "female", echo: "male", fable: "neutral" },
  ...{ marin: "female", nova: "female", onyx: "male", sage: "female", shimmer: "female", verse: "male" },
};

/** Where OpenAI's voices are at home; they speak what a text is in, though. */
const USUAL_LANGUAGE = "en";

/**
 * The voice that a program means: one of ours by its id, or the local voice that comes nearest to one of OpenAI's by
 * name, else by gender; the best of those that are as near.
 * @param spoken.language the one that was asked for
 * @param spoken.text tells the language when none was; where it doesn't, or no local voice speaks that, it is English
 * @throws AppError VOICE_NOT_FOUND; INVALID_INPUT when no local voice speaks the language
 */
export async function findOpenAiVoice(
  catalogue: Catalogue,
  name: string,
  { language, text }: { language?: string; text?: string } = {},
): Promise<CatalogueEntry> {
  if (name.includes(":")) return catalogue.get(name);
  const gender = OPENAI_VOICES[name.toLowerCase()];
  if (!gender) {
    const near = nearestNames(name, Object.keys(OPENAI_VOICES), 1)[0];
    throw new AppError("VOICE_NOT_FOUND", `There is no voice "${name.slice(0, 100)}".`, {
      hint: `send a voice_id of ours (GET /v1/audio/voices lists them), or one of OpenAI's names such as ${near}`,
      details: { fields: [{ field: "voice_id", message: "unknown voice" }] },
    });
  }
  const local = await catalogue.local();
  const detected = language === undefined && text !== undefined ? await detectLanguage(text) : undefined;
  const languages = language === undefined ? [...(detected ?? []), USUAL_LANGUAGE] : [language];
  for (const wanted of languages) {
    const score = ({ voice }: CatalogueEntry) =>
      (matchesLanguage(voice.language, wanted) ? 4 : 0) +
      (voice.name.toLowerCase() === name.toLowerCase() ? 2 : 0) +
      (gender === "neutral" || voice.gender === gender ? 1 : 0);
    const speaking = local.filter(({ voice }) => speaksLanguage(voice.language, wanted));
    // The catalogue has the best first, and sorting keeps that among equals.
    const [best] = speaking.sort((a, b) => score(b) - score(a));
    if (best) return best;
  }
  const wanted = languages.join(" or ");
  throw invalidField("language", `No local voice speaks ${wanted}.`, "name one of our voice ids, or another language");
}

/** OpenAI's names with the voices that they stand for. */
export async function openAiVoiceNames(catalogue: Catalogue): Promise<{ id: string; entry: CatalogueEntry }[]> {
  const names = Object.keys(OPENAI_VOICES);
  return Promise.all(names.map(async (id) => ({ id, entry: await findOpenAiVoice(catalogue, id) })));
}
