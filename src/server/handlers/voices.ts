import { invalidField } from "../../errors.ts";
import { type Catalogue, type CatalogueEntry, OFFERED_FORMATS, OFFERED_SAMPLE_RATES } from "../../service/catalogue.ts";
import type { SampleService } from "../../service/samples.ts";
import type { Handlers } from "./handler.ts";

type VoiceHandlers = Pick<Handlers, "listVoices" | "getVoice" | "getVoiceSample">;

export function voiceHandlers(catalogue: Catalogue, samples: SampleService): VoiceHandlers {
  return {
    listVoices: async ({ limit, cursor, ...query }) => {
      const found = await catalogue.search(query);
      const start = cursor === undefined ? 0 : readCursor(cursor);
      const end = limit === undefined ? found.length : start + limit;
      return {
        output: {
          voices: found.slice(start, end).map(presentVoice),
          total: found.length,
          nextCursor: end < found.length ? makeCursor(end) : undefined,
        },
      };
    },
    getVoice: async ({ voiceId }) => ({ output: presentVoice(await catalogue.get(voiceId)) }),
    getVoiceSample: async ({ voiceId, model, formats }) => {
      const sample = await samples.sample(voiceId, formats ?? [], model);
      return { output: sample, status: sample.sampleUrl ? 200 : 202, retryAfterSeconds: sample.retryAfter };
    },
  };
}

// The catalogue is fixed while a process runs, so a position is a stable cursor.
const makeCursor = (position: number) => Buffer.from(`v1:${position}`).toString("base64url");

function readCursor(cursor: string): number {
  const [, position] = /^v1:(\d{1,9})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (position === undefined)
    throw invalidField("cursor", "The cursor is not one of ours.", "send next_cursor unchanged");
  return Number(position);
}

function presentVoice({ voice, capabilities }: CatalogueEntry) {
  const { rank: _rank, charsPerSecond: _charsPerSecond, ...published } = voice;
  return {
    ...published,
    supportsSsml: capabilities.ssml,
    supportsMarkup: capabilities.markup,
    supportsMultispeaker: capabilities.multiSpeaker,
    capabilities: {
      streaming: capabilities.streaming,
      formats: [...OFFERED_FORMATS],
      sampleRates: [...OFFERED_SAMPLE_RATES],
      limits: { textBytes: capabilities.maxTextBytes, streamBytes: capabilities.maxStreamBytes },
      speed: capabilities.speed ?? undefined,
      ssml: capabilities.ssml,
      markup: capabilities.markup,
      prompt: capabilities.prompt,
      multiSpeaker: capabilities.multiSpeaker,
      bitrate: capabilities.bitrate,
    },
  };
}
