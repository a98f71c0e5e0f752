import { createEngineRegistry } from "../../src/engines/registry.ts";
import { createSpeechPipeline } from "../../src/speech/pipeline.ts";
import { emptyContext } from "../../test/support/engines.ts";
import { RECOGNISER_MISSING, Recogniser, saySentences } from "../../test/support/recogniser.ts";
import { type Measured, Skipped } from "../harness/figure.ts";

/**
 * How many of twenty sentences a recogniser hears as they were written: of the worst of the voices.
 * @param isJudged which voices
 * @throws Skipped where the recogniser or the voices are not on this machine
 */
export async function intelligibility(isJudged: (voiceId: string) => boolean): Promise<Measured> {
  const recogniser = await Recogniser.find();
  if (!recogniser) throw new Skipped(RECOGNISER_MISSING);
  const engines = createEngineRegistry(emptyContext());
  const pipeline = createSpeechPipeline({ engines });
  try {
    const scores: Measured[] = [];
    for (const { voiceId } of await engines.voices()) {
      if (!isJudged(voiceId)) continue;
      const value = await recogniser.heard(await saySentences(pipeline, voiceId));
      scores.push({ what: voiceId, value, unit: "of 20" });
    }
    scores.sort((a, b) => a.value - b.value);
    if (scores.length === 0) throw new Skipped("the voices are not on this machine");
    return { ...scores[0]!, details: scores };
  } finally {
    await pipeline.close();
    await engines.close();
  }
}
