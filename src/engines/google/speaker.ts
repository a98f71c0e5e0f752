import type { PcmChunk, Speaker, SynthesisRequest } from "../engine.ts";
import { isSpeakable } from "../shared/provider-text.ts";
import { GoogleClient } from "./client.ts";
import { isSentenceTooLong } from "./failures.ts";
import { type Utterance, utteranceOf, utterancesOf } from "./request.ts";
import type { GoogleSettings } from "./setup.ts";
import { halve } from "./text.ts";

/** Speaks through Google. Its credentials are in memory only. */
export class GoogleSpeaker implements Speaker {
  readonly #settings: GoogleSettings;
  #client: GoogleClient | undefined;

  constructor(settings: GoogleSettings) {
    this.#settings = settings;
  }

  async *synthesize(request: SynthesisRequest, signal: AbortSignal): AsyncIterable<PcmChunk> {
    signal.throwIfAborted();
    for (const utterance of utterancesOf(request)) yield* this.#speak(request, utterance, signal);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  async *#speak(request: SynthesisRequest, { body, spoken }: Utterance, signal: AbortSignal): AsyncIterable<PcmChunk> {
    if (spoken && !isSpeakable(spoken.text)) return;
    this.#client ??= new GoogleClient(this.#settings);
    try {
      const sound = await this.#client.synthesize(body, signal);
      yield { ...sound, span: request.span };
    } catch (error) {
      // How long a sentence may be depends on language and family, and is not documented: Google has the word.
      const halves = spoken && isSentenceTooLong(error) ? halve(spoken) : undefined;
      if (!halves) throw error;
      for (const half of halves) yield* this.#speak(request, utteranceOf(request, half), signal);
    }
  }
}
