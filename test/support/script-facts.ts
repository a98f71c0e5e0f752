import type { RequestSupport, VoiceCapabilities } from "../../src/engines/engine.ts";
import type { VoiceFacts } from "../../src/speech/script/build.ts";

/** Facts of made-up voices: what each engine, the part before the colon, takes. */
export function factsOf(
  engines: Record<string, Partial<RequestSupport> & Pick<VoiceCapabilities, "speed">>,
): VoiceFacts {
  return {
    capabilitiesOf(voiceId) {
      const { speed, ...support } = engines[voiceId.split(":")[0]!]!;
      const engine: RequestSupport = {
        pitchSemitones: null,
        phonemes: [],
        languages: [],
        ssml: false,
        dialogue: false,
        normalisesText: true,
        ...support,
      };
      return { speed, engine } as VoiceCapabilities;
    },
    checkSsml() {},
  };
}

/** A voice that only speaks text, at any usual speed. */
export const PLAIN = factsOf({ plain: { speed: { min: 0.5, max: 2 } } });
