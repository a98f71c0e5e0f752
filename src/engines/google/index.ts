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
import { GoogleCatalogue } from "./catalogue.ts";
import { GOOGLE_VARIABLES, type GoogleSettings, readSetup, requireSettings } from "./setup.ts";
import { GoogleSpeaker } from "./speaker.ts";
import { GOOGLE_TIERS, googleCapabilities, googleVoice } from "./voices.ts";

/** The voices of Google Cloud Text-to-Speech, with the user's own credentials. */
export class GoogleEngine implements Engine {
  readonly id = "google";
  readonly local = false;
  readonly #variables: EngineContext["variables"];
  readonly #catalogue: GoogleCatalogue;
  readonly #librariesFrom: string | undefined;

  /** @param librariesFrom URL of the module from whose place google-auth-library is looked for; default: this one */
  constructor({ variables, cache }: Pick<EngineContext, "variables" | "cache">, librariesFrom?: string) {
    this.#variables = variables;
    this.#catalogue = new GoogleCatalogue(cache);
    this.#librariesFrom = librariesFrom;
  }

  /** Whether it is set up; Google itself is not asked. */
  async status(): Promise<EngineStatus> {
    const setup = await readSetup(this.#variables, this.#librariesFrom);
    return "settings" in setup ? { available: true } : { available: false, ...setup };
  }

  tiers(): readonly ProviderTier[] {
    return GOOGLE_TIERS;
  }

  async voices(): Promise<EngineVoice[]> {
    const setup = await readSetup(this.#variables, this.#librariesFrom);
    return "settings" in setup ? this.#catalogue.voices(setup.settings) : [];
  }

  capabilities(voiceId: string): VoiceCapabilities {
    return googleCapabilities(voiceId);
  }

  inspect(text: string, voiceId: string): SpeakableReport {
    googleVoice(voiceId);
    return { speakable: isSpeakable(text), warnings: [] };
  }

  /** Endpoint and credentials, for the speakers in worker threads. */
  workerData(): Promise<GoogleSettings> {
    return requireSettings(this.#variables, this.#librariesFrom);
  }

  async close(): Promise<void> {
    this.#catalogue.forget();
  }
}

export const googleEntry: EngineEntry = {
  id: "google",
  variables: GOOGLE_VARIABLES,
  create: (context) => new GoogleEngine(context),
  createSpeaker: (settings) => new GoogleSpeaker(settings as GoogleSettings),
};
