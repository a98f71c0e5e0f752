import type { EngineVoice } from "../../engines/engine.ts";
import { speechWeight } from "./weight.ts";

/**
 * About how long `text` takes to say, in seconds: within a factor of 0.6–1.7 on English prose, numbers and signs
 * (test/unit/speech/estimate.test.ts). For refusing what can't fit and for cost estimates.
 *
 * @param voice its measured rate in characters a second at speed 1
 * @param speed 1 is the voice's own pace
 */
export function estimateDurationSeconds(
  text: string,
  voice: Pick<EngineVoice, "charsPerSecond">,
  speed: number,
): number {
  return speechWeight(text) / voice.charsPerSecond / speed;
}
