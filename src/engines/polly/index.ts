import type {
  Engine,
  EngineContext,
  EngineEntry,
  EngineStatus,
  EngineVoice,
  ProviderTier,
  SpeakableReport,
  VoiceCapabilities,
} from "../engine.ts";
import { isSpeakable } from "../shared/provider-text.ts";
import { PollyCatalogue } from "./catalogue.ts";
import { POLLY_VARIABLES, type PollySettings, readSetup, requireSettings } from "./setup.ts";
import { PollySpeaker } from "./speaker.ts";
import { checkSsml } from "./ssml.ts";
import { POLLY_TIERS, pollyCapabilities, pollyVoice } from "./voices.ts";

/** The voices of Amazon Polly, with the user's own AWS credentials. */
export class PollyEngine implements Engine {
  readonly id = "polly";
  readonly local = false;
  readonly #context: EngineContext;
  readonly #catalogue: PollyCatalogue;
  readonly #sdkFrom: string | undefined;

  /** @param sdkFrom URL of the module from whose place AWS's SDK is looked for; default: this engine */
  constructor(context: EngineContext, sdkFrom?: string) {
    this.#context = context;
    this.#catalogue = new PollyCatalogue(context.cache);
    this.#sdkFrom = sdkFrom;
  }

  /** Whether it is set up; AWS itself is not asked. */
  async status(): Promise<EngineStatus> {
    const setup = await readSetup(this.#context, this.#sdkFrom);
    return "settings" in setup ? { available: true } : { available: false, ...setup };
  }

  tiers(): readonly ProviderTier[] {
    return POLLY_TIERS;
  }

  async voices(): Promise<EngineVoice[]> {
    const setup = await readSetup(this.#context, this.#sdkFrom);
    return "settings" in setup ? this.#catalogue.voices(setup.settings) : [];
  }

  capabilities(voiceId: string): VoiceCapabilities {
    return pollyCapabilities(voiceId);
  }

  inspect(text: string, voiceId: string): SpeakableReport {
    pollyVoice(voiceId);
    return { speakable: isSpeakable(text), warnings: [] };
  }

  checkSsml(ssml: string, voiceId: string): void {
    checkSsml(ssml, pollyVoice(voiceId).engine, voiceId);
  }

  /** Region, credentials and the SDK's place, for the speakers in worker threads. */
  workerData(): Promise<PollySettings> {
    return requireSettings(this.#context, this.#sdkFrom);
  }

  async close(): Promise<void> {
    this.#catalogue.forget();
  }
}

export const pollyEntry: EngineEntry = {
  id: "polly",
  variables: POLLY_VARIABLES,
  create: (context) => new PollyEngine(context),
  createSpeaker: (settings) => new PollySpeaker(settings as PollySettings),
};
