import type * as z from "zod";
import type { OutputOf } from "../src/contract/operation.ts";
import { listVoices, type VoiceFilter } from "../src/contract/voices.ts";
import { nearestName } from "../src/contract/wire.ts";
import type { ToolContext } from "./tool.ts";

type Filter = z.output<typeof VoiceFilter>;
type Voice = OutputOf<typeof listVoices>["voices"][number];
type Answer = boolean | undefined;

const same = (a: string, b: string | undefined) => b === undefined || a.toLowerCase() === b.toLowerCase();

/** BCP-47 prefixes end at a hyphen (RFC 4647 §3.3.1): "en" matches en-GB, not enm. */
function speaks(voice: Voice, language: string | undefined): boolean {
  if (language === undefined) return true;
  const wanted = language.toLowerCase().replaceAll("_", "-");
  return `${voice.language.toLowerCase()}-`.startsWith(`${wanted}-`);
}

/** Whether a voice can do something; undefined when this listing doesn't say. */
function supports(voice: Voice, feature: NonNullable<Filter["supports"]>[number]): Answer {
  const { capabilities } = voice;
  switch (feature) {
    case "ssml":
      return capabilities?.ssml ?? voice.supports_ssml;
    case "markup":
      return capabilities?.markup ?? voice.supports_markup;
    case "multi_speaker":
      return capabilities?.multi_speaker ?? voice.supports_multispeaker;
    case "speed":
      return capabilities && capabilities.speed !== undefined;
    default:
      return capabilities?.[feature];
  }
}

let languageNames: Intl.DisplayNames | undefined;

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function describes(voice: Voice, query: string | undefined): boolean {
  if (query === undefined) return true;
  const { styles = [], roles = [], age, accent, use_case = [] } = voice.characteristics;
  const language = languageName(voice.language);
  const known = words(
    [voice.voice_id, voice.name, voice.gender, language, age, accent, ...styles, ...roles, ...use_case].join(" "),
  );
  // Beginnings of words, so that "male" doesn't find "female".
  return words(query).every((word) => known.some((one) => one.startsWith(word)));
}

function languageName(tag: string): string {
  try {
    languageNames ??= new Intl.DisplayNames("en", { type: "language", fallback: "none" });
    return languageNames.of(tag) ?? "";
  } catch {
    // Not every server's tags are well-formed.
    return "";
  }
}

/**
 * Filters what a server listed that knows no filters. What the listing doesn't say counts as a match, and the feature
 * is named in `unknown`.
 */
export function filterVoices(voices: readonly Voice[], filter: Filter): { voices: Voice[]; unknown: string[] } {
  const unknown = new Set<string>();
  const may = (answer: Answer, what: string) => {
    if (answer === undefined) unknown.add(what);
    return answer !== false;
  };
  const matches = (voice: Voice) =>
    same(voice.voice_id, filter.voice_id) &&
    same(voice.provider, filter.provider) &&
    same(voice.family, filter.family) &&
    same(voice.gender, filter.gender) &&
    same(voice.model_type, filter.model_type) &&
    speaks(voice, filter.language) &&
    describes(voice, filter.query) &&
    (filter.supports ?? []).every((feature) => may(supports(voice, feature), feature)) &&
    (!filter.output_format ||
      may(voice.capabilities?.formats.includes(filter.output_format), `output_format ${filter.output_format}`));
  return { voices: voices.filter(matches), unknown: [...unknown] };
}

/** One sentence on what to change when nothing matched: a near voice_id, else what there is. */
export async function suggestWider(filter: Filter, { client, signal }: ToolContext): Promise<string> {
  const { voices } = (await client.call(listVoices, {}, { signal })).data;
  const ids = voices.map((voice) => voice.voice_id);
  const near = filter.voice_id && nearestName(filter.voice_id, ids);
  if (near) return `call search_voices with voice_id "${near}"`;
  const languages = [...new Set(voices.map((voice) => voice.language))].sort();
  const inLanguage = voices.some((voice) => speaks(voice, filter.language));
  if (filter.language && !inLanguage && languages.length > 0) {
    return `call search_voices with one of the languages there are: ${languages.slice(0, 40).join(", ")}`;
  }
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  if (given.length === 0) return "check AITTSM_BASE_URL: this server lists no voices";
  const loose = given.map(([name]) => name).filter((name) => name !== "language");
  return `call search_voices without ${loose.join(" or ") || "language"}`;
}
