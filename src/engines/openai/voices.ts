import { AppError } from "../../errors.ts";
import type { EngineCache, EngineVoice, Gender } from "../engine.ts";
import { callEndpoint } from "./endpoint.ts";
import { isLoopback, type NamedVoice, OPENAI_URL, type OpenAiSettings } from "./settings.ts";

/** A voice and what the server calls it. Survives structured cloning and JSON. */
export interface OpenAiVoice {
  nativeName: string;
  catalogue: EngineVoice;
}

const LIST_TIMEOUT_MS = 10_000;
const MOST_LIST_BYTES = 4 * 1024 * 1024;
/** A local server's voices change when its owner changes it. */
const LIST_LIFE_MS = 10 * 60_000;

/** [OpenAI's API reference, POST /audio/speech] The models, first the one that takes instructions. */
const OPENAI_MODELS = ["gpt-4o-mini-tts", "tts-1", "tts-1-hd"] as const;

/** [OpenAI's API reference] The built-in voices, and how their samples sound. */
const OPENAI_VOICES: readonly NamedVoice[] = [
  { id: "alloy", gender: "neutral" },
  { id: "ash", gender: "male" },
  { id: "ballad", gender: "male" },
  { id: "cedar", gender: "male" },
  { id: "coral", gender: "female" },
  { id: "echo", gender: "male" },
  { id: "fable", gender: "neutral" },
  { id: "marin", gender: "female" },
  { id: "nova", gender: "female" },
  { id: "onyx", gender: "male" },
  { id: "sage", gender: "female" },
  { id: "shimmer", gender: "female" },
  { id: "verse", gender: "male" },
];

/**
 * OpenAI's voices speak many languages but were made for English (its text-to-speech guide), and most servers' voices have
 * no language of their own either: "mul" would say less, and nobody would find them by it.
 */
const USUAL_LANGUAGE = "en-US";

/** What Kokoro's voices are called on the servers that speak with it: language, gender, name ("af_bella"). */
const KOKORO_NAME = /^([abefhijpz])([fm])_[a-z]+$/;
const KOKORO_LANGUAGES: Readonly<Record<string, string>> = {
  ...{ a: "en-US", b: "en-GB", e: "es-ES", f: "fr-FR", h: "hi-IN", i: "it-IT", j: "ja-JP", p: "pt-BR", z: "zh-CN" },
};

const SPEECH_MODEL = /tts|speech|speak|voice|kokoro|piper|orpheus|chatterbox|vits|bark/i;

/** The voices of the endpoint: those of the settings, else the server's own list, else OpenAI's. */
export async function listVoices(settings: OpenAiSettings, cache: EngineCache): Promise<OpenAiVoice[]> {
  const key = `voices ${JSON.stringify([settings.baseUrl, settings.voices, settings.models])}`;
  const known = (await cache.get(key)) as OpenAiVoice[] | undefined;
  if (known) return known;
  const [named, models] = await Promise.all([voicesOf(settings), modelsOf(settings)]);
  const voices = describe(settings, named, models);
  await cache.set(key, voices, LIST_LIFE_MS);
  return voices;
}

async function voicesOf(settings: OpenAiSettings): Promise<readonly NamedVoice[]> {
  if (settings.voices.length > 0) return settings.voices;
  if (settings.baseUrl === OPENAI_URL) return OPENAI_VOICES;
  const listed = namesIn(await ask(settings, "/audio/voices"), ["voices", "data"]);
  return listed.length > 0 ? listed : OPENAI_VOICES;
}

async function modelsOf(settings: OpenAiSettings): Promise<readonly string[]> {
  if (settings.models.length > 0) return settings.models;
  if (settings.baseUrl === OPENAI_URL) return OPENAI_MODELS;
  const listed = namesIn(await ask(settings, "/models"), ["data", "models"]).map(({ id }) => id);
  const speaking = listed.filter((id) => SPEECH_MODEL.test(id));
  if (speaking.length > 0) return speaking;
  return listed.length === 1 ? listed : OPENAI_MODELS;
}

