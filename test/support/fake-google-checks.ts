/** What the fake of Cloud Text-to-Speech knows of voices, and how it judges requests: as the API's reference says. */

export const GOOGLE_NAMES = [
  "en-US-Casual-K",
  "en-US-Chirp-HD-D",
  "en-US-Chirp3-HD-Aoede",
  "en-US-Chirp3-HD-Puck",
  "de-DE-Chirp3-HD-Kore",
  "en-GB-Neural2-A",
  "en-US-Neural2-C",
  "es-US-News-D",
  "es-ES-Polyglot-1",
  "ja-JP-Standard-B",
  "cmn-CN-Wavenet-A",
  "en-US-Studio-O",
  "en-US-Studio-Multispeaker",
  "en-US-Wavenet-A",
  "en-US-Standard-A",
  // Kinds that have no place in the published layout.
  "en-US-Journey-F",
  "Achernar",
];

/** A refusal as Google words it. */
export class Refused extends Error {}

// biome-ignore lint/suspicious/noExplicitAny: bodies of every shape come here
type Body = any;

const FIELDS: Record<string, readonly string[]> = {
  "": ["input", "voice", "audioConfig", "advancedVoiceOptions"],
  input: ["text", "ssml", "markup", "multiSpeakerMarkup", "prompt", "customPronunciations"],
  "input.multiSpeakerMarkup": ["turns"],
  voice: ["languageCode", "name", "ssmlGender", "customVoice", "voiceClone", "modelName", "multiSpeakerVoiceConfig"],
  "voice.multiSpeakerVoiceConfig": ["speakerVoiceConfigs"],
  audioConfig: ["audioEncoding", "speakingRate", "pitch", "volumeGainDb", "sampleRateHertz", "effectsProfileId"],
};
const GEMINI = [
  "gemini-2.5-flash-tts",
  "gemini-2.5-pro-tts",
  "gemini-2.5-flash-lite-preview-tts",
  "gemini-3.1-flash-tts-preview",
];
/** The names that the list of Gemini's voices in its guide has; those that tests use. */
const SPEAKERS = ["Kore", "Puck", "Zephyr", "Aoede", "Charon"];
const bytes = (text = "") => Buffer.byteLength(text);

/** Throws Refused with Google's words for what is wrong. Gives the text that is to be heard. */
export function judge(body: Body, longestSentence: number): string {
  checkFields(body, "");
  for (const part of ["input", "voice", "audioConfig"]) if (!body[part]) throw new Refused(`${part} is required.`);
  checkStrings(body);
  const { input, voice, audioConfig } = body;
  const sources = ["text", "ssml", "markup", "multiSpeakerMarkup"].filter((source) => input[source] !== undefined);
  if (sources.length !== 1) throw new Refused("Exactly one input source must be set.");
  if (!voice.languageCode) throw new Refused("Missing language code.");
  const kind = voice.modelName ? checkGemini(input, voice) : checkVoice(input, voice);
  checkAudio(audioConfig, kind);
  if (input.ssml !== undefined) checkSsml(input.ssml, kind);
  if (input.markup !== undefined && kind !== "Chirp3-HD")
    throw new Refused("This voice does not support markup input.");
  const turns: { text: string }[] = input.multiSpeakerMarkup?.turns ?? [];
  const said =
    input.text ??
    input.markup?.replace(/\[pause[^\]]*\]/g, "") ??
    input.ssml?.replace(/<[^>]*>/g, "") ??
    turns.map(({ text }) => text).join(" ");
  if (!/[\p{L}\p{N}\p{S}]/u.test(said)) throw new Refused("The input has nothing to say.");
  if (said.split(/[.!?。]/).some((sentence: string) => sentence.length > longestSentence)) {
    throw new Refused(
      "This request contains sentences that are too long. Consider splitting up long sentences with sentence ending punctuation e.g. periods.",
    );
  }
  return said;
}

function checkFields(value: Body, place: string): void {
  for (const [name, inner] of Object.entries(value)) {
    if (!FIELDS[place]!.includes(name)) {
      throw new Refused(`Invalid JSON payload received. Unknown name "${name}" at '${place}': Cannot find field.`);
    }
    const path = place ? `${place}.${name}` : name;
    if (FIELDS[path]) checkFields(inner, path);
  }
}

function checkStrings(value: Body): void {
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) checkStrings(inner);
  if (typeof value !== "string") return;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)) {
    throw new Refused("Invalid JSON payload received. Parser terminated before end of string");
  }
}

