import * as z from "zod";
import type { OutputOf } from "../../src/contract/operation.ts";
import { getVoice, listVoices, Voice, VoiceFilter } from "../../src/contract/voices.ts";
import { defineTool, type ToolContext } from "../tool.ts";
import { filterVoices, suggestWider } from "../voice-filter.ts";

type Voices = OutputOf<typeof listVoices>["voices"];

/** More voices than this are listed without their capabilities, which are most of a voice's text. */
const MAX_DETAILED = 5;
/** Pages of a server that has none itself: the cursor is where the next begins. */
const LOCAL_CURSOR = /^at-(\d+)$/;

const Found = Voice.pick({
  voice_id: true,
  provider: true,
  language: true,
  family: true,
  name: true,
  gender: true,
  model_type: true,
  characteristics: true,
  available_models: true,
  available: true,
  why_unavailable: true,
  capabilities: true,
});

export default defineTool({
  name: "search_voices",
  title: "Search voices",
  group: "generation",
  scopes: ["voices:list"],
  effect: "read",
  description:
    "Find voices by language, gender, provider, features or words. Use it to choose a voice_id for generate_speech; " +
    "with voice_id, or when 5 or fewer match, each voice's capabilities and limits are told.",
  input: VoiceFilter.extend({
    limit: listVoices.input.shape.limit.unwrap().default(20),
    cursor: listVoices.input.shape.cursor,
  }),
  output: z.object({
    voices: z.array(Found),
    total: z.number(),
    next_cursor: z.string().optional(),
    warnings: z.array(z.string()).optional(),
    next: z.string().optional(),
  }),
  run: async ({ limit, cursor, ...filter }, context) => {
    const found = await find(filter, limit, cursor, context);
    const warnings = [...found.warnings];
    let voices = found.voices;
    if (found.total <= MAX_DETAILED || filter.voice_id) voices = await detailed(voices, context, warnings);
    else voices = voices.map(({ capabilities, ...voice }) => voice);
    const next =
      found.total === 0
        ? await suggestWider(filter, context)
        : found.next_cursor && `call search_voices with the same filters and cursor "${found.next_cursor}"`;
    const data = {
      voices,
      total: found.total,
      ...(found.next_cursor && { next_cursor: found.next_cursor }),
      ...(warnings.length > 0 && { warnings }),
      ...(next && { next }),
    };
    return { data, text: render(data) };
  },
});

/** One page of matching voices, whether the server filters and pages or just lists all it has. */
async function find(
  filter: z.output<typeof VoiceFilter>,
  limit: number,
  cursor: string | undefined,
  { client, signal }: ToolContext,
) {
  const start = LOCAL_CURSOR.exec(cursor ?? "")?.[1];
  const page = start === undefined ? { limit, cursor } : {};
  const { data, unreadable } = await client.call(listVoices, { ...filter, ...page }, { signal });
  const warnings = [
    ...(data.warnings ?? []),
    ...(unreadable > 0 ? [`${unreadable} voices could not be read and are left out`] : []),
  ];
  if (data.total !== undefined) {
    return { voices: data.voices, total: data.total, next_cursor: data.next_cursor, warnings };
  }
  const { voices, unknown } = filterVoices(data.voices, filter);
  if (unknown.length > 0) warnings.push(`this server doesn't say which voices have: ${unknown.join(", ")}`);
  const from = Number(start ?? 0);
  const end = from + limit;
  const next_cursor = end < voices.length ? `at-${end}` : undefined;
  return { voices: voices.slice(from, end), total: voices.length, next_cursor, warnings };
}

/** The voices with their capabilities, which some servers tell only one by one. */
async function detailed(voices: Voices, { client, signal }: ToolContext, warnings: string[]): Promise<Voices> {
  const whole = voices.map(async (voice) => {
    if (voice.capabilities) return voice;
    try {
      return { ...voice, ...(await client.call(getVoice, { voice_id: voice.voice_id }, { signal })).data };
    } catch (error) {
      if (signal.aborted) throw error;
      warnings.push(`the capabilities of ${voice.voice_id} could not be read`);
      return voice;
    }
  });
  return Promise.all(whole);
}

function render(data: { voices: Voices; total: number; warnings?: string[]; next?: string }): string {
  const { voices, total } = data;
  const line = (voice: Voices[number]) => {
    const off = voice.available === false ? `, unavailable: ${voice.why_unavailable ?? "no reason given"}` : "";
    return `- ${voice.voice_id}: ${voice.name}, ${voice.language}, ${voice.gender}, ${voice.model_type}${off}`;
  };
  const count = total === voices.length ? `${total}` : `${voices.length} of ${total}`;
  return [
    total === 0 ? "No voice matches." : `${count} ${total === 1 ? "voice" : "voices"}:`,
    ...voices.map(line),
    ...(data.warnings ?? []).map((warning) => `Warning: ${warning}`),
    ...(data.next ? [`Next: ${data.next}.`] : []),
  ].join("\n");
}