/** What the server answers, or undefined when it has no such list. */
async function ask(settings: OpenAiSettings, path: string): Promise<unknown> {
  const call = { method: "GET", path, timeoutMs: LIST_TIMEOUT_MS, maxBytes: MOST_LIST_BYTES } as const;
  try {
    return JSON.parse((await callEndpoint(settings, call, new AbortController().signal)).bytes.toString("utf8"));
  } catch (error) {
    // Lists are no part of what makes a speech server; one that is not there or no JSON is as good as none.
    const noList = error instanceof SyntaxError || (error instanceof AppError && isRefusal(error));
    if (noList) return undefined;
    throw error;
  }
}

const isRefusal = ({ code }: AppError) => code === "NOT_FOUND" || code === "INVALID_INPUT";

/** Names in a list, as servers write it: bare or in a member, strings or objects. */
function namesIn(answer: unknown, members: readonly string[]): NamedVoice[] {
  const inside = members.map((member) => (answer as Record<string, unknown> | undefined)?.[member]);
  const list = [answer, ...inside].find(Array.isArray) ?? [];
  return list.flatMap((item: unknown): NamedVoice[] => {
    const fields = typeof item === "string" ? { id: item } : ((item ?? {}) as Record<string, unknown>);
    const id = [fields.id, fields.voice_id, fields.name].find((value) => typeof value === "string" && value !== "");
    if (typeof id !== "string") return [];
    const language = typeof fields.language === "string" ? canonical(fields.language) : undefined;
    const gender = (["male", "female", "neutral"] as const).find((value) => value === fields.gender);
    return [{ id, ...(language && { language }), ...(gender && { gender }) }];
  });
}

function canonical(language: string): string | undefined {
  try {
    return new Intl.Locale(language.replaceAll("_", "-")).toString();
  } catch {
    return undefined; // "English", say
  }
}

function describe(settings: OpenAiSettings, named: readonly NamedVoice[], models: readonly string[]): OpenAiVoice[] {
  const taken = new Set<string>();
  return named.map((voice) => {
    const [, kokoroLanguage = "", kokoroGender] = KOKORO_NAME.exec(voice.id) ?? [];
    const language = voice.language ?? KOKORO_LANGUAGES[kokoroLanguage] ?? USUAL_LANGUAGE;
    const usual = OPENAI_VOICES.find(({ id }) => id === voice.id)?.gender ?? "neutral";
    const byName: Gender | undefined = kokoroGender ? (kokoroGender === "f" ? "female" : "male") : undefined;
    const plain = plainName(voice.id);
    const idOf = (name: string) => `openai:${language}-Openai-${name}`;
    let name = plain;
    for (let number = 2; taken.has(idOf(name)); number++) name = `${plain}${number}`;
    taken.add(idOf(name));
    const catalogue: EngineVoice = {
      voiceId: idOf(name),
      provider: "openai",
      language,
      family: "Openai",
      name,
      gender: voice.gender ?? byName ?? usual,
      modelType: "premium",
      characteristics: {
        styles: ["natural"],
        roles: ["narrator"],
        age: "adult",
        accent: "standard",
        pitch: "medium",
        useCase: ["reading aloud", "conversation"],
      },
      availableModels: [...models],
      available: true,
      // Whoever runs a speech server here wants it used.
      rank: isLoopback(settings.baseUrl) ? 55 : 30,
      // Of read English in general: a server's own can't be known beforehand.
      charsPerSecond: 15,
    };
    return { nativeName: voice.id, catalogue };
  });
}

/** "af_bella" → "AfBella"; letters of ASCII and digits only. */
function plainName(name: string): string {
  const words = name.normalize("NFKD").match(/[A-Za-z0-9]+/g) ?? ["Voice"];
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}
