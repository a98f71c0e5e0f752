import { AppError } from "../../errors.ts";
import type { SynthesisRequest } from "../engine.ts";
import { carriable } from "../shared/provider-text.ts";
import { GEMINI_MODELS, geminiModel, speaksDialogue } from "./gemini.ts";
import { bytesOf, cutToFit, type SpokenText, toSsml } from "./text.ts";
import { type GoogleVoice, googleCapabilities, googleVoice, maxInputBytes, SAMPLE_RATE_HERTZ } from "./voices.ts";

interface Turn {
  speaker: string;
  text: string;
}

/** What is to be said: one of the four. */
type Input = { text: string } | { ssml: string } | { markup: string } | { multiSpeakerMarkup: { turns: Turn[] } };

/** The body of `text:synthesize` (https://cloud.google.com/text-to-speech/docs/reference/rest/v1/text/synthesize). */
export interface SynthesizeBody {
  input: Input & { prompt?: string };
  voice: {
    languageCode: string;
    name?: string;
    modelName?: string;
    multiSpeakerVoiceConfig?: { speakerVoiceConfigs: { speakerAlias: string; speakerId: string }[] };
  };
  audioConfig: { audioEncoding: "LINEAR16"; sampleRateHertz: number; speakingRate?: number; pitch?: number };
}

/** One thing to say: a body, and the plain text in it where it may be cut further. */
export interface Utterance {
  body: SynthesizeBody;
  spoken?: SpokenText;
}

type Turns = NonNullable<SynthesisRequest["dialogue"]>;

/**
 * What Google is asked for to speak one planned chunk: nearly always one utterance; more where it takes less at once.
 * @throws AppError VOICE_NOT_FOUND, or UNSUPPORTED_MODIFIER for what the voice can't do
 */
export function utterancesOf(request: SynthesisRequest): Utterance[] {
  const voice = googleVoice(request.voiceId);
  refuseUnsupported(request, voice);
  const max = maxInputBytes(voice);
  if (request.ssml !== undefined) return [{ body: bodyOf(request, voice, { ssml: request.ssml }) }];
  if (request.markup !== undefined) return [{ body: bodyOf(request, voice, { markup: carriable(request.markup) }) }];
  if (request.dialogue) return dialogueOf(request, voice, request.dialogue);
  const whole = { text: carriable(request.text), phonemes: request.phonemes };
  return cutToFit(whole, (part) => inputBytes(inputOf(part)) <= max).map((spoken) => utteranceOf(request, spoken));
}

/** A request to say `spoken` as `request` says the rest. */
export function utteranceOf(request: SynthesisRequest, spoken: SpokenText): Utterance {
  return { body: bodyOf(request, googleVoice(request.voiceId), inputOf(spoken)), spoken };
}

const inputOf = (spoken: SpokenText): { text: string } | { ssml: string } =>
  spoken.phonemes?.length ? { ssml: toSsml(spoken) } : { text: spoken.text };

const inputBytes = (input: { text: string } | { ssml: string }): number =>
  bytesOf("ssml" in input ? input.ssml : input.text);

function bodyOf(request: SynthesisRequest, voice: GoogleVoice, input: Input): SynthesizeBody {
  const { speed, pitchSemitones, prompt } = request;
  return {
    input: { ...input, ...(prompt && { prompt: carriable(prompt) }) },
    voice: {
      languageCode: request.language ?? voice.language,
      ...("multiSpeakerMarkup" in input ? {} : { name: voice.googleName }),
      ...(voice.gemini && { modelName: geminiModel(request.model) }),
    },
    audioConfig: {
      audioEncoding: "LINEAR16",
      sampleRateHertz: SAMPLE_RATE_HERTZ,
      // Families that lack these refuse even the neutral values.
      ...(speed !== 1 && { speakingRate: speed }),
      ...(pitchSemitones && { pitch: pitchSemitones }),
    },
  };
}

/** One request for many turns where the model takes two speakers; else each turn by itself. */
function dialogueOf(request: SynthesisRequest, voice: GoogleVoice, turns: Turns): Utterance[] {
  const voices = [1, 2].map((speaker) => turns.find((turn) => turn.speaker === speaker)?.voiceId);
  const speakers = voices.map((id) => id !== undefined && googleVoice(id));
  const [first, second] = speakers;
  if (
    !first ||
    !second ||
    !first.gemini ||
    !second.gemini ||
    first.name === second.name ||
    !speaksDialogue(geminiModel(request.model))
  ) {
    const { dialogue: _, ...rest } = request;
    return turns.flatMap(({ voiceId, text }) => utterancesOf({ ...rest, voiceId, text, phonemes: undefined }));
  }
  const speakerVoiceConfigs = [first, second].map(({ googleName }, i) => ({
    speakerAlias: aliasOf(i + 1),
    speakerId: googleName,
  }));
  return groupsOf(turns, maxInputBytes(voice)).map((group) => {
    const body = bodyOf(request, voice, { multiSpeakerMarkup: { turns: group } });
    return { body: { ...body, voice: { ...body.voice, multiSpeakerVoiceConfig: { speakerVoiceConfigs } } } };
  });
}

const aliasOf = (speaker: number) => `Speaker${speaker}`;

/** Turns in groups of at most `max` bytes; a turn that is longer is cut. */
function groupsOf(turns: Turns, max: number): Turn[][] {
  const groups: Turn[][] = [];
  let room = 0;
  for (const { speaker, text } of turns) {
    for (const part of cutToFit({ text: carriable(text) }, (one) => bytesOf(one.text) <= max)) {
      const bytes = bytesOf(part.text);
      if (groups.length === 0 || bytes > room) {
        groups.push([]);
        room = max;
      }
      groups.at(-1)!.push({ speaker: aliasOf(speaker), text: part.text });
      room -= bytes;
    }
  }
  return groups;
}

/** Nothing is dropped in silence, whoever planned the request. */
function refuseUnsupported(request: SynthesisRequest, voice: GoogleVoice): void {
  const { speed, prompt, engine } = googleCapabilities(voice.voiceId);
  const refuse = (field: string, takes: string) => {
    throw new AppError("UNSUPPORTED_MODIFIER", `The voice ${voice.voiceId} does not take this ${field}.`, {
      hint: takes,
      details: { field, voice_id: voice.voiceId },
    });
  };
  if (request.speed !== 1 && (!speed || request.speed < speed.min || request.speed > speed.max)) {
    refuse("speed", speed ? `it takes ${speed.min} to ${speed.max}` : "leave speed out, or take a Chirp3HD voice");
  }
  if (request.pitchSemitones && !engine.pitchSemitones) refuse("pitch", "take a Neural2, Wavenet or Standard voice");
  if (request.ssml !== undefined && !engine.ssml) refuse("ssml", "take a Neural2, Wavenet or Standard voice");
  if (request.markup !== undefined && !engine.markup) refuse("markup", "take a Chirp3HD voice");
  if (request.phonemes?.length && engine.phonemes.length === 0) refuse("phonemes", "take a Chirp3HD voice");
  if (request.prompt && !prompt) refuse("prompt", "take a Gemini voice");
  if (request.model !== undefined && !(voice.gemini && (GEMINI_MODELS as readonly string[]).includes(request.model))) {
    refuse("model", voice.gemini ? `it takes ${GEMINI_MODELS.join(", ")}` : "take a Gemini voice");
  }
  if (
    request.language !== undefined &&
    request.language !== voice.language &&
    !engine.languages.includes(request.language)
  ) {
    refuse("language", "take a voice of that language");
  }
}
