import type { Gender } from "../engine.ts";

/** Models of Gemini-TTS that Cloud Text-to-Speech has; the first is taken when none is named. */
export const GEMINI_MODELS = [
  "gemini-2.5-flash-tts",
  "gemini-2.5-pro-tts",
  "gemini-2.5-flash-lite-preview-tts",
  "gemini-3.1-flash-tts-preview",
] as const;

/** Models that speak one voice at a time; dialogues are spoken turn by turn with them. */
const SINGLE_SPEAKER_MODELS: ReadonlySet<string> = new Set(["gemini-2.5-flash-lite-preview-tts"]);

/** The model of a request, when there is one. */
export const geminiModel = (asked: string | undefined): string => asked ?? GEMINI_MODELS[0];

export const speaksDialogue = (model: string): boolean => !SINGLE_SPEAKER_MODELS.has(model);

/**
 * The speakers that Gemini-TTS and Chirp 3: HD share, with Google's word for how each sounds
 * (https://cloud.google.com/text-to-speech/docs/chirp3-hd, https://ai.google.dev/gemini-api/docs/speech-generation).
 */
export const SPEAKERS: Readonly<Record<string, { gender: Gender; style: string }>> = {
  Achernar: { gender: "female", style: "soft" },
  Achird: { gender: "male", style: "friendly" },
  Algenib: { gender: "male", style: "gravelly" },
  Algieba: { gender: "male", style: "smooth" },
  Alnilam: { gender: "male", style: "firm" },
  Aoede: { gender: "female", style: "breezy" },
  Autonoe: { gender: "female", style: "bright" },
  Callirrhoe: { gender: "female", style: "easy-going" },
  Charon: { gender: "male", style: "informative" },
  Despina: { gender: "female", style: "smooth" },
  Enceladus: { gender: "male", style: "breathy" },
  Erinome: { gender: "female", style: "clear" },
  Fenrir: { gender: "male", style: "excitable" },
  Gacrux: { gender: "female", style: "mature" },
  Iapetus: { gender: "male", style: "clear" },
  Kore: { gender: "female", style: "firm" },
  Laomedeia: { gender: "female", style: "upbeat" },
  Leda: { gender: "female", style: "youthful" },
  Orus: { gender: "male", style: "firm" },
  Puck: { gender: "male", style: "upbeat" },
  Pulcherrima: { gender: "female", style: "forward" },
  Rasalgethi: { gender: "male", style: "informative" },
  Sadachbia: { gender: "male", style: "lively" },
  Sadaltager: { gender: "male", style: "knowledgeable" },
  Schedar: { gender: "male", style: "even" },
  Sulafat: { gender: "female", style: "warm" },
  Umbriel: { gender: "male", style: "easy-going" },
  Vindemiatrix: { gender: "female", style: "gentle" },
  Zephyr: { gender: "female", style: "bright" },
  Zubenelgenubi: { gender: "male", style: "casual" },
};

/** What Gemini-TTS speaks, each with every speaker (https://cloud.google.com/text-to-speech/docs/gemini-tts). */
export const GEMINI_LANGUAGES: readonly string[] = `
  af-ZA am-ET ar-001 ar-EG az-AZ be-BY bg-BG bn-BD ca-ES ceb-PH cmn-CN cmn-TW cs-CZ da-DK de-DE el-GR en-AU en-GB en-IN
  en-US es-419 es-ES es-MX es-US et-EE eu-ES fa-IR fi-FI fil-PH fr-CA fr-FR gl-ES gu-IN he-IL hi-IN hr-HR ht-HT hu-HU
  hy-AM id-ID is-IS it-IT ja-JP jv-JV ka-GE kn-IN ko-KR kok-IN la-VA lb-LU lo-LA lt-LT lv-LV mai-IN mg-MG mk-MK ml-IN
  mn-MN mr-IN ms-MY my-MM nb-NO ne-NP nl-NL nn-NO or-IN pa-IN pl-PL ps-AF pt-BR pt-PT ro-RO ru-RU sd-IN si-LK sk-SK
  sl-SI sq-AL sr-RS sv-SE sw-KE ta-IN te-IN th-TH tr-TR uk-UA ur-PK vi-VN
`
  .trim()
  .split(/\s+/);
