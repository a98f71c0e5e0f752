import { availableParallelism } from "node:os";
import type { AudioSettings } from "../../src/speech/encoders/encoder.ts";
import { createSpeechPipeline, type SpeechPipeline } from "../../src/speech/pipeline.ts";
import { ratio, ratioOf, timed } from "../harness/interleave.ts";
import { DEFAULT_VOICE } from "../harness/lone-worker.ts";
import { prose } from "../harness/texts.ts";

const CHARACTERS = 20_000;

/** How many times as fast the pipeline is with two worker threads as with one. */
export async function twoThreads(settings: AudioSettings, rounds: number) {
  if (availableParallelism() < 2) throw new Error("two threads need two cores");
  const text = prose(CHARACTERS);
  const [one, two] = [createSpeechPipeline({ threads: 1 }), createSpeechPipeline({ threads: 2 })];
  const speak = async (pipeline: SpeechPipeline, what: string) => {
    const request = { text: what, voiceId: DEFAULT_VOICE, speed: 1, settings };
    await pipeline.run(request, () => {}, { signal: new AbortController().signal });
  };
  try {
    for (const pipeline of [one, two]) await speak(pipeline, prose(1_500));
    const { sides } = await ratioOf(
      { what: "one thread", once: () => timed(() => speak(one, text)) },
      { what: "two threads", once: () => timed(() => speak(two, text)) },
      { rounds },
    );
    return ratio(sides!.subject, sides!.baseline);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}
