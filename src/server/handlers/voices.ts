import { invalidField } from "../../errors.ts";
import { type Catalogue, type CatalogueEntry, OFFERED_FORMATS, OFFERED_SAMPLE_RATES } from "../../service/catalogue.ts";
import { listProviders } from "../../service/providers.ts";
import type { SampleService } from "../../service/samples.ts";
import type { Handlers } from "./handler.ts";

type VoiceHandlers = Pick<Handlers, "listVoices" | "getVoice" | "getVoiceSample" | "listProviders">;

export function voiceHandlers(catalogue: Catalogue, samples: SampleService): VoiceHandlers {
  return {
    listVoices: async ({ limit, cursor, ...query }) => {
      const { entries: found, warnings } = await catalogue.search(query);
      const start = cursor === undefined ? 0 : readCursor(cursor, found);
      const end = limit === undefined ? found.length : start + limit;
      return {
        output: {
          voices: found.slice(start, end).map(presentVoice),
          total: found.length,
          nextCursor: end < found.length ? makeCursor(end, found[end - 1]!) : undefined,
          warnings: warnings.length > 0 ? warnings : undefined,
        },
      };
    },
    listProviders: async () => ({
      output: {
        providers: (await listProviders(catalogue.engines)).map((provider) => ({
          ...provider,
          tiers: provider.tiers.map((tier) => ({
            ...tier,
            families: [...tier.families],
            speed: tier.speed ?? undefined,
          })),
        })),
      },
    }),
    getVoice: async ({ voiceId }) => ({ output: presentVoice(await catalogue.get(voiceId)) }),
    getVoiceSample: async ({ voiceId, model, formats }) => {
      const sample = await samples.sample(voiceId, formats ?? [], model);
      return { output: sample, status: sample.sampleUrl ? 200 : 202, retryAfterSeconds: sample.retryAfter };
    },
  };
}

/** Where the next page begins, and behind which voice: a list may have grown or shrunk by then. */
const makeCursor = (position: number, { voice }: CatalogueEntry) =>
  Buffer.from(`v2:${position}:${voice.voiceId}`).toString("base64url");

function readCursor(cursor: string, found: readonly CatalogueEntry[]): number {
  const [, position, voiceId] = /^v2:(\d{1,9}):(.+)$/s.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (position === undefined)
    throw invalidField("cursor", "The cursor is not one of ours.", "send next_cursor unchanged");
  const last = found.findIndex(({ voice }) => voice.voiceId === voiceId);
  return last < 0 ? Number(position) : last + 1;
}

function presentVoice({ voice, capabilities }: CatalogueEntry) {
  const { rank: _rank, charsPerSecond: _charsPerSecond, revision: _revision, ...published } = voice;
  return {
    ...published,
    supportsSsml: capabilities.ssml,
    supportsMarkup: capabilities.markup,
    supportsMultispeaker: capabilities.multiSpeaker,
    capabilities: {
      streaming: capabilities.streaming,
      formats: [...OFFERED_FORMATS],
      sampleRates: [...OFFERED_SAMPLE_RATES],
      limits: {
        textBytes: capabilities.maxTextBytes,
        streamBytes: capabilities.maxStreamBytes,
        promptBytes: capabilities.maxPromptBytes,
      },
      speed: capabilities.speed ?? undefined,
      ssml: capabilities.ssml,
      markup: capabilities.markup,
      prompt: capabilities.prompt,
      multiSpeaker: capabilities.multiSpeaker,
      bitrate: capabilities.bitrate,
    },
  };
}
