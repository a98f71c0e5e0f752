import type { Engine, VoiceCapabilities } from "../../engines/engine.ts";
import { languageOfVoice } from "../normalise/language.ts";
import { SAY_AS_KINDS, sayAs } from "../normalise/say-as.ts";
import { planText } from "../plan/plan.ts";
import type { SsmlDocument } from "../ssml/document.ts";
import { plainText } from "../ssml/flow.ts";
import { parseSsml } from "../ssml/parse.ts";
import { ssmlParts } from "../ssml/parts.ts";
import { readLanguage } from "../ssml/values.ts";
import { type VoiceWish, voiceWishes } from "../ssml/voices.ts";
import { dialogueParts, spokenLines } from "./dialogue.ts";
import { markupParts, withoutPauses } from "./markup.ts";
import { planScript, type ScriptChunk } from "./plan-script.ts";
import type { ScriptPart } from "./script.ts";

/** A job's text, and what it takes to read it. */
export interface ScriptSource {
  text: string;
  /** Default: text. */
  format?: "text" | "ssml" | "markup";
  /** Of a dialogue, the voice of speaker 1. */
  voiceId: string;
  /** 1 is the voice's own pace. */
  speed: number;
  /** Makes the text a dialogue: the voice of speaker 2. */
  secondVoiceId?: string;
  /** The voices that SSML asks for, by the key of the wish. */
  voices?: Readonly<Record<string, string>>;
}

/** What there is to know of voices while a text is planned. */
export interface VoiceFacts {
  capabilitiesOf(voiceId: string): VoiceCapabilities;
  /** @throws AppError UNSUPPORTED_MODIFIER with line and column of `ssml` for what the voice's engine would refuse */
  checkSsml(ssml: string, voiceId: string): void;
}

/** Facts from the engines. */
export function voiceFacts(engineOf: (voiceId: string) => Engine): VoiceFacts {
  return {
    capabilitiesOf: (voiceId) => engineOf(voiceId).capabilities(voiceId),
    checkSsml: (ssml, voiceId) => engineOf(voiceId).checkSsml?.(ssml, voiceId),
  };
}

/** A voice that SSML asks for; lines and columns count from 1. */
export interface AskedVoice extends VoiceWish {
  /** The same for the same wish. */
  key: string;
  line: number;
  column: number;
}

/** The voices that a document asks for, each once. @throws AppError INVALID_SSML */
export function voicesAsked(ssml: string): AskedVoice[] {
  const asked = new Map<string, AskedVoice>();
  for (const { key, wish, element } of voiceWishes(documentOf(ssml))) {
    if (!asked.has(key)) asked.set(key, { ...wish, key, line: element.line, column: element.column });
  }
  return [...asked.values()];
}

/** The language that a document says it is in, if it does; BCP-47. @throws AppError INVALID_SSML */
export function documentLanguage(ssml: string): string | undefined {
  const language = documentOf(ssml).root.attributes["xml:lang"];
  return language === undefined ? undefined : readLanguage(language);
}

/**
 * What is said of a text, without tags, labels and the like.
 * @throws AppError INVALID_SSML; INVALID_INPUT for a dialogue that is none
 */
export function saidText({
  text,
  format = "text",
  dialogue,
}: Pick<ScriptSource, "text" | "format"> & { dialogue: boolean }) {
  if (dialogue) return spokenLines(text);
  if (format === "markup") return withoutPauses(text);
  if (format === "ssml") return plainText(documentOf(text));
  return text;
}

/** Whether a text is more than plain text in one voice. */
export const isScript = ({ format = "text", secondVoiceId }: ScriptSource): boolean =>
  format !== "text" || secondVoiceId !== undefined;

/** Every voice that a job's text may be spoken by. */
export function voicesOf({ voiceId, secondVoiceId, voices = {} }: ScriptSource): string[] {
  return [...new Set([voiceId, ...(secondVoiceId ? [secondVoiceId] : []), ...Object.values(voices)])];
}

/**
 * What a text that is more than plain text asks to be spoken.
 * @throws AppError INVALID_SSML, INVALID_INPUT or UNSUPPORTED_MODIFIER that says where and what would work
 */
export function buildScript(source: ScriptSource, facts: VoiceFacts): ScriptPart[] {
  const { text, format, voiceId, speed, secondVoiceId, voices = {} } = source;
  if (secondVoiceId !== undefined) return dialogueParts({ ...source, secondVoiceId }, facts);
  if (format === "markup") return markupParts(source, facts);
  return ssmlParts(documentOf(text), {
    voiceId,
    speed,
    voiceOf: (key) => voices[key] ?? voiceId,
    capabilitiesOf: facts.capabilitiesOf,
    languageOf: languageOfVoice,
    sayAs,
    sayAsKinds: SAY_AS_KINDS,
    checkNative: facts.checkSsml,
  });
}

/** The chunks of a job's text, in order, made as they are pulled. @throws as `buildScript` */
export function planJob(source: ScriptSource, facts: VoiceFacts): Iterable<ScriptChunk> {
  const lettersOf = (voiceId: string) => facts.capabilitiesOf(voiceId).engine.lettersPerRequest;
  if (!isScript(source)) return planText(source.text, { maxWeight: lettersOf(source.voiceId) });
  return planScript(buildScript(source, facts), lettersOf);
}

let last: { ssml: string; document: SsmlDocument } | undefined;

/** A submit asks several things of one document: it is read once. @throws AppError INVALID_SSML */
function documentOf(ssml: string): SsmlDocument {
  if (last?.ssml !== ssml) last = { ssml, document: parseSsml(ssml) };
  return last.document;
}
