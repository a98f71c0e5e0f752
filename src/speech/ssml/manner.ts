import type { Range } from "../../engines/engine.ts";
import type { Manner } from "../script/script.ts";
import { type SsmlContext, voiceIdOf } from "./context.ts";
import { nearest, type SsmlElement, shown, unsupported } from "./document.ts";
import { EMPHASES, readLanguage, readPitch, readRate, readVolume } from "./values.ts";

/**
 * What a muted voice gets: too soft for any sample of 16 bits to be more than nothing, so that the silence is as long as
 * the speech would be.
 */
const SILENT_DB = -120;
/** More would be noise: what is louder than full scale is cut off. */
const LOUDEST_DB = 20;

/** What an element and those around it ask for, each with the element that said it last. */
interface Style {
  voice?: SsmlElement;
  rate: number;
  rateBy?: SsmlElement;
  semitones: number;
  pitchBy?: SsmlElement;
  decibels: number;
  volumeBy?: SsmlElement;
  emphasis?: SsmlElement;
  language?: string;
  languageBy?: SsmlElement;
}

const PLAIN: Style = { rate: 1, semitones: 0, decibels: 0 };

/** How the texts of a document are spoken by the pipeline. */
export class Manners {
  readonly #context: SsmlContext;
  readonly #styles = new Map<SsmlElement, Style>();
  readonly #manners = new Map<SsmlElement, Manner>();
  /** Equal manners are one object. */
  readonly #known = new Map<string, Manner>();

  constructor(context: SsmlContext) {
    this.#context = context;
  }

  /** For text that stands in an element. @throws AppError UNSUPPORTED_MODIFIER for what its voice can't do */
  of(element: SsmlElement): Manner {
    let manner = this.#manners.get(element);
    if (!manner) {
      const made = this.#mannerOf(this.#styleOf(element), element);
      const key = JSON.stringify(made);
      manner = this.#known.get(key) ?? made;
      this.#known.set(key, manner);
      this.#manners.set(element, manner);
    }
    return manner;
  }

  #styleOf(element: SsmlElement): Style {
    let style = this.#styles.get(element);
    if (!style) {
      style = addStyle(element.parent ? this.#styleOf(element.parent) : PLAIN, element);
      this.#styles.set(element, style);
    }
    return style;
  }

