import { planText } from "../../src/speech/plan/plan.ts";
import { ratio, ratioOf, timed } from "../harness/interleave.ts";
import { DEFAULT_VOICE, LoneWorker } from "../harness/lone-worker.ts";
import { prose } from "../harness/texts.ts";

/**
 * What the machine itself gives to two threads at this moment: the engine alone in two workers against one, the same
 * chunks. Where other programs are busy this is far from 2, and then no pipeline can reach it.
 */
export async function bareThreads() {
  const texts = [...planText(prose(1_800))].map((chunk) => chunk.text);
  const workers = await Promise.all([LoneWorker.start(), LoneWorker.start()]);
  const speak = async (worker: LoneWorker, all: readonly string[]) => {
    for (const text of all) await worker.run({ text, voiceId: DEFAULT_VOICE });
  };
  const halves = [0, 1].map((half) => texts.filter((_, i) => i % 2 === half));
  try {
    const { sides } = await ratioOf(
      { what: "one worker", once: () => timed(() => speak(workers[0], texts)) },
      {
        what: "two workers",
        once: () => timed(() => Promise.all(workers.map((worker, i) => speak(worker, halves[i]!)))),
      },
      { rounds: 3, warmUps: 1 },
    );
    return ratio(sides!.subject, sides!.baseline);
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}
