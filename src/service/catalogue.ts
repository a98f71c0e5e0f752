import type { Engine, EngineVoice, VoiceCapabilities } from "../engines/engine.ts";
import { AppError } from "../errors.ts";
import { OUTPUT_FORMATS, type OutputFormat } from "../speech/encoders/encoder.ts";
import { nearestNames } from "./nearest.ts";

/** A modifier that a voice may or may not support, as callers filter by it. */
export type Supports = "streaming" | "ssml" | "markup" | "speed" | "prompt" | "multi_speaker" | "bitrate";

export interface VoiceQuery {
  query?: string;
  voiceId?: string;
  /** BCP-47 prefix: `en` finds `en-US`. */
  language?: string;
  provider?: string;
  family?: string;
  gender?: string;
  modelType?: string;
  supports?: Supports[];
  outputFormat?: OutputFormat;
}

/** What every voice can be had in: the samples of every engine pass through the same encoders. */
export const OFFERED_FORMATS = OUTPUT_FORMATS;
export { SAMPLE_RATES_HERTZ as OFFERED_SAMPLE_RATES } from "../speech/formats.ts";

/** A voice with what it can do and the engine that speaks it. */
export interface CatalogueEntry {
  voice: EngineVoice;
  capabilities: VoiceCapabilities;
  engine: Engine;
}

/** All voices of all engines. */
export class Catalogue {
  readonly #engines: readonly Engine[];

  constructor(engines: readonly Engine[]) {
    this.#engines = engines;
  }

  /** Best first within a language; languages and providers in the engines' own order. */
  async all(): Promise<CatalogueEntry[]> {
    const lists = await Promise.all(
      this.#engines.map(async (engine) =>
        (await engine.voices()).map((voice) => ({ voice, engine, capabilities: engine.capabilities(voice.voiceId) })),
      ),
    );
    return lists.flat().sort((a, b) => b.voice.rank - a.voice.rank);
  }

  /** @throws AppError VOICE_NOT_FOUND with the three nearest ids. */
  async get(voiceId: string): Promise<CatalogueEntry> {
    const all = await this.all();
    const wanted = voiceId.toLowerCase();
    const found = all.find(({ voice }) => voice.voiceId.toLowerCase() === wanted);
    if (found) return found;
    const nearest = nearestNames(
      voiceId,
      all.map(({ voice }) => voice.voiceId),
      3,
    );
    throw new AppError("VOICE_NOT_FOUND", `There is no voice "${voiceId.slice(0, 100)}".`, {
      hint: `nearest are ${nearest.join(", ")}; search_voices (GET /voices) lists all`,
      details: { nearest },
    });
  }

  /** The voices that match every given condition; with a text query, the best match first. */
  async search(query: VoiceQuery): Promise<CatalogueEntry[]> {
    const all = await this.all();
    const words = fold(query.query ?? "").match(/[\p{L}\p{N}]+/gu) ?? [];
    return all.filter((entry) => matches(entry, query) && matchesWords(entry.voice, words));
  }
}

const SUPPORT_TESTS: Record<Supports, (capabilities: VoiceCapabilities) => boolean> = {
  streaming: (c) => c.streaming,
  ssml: (c) => c.ssml,
  markup: (c) => c.markup,
  speed: (c) => c.speed !== null,
  prompt: (c) => c.prompt,
  multi_speaker: (c) => c.multiSpeaker,
  bitrate: (c) => c.bitrate,
};

const same = (wanted: string | undefined, got: string) => !wanted || wanted.toLowerCase() === got.toLowerCase();

function matches({ voice, capabilities }: CatalogueEntry, query: VoiceQuery): boolean {
  // No voice lacks an output format (OFFERED_FORMATS), so `outputFormat` leaves none out.
  return (
    same(query.voiceId, voice.voiceId) &&
    (!query.language || matchesLanguage(voice.language, query.language)) &&
    same(query.provider, voice.provider) &&
    same(query.family, voice.family) &&
    same(query.gender, voice.gender) &&
    same(query.modelType, voice.modelType) &&
    (query.supports ?? []).every((name) => SUPPORT_TESTS[name](capabilities))
  );
}

/** True when `wanted` is the language or a prefix of its subtags (RFC 4647 basic filtering). */
export function matchesLanguage(language: string, wanted: string): boolean {
  const [have, want] = [language.toLowerCase(), wanted.toLowerCase().replaceAll("_", "-")];
  return have === want || have.startsWith(`${want}-`);
}

/** Lower case, without accents. */
const fold = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

const displayNames = {
  language: new Intl.DisplayNames("en", { type: "language" }),
  region: new Intl.DisplayNames("en", { type: "region" }),
};

function matchesWords(voice: EngineVoice, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const region = voice.language.split("-")[1];
  const { styles, roles, age, accent, pitch, useCase } = voice.characteristics;
  const haystack = fold(
    [
      ...[voice.voiceId, voice.name, voice.family, voice.provider, voice.gender, voice.modelType, voice.language],
      // "British English", "United Kingdom": people ask by either.
      ...[displayNames.language.of(voice.language), region ? displayNames.region.of(region) : ""],
      ...[...styles, ...roles, age, accent, pitch, ...useCase],
    ].join(" "),
  ).match(/[\p{L}\p{N}]+/gu);
  return words.every((word) => haystack?.some((token) => token.startsWith(word)));
}