  #mannerOf(style: Style, element: SsmlElement): Manner {
    const voiceId = voiceIdOf(style.voice, this.#context);
    const capabilities = this.#context.capabilitiesOf(voiceId);
    const { decibels, volumeBy = element, emphasis } = style;
    const stress = EMPHASES[emphasis?.attributes.level ?? (emphasis ? "moderate" : "none")]!;
    if (decibels > LOUDEST_DB) {
      const message = `${shown(volumeBy, "volume")} makes the voice ${toTenth(decibels)} dB louder.`;
      throw unsupported(volumeBy, voiceId, message, `stay within +${LOUDEST_DB} dB in all`);
    }
    const language = languageFor(style, voiceId, this.#context);
    return {
      voiceId,
      speed: speedFor(style, voiceId, capabilities.speed, this.#context.speed, stress.pace),
      pitchSemitones: pitchFor(style, voiceId, capabilities.engine.pitchSemitones),
      volumeDb: Math.max(SILENT_DB, decibels + stress.decibels),
      ...(language !== undefined && { language }),
    };
  }
}

function addStyle(around: Style, element: SsmlElement): Style {
  const { name, attributes } = element;
  // A voice speaks its own language, whatever is spoken around it.
  if (name === "voice") return { ...around, voice: element, language: undefined, languageBy: undefined };
  if (name === "emphasis") return { ...around, emphasis: element };
  const spoken = attributes["xml:lang"];
  if (spoken !== undefined) return { ...around, language: readLanguage(spoken), languageBy: element };
  return name === "prosody" ? addProsody(around, element) : around;
}

function addProsody(around: Style, element: SsmlElement): Style {
  const { rate, pitch, volume } = element.attributes;
  const style = { ...around };
  if (rate !== undefined) {
    const { factor, absolute } = readRate(rate)!;
    style.rate = absolute ? factor : around.rate * factor;
    style.rateBy = element;
  }
  if (pitch !== undefined) {
    const read = readPitch(pitch)!;
    // Not a number: how far hertz move a voice depends on it.
    if ("hertz" in read) style.semitones = read.hertz === 0 ? around.semitones : Number.NaN;
    else style.semitones = read.absolute ? read.semitones : around.semitones + read.semitones;
    style.pitchBy = element;
  }
  if (volume !== undefined) {
    const { decibels, absolute } = readVolume(volume)!;
    style.decibels = absolute ? decibels : around.decibels + decibels;
    style.volumeBy = element;
  }
  return style;
}

function speedFor({ rate, rateBy, voice }: Style, voiceId: string, range: Range | null, jobs: number, pace: number) {
  const speed = toThousandth(jobs * rate);
  if (!range) {
    if (speed === 1 || !rateBy) return 1;
    const message = `${shown(rateBy, "rate")} can't be spoken by ${voiceId}, which has one pace.`;
    throw unsupported(rateBy, voiceId, message, "leave rate out, or choose a voice that has speeds");
  }
  const { min, max } = range;
  const culprit = rateBy ?? voice;
  if ((speed < min || speed > max) && culprit) {
    const jobsPart = jobs === 1 ? "" : ` (with the job's speed ${jobs})`;
    const message = `${shown(culprit, "rate")} makes the speed ${speed}${jobsPart}; ${voiceId} takes ${min} to ${max}.`;
    const rates = `${Math.ceil((min / jobs) * 100)}% to ${Math.floor((max / jobs) * 100)}%`;
    throw unsupported(culprit, voiceId, message, `stay within a rate of ${rates} in all`);
  }
  return pace === 1 ? speed : Math.min(max, Math.max(min, toThousandth(speed * pace)));
}

function pitchFor({ semitones, pitchBy }: Style, voiceId: string, range: Range | null): number {
  if (!pitchBy || Math.abs(semitones) < 0.005) return 0;
  const shownPitch = shown(pitchBy, "pitch");
  if (!range) {
    const message = `${shownPitch} can't be spoken by ${voiceId}, which has one pitch.`;
    throw unsupported(pitchBy, voiceId, message, "leave pitch out, or choose a voice that has pitches");
  }
  const { min, max } = range;
  if (Number.isNaN(semitones)) {
    const message = `${shownPitch} can't be spoken by ${voiceId}: its pitch is not known in Hz.`;
    throw unsupported(pitchBy, voiceId, message, 'change it by semitones ("+2st") or a percentage ("-10%")');
  }
  if (semitones < min || semitones > max) {
    const message = `${shownPitch} makes the pitch ${toTenth(semitones)} semitones; ${voiceId} takes ${min} to ${max}.`;
    throw unsupported(pitchBy, voiceId, message, `stay within ${min} to ${max} semitones in all`);
  }
  return toThousandth(semitones);
}

const primaryOf = (language: string) => language.split("-")[0];

/** The language to ask the voice for; undefined for its own. */
function languageFor({ language, languageBy }: Style, voiceId: string, context: SsmlContext): string | undefined {
  if (!language || !languageBy) return undefined;
  const canonical = (one: string) => readLanguage(one) ?? one;
  const own = canonical(context.languageOf(voiceId));
  if (language === own) return undefined;
  const { languages } = context.capabilitiesOf(voiceId).engine;
  const exact = languages.find((one) => canonical(one) === language);
  if (exact) return exact;
  if (primaryOf(language) === primaryOf(own)) return undefined;
  const kindred = languages.find((one) => primaryOf(canonical(one)) === primaryOf(language));
  if (kindred) return kindred;
  const message = `${shown(languageBy, "xml:lang")} can't be spoken by ${voiceId}, which speaks ${own}.`;
  const hint = `put the text into <voice language="${language}">…</voice>, or choose a voice of that language`;
  throw unsupported(languageBy, voiceId, message, hint);
}

/** The language that text in an element is in. */
export function languageOf(element: SsmlElement, manner: Manner, context: SsmlContext): string {
  if (manner.language !== undefined) return manner.language;
  const by = nearest(element, ({ name, attributes }) => name === "voice" || attributes["xml:lang"] !== undefined);
  const said = by && by.name !== "voice" ? by.attributes["xml:lang"] : undefined;
  return (said !== undefined && readLanguage(said)) || context.languageOf(manner.voiceId);
}

const toTenth = (value: number) => Math.round(value * 10) / 10;
const toThousandth = (value: number) => Math.round(value * 1_000) / 1_000;
