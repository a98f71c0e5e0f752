import type { PcmChunk, Speaker, SynthesisRequest } from "../engine.ts";
import { carriable, isSpeakable } from "../shared/provider-text.ts";
import { PollyCalls } from "./client.ts";
import type { PollySettings } from "./setup.ts";
import { checkSsml } from "./ssml.ts";
import { pollyVoice, SAMPLE_RATE_HERTZ } from "./voices.ts";

/** Speaks through Amazon Polly: a request for each planned chunk. */
export class PollySpeaker implements Speaker {
  readonly #settings: PollySettings;
  #calls: PollyCalls | undefined;

  constructor(settings: PollySettings) {
    this.#settings = settings;
  }

  async *synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk> {
    signal.throwIfAborted();
    const { voiceId, text, ssml, span } = request;
    const { engine, name, languageCode } = pollyVoice(voiceId);
    if (ssml !== undefined) checkSsml(ssml, engine, voiceId);
    else if (!isSpeakable(text)) return;
    this.#calls ??= new PollyCalls(this.#settings);
    const sound = await this.#calls.synthesize(
      {
        Engine: engine,
        VoiceId: name as never,
        // Only voices of two languages need it; the id tells which of them is meant.
        LanguageCode: languageCode as never,
        OutputFormat: "pcm",
        SampleRate: String(SAMPLE_RATE_HERTZ),
        TextType: ssml === undefined ? "text" : "ssml",
        Text: carriable(ssml ?? text),
      },
      signal,
    );
    const samples = samplesOf(sound);
    if (samples.length > 0) yield { samples, sampleRateHertz: SAMPLE_RATE_HERTZ, span };
  }

  async close(): Promise<void> {
    const calls = this.#calls;
    this.#calls = undefined;
    await calls?.close();
  }
}

/** Polly's PCM: signed 16-bit, mono, little-endian, without a header. In memory of its own, to be given away. */
function samplesOf(bytes: Buffer): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i);
  return samples;
}