function checkVoice(input: Body, voice: Body): string {
  if (!GOOGLE_NAMES.includes(voice.name)) throw new Refused(`Voice '${voice.name}' does not exist. Is it misspelled?`);
  if (!voice.name.toLowerCase().startsWith(`${voice.languageCode.toLowerCase()}-`)) {
    throw new Refused(
      `Requested language code '${voice.languageCode}' doesn't match the voice '${voice.name}'s language.`,
    );
  }
  if (input.prompt !== undefined) throw new Refused("Prompt is not supported for this voice.");
  if (voice.multiSpeakerVoiceConfig || input.multiSpeakerMarkup)
    throw new Refused("This voice does not support multi-speaker.");
  if (bytes(input.text ?? input.ssml ?? input.markup) > 5_000) {
    throw new Refused(
      "Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes. This limit is different from quotas.",
    );
  }
  return /-(Chirp3-HD|Chirp-HD|[A-Za-z0-9]+)-[^-]+$/.exec(voice.name)![1]!;
}

function checkGemini(input: Body, voice: Body): string {
  if (!GEMINI.includes(voice.modelName)) throw new Refused(`The model ${voice.modelName} is not supported.`);
  const { turns } = input.multiSpeakerMarkup ?? {};
  const text = input.text ?? turns?.map((turn: { text: string }) => turn.text).join("");
  if (text === undefined) throw new Refused("This voice does not support this kind of input.");
  if (bytes(text) > 4_000) throw new Refused("input.text is longer than the limit of 4000 bytes.");
  if (bytes(input.prompt) > 4_000) throw new Refused("input.prompt is longer than the limit of 4000 bytes.");
  if (!turns) {
    if (!SPEAKERS.includes(voice.name)) throw new Refused(`Voice '${voice.name}' does not exist. Is it misspelled?`);
    return "Gemini";
  }
  const configs = voice.multiSpeakerVoiceConfig?.speakerVoiceConfigs;
  for (const { speakerAlias, speakerId, ...more } of configs ?? []) {
    // An alias is of letters and digits.
    if (!/^[A-Za-z\d]+$/.test(speakerAlias) || !SPEAKERS.includes(speakerId) || Object.keys(more).length > 0) {
      throw new Refused(`Invalid speaker voice configuration of '${speakerAlias}'.`);
    }
  }
  if (/lite/.test(voice.modelName)) throw new Refused("This model does not support multi-speaker synthesis.");
  if (voice.name !== undefined || configs?.length !== 2)
    throw new Refused("Exactly two speaker voice configurations must be provided.");
  for (const { speaker, text: said, ...more } of turns) {
    if (
      !configs.some((one: { speakerAlias: string }) => one.speakerAlias === speaker) ||
      !said ||
      Object.keys(more).length > 0
    ) {
      throw new Refused(`The speaker ${speaker} has no voice.`);
    }
  }
  return "Gemini";
}

function checkAudio(audio: Body, kind: string): void {
  if (audio.audioEncoding !== "LINEAR16") throw new Refused("Invalid audio encoding.");
  const within = (name: string, min: number, max: number) => {
    const value = audio[name];
    if (value !== undefined && !(value >= min && value <= max)) throw new Refused(`Invalid ${name}: ${value}.`);
  };
  within("speakingRate", 0.25, 2);
  within("pitch", -20, 20);
  within("sampleRateHertz", 8_000, 48_000);
  const has = (name: string) => audio[name] !== undefined;
  if (["Chirp-HD", "Casual", "Gemini"].includes(kind) && (has("speakingRate") || has("pitch"))) {
    throw new Refused("This voice does not support speaking rate or pitch parameters at this time.");
  }
  if (["Chirp3-HD", "Studio"].includes(kind) && has("pitch")) {
    throw new Refused("This voice does not support pitch parameters at this time.");
  }
}

function checkSsml(ssml: string, kind: string): void {
  if (["Chirp-HD", "Casual", "Gemini"].includes(kind)) {
    throw new Refused("This voice currently does not support SSML input. Please try again with text only input.");
  }
  const bad = new Refused("Invalid SSML. Newer voices like Neural2 require valid SSML.");
  const open: string[] = [];
  for (const [, close, name, , alone] of ssml.matchAll(/<(\/?)([a-z-]+)((?:\s+[a-z:]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (open.length === 0 && (close || name !== "speak")) throw bad;
    if (kind === "Chirp3-HD" && !["speak", "phoneme", "p", "s", "sub", "say-as"].includes(name!)) throw bad;
    if (close ? open.pop() !== name : !alone && open.push(name!) > 64) throw bad;
  }
  const text = ssml.replace(/<\/?[a-z-]+(?:\s+[a-z:]+="[^"<]*")*\s*\/?>/g, "");
  if (open.length > 0 || !/^<speak[\s>]/.test(ssml) || !/<\/speak>$/.test(ssml)) throw bad;
  if (/[<>]|&(?!#\d+;|#x[\da-f]+;|(?:amp|lt|gt|quot|apos);)/i.test(text)) throw bad;
}
