import { ratio, sideOf } from "../harness/interleave.ts";
import { SpawnedServer } from "../harness/server.ts";
import { prose } from "../harness/texts.ts";

const LONG = 200_000;
const SHORT = 5_000;
const SHORT_RUNS = 6;

interface Run {
  charsPerSecond: number;
  peakMib: number;
}

/** Both sizes from request to file, each in a new process that ends after it; half of the short ones before the long. */
async function measure(): Promise<{ long: Run[]; short: Run[] }> {
  const short: Run[] = [];
  for (let i = 0; i < SHORT_RUNS / 2; i++) short.push(await run(SHORT));
  const long = [await run(LONG)];
  for (let i = 0; i < SHORT_RUNS / 2; i++) short.push(await run(SHORT));
  return { long, short };
}

/** One job at speed 4: a quarter of the sound to make, and all of the text to plan, store and keep in order. */
async function run(characters: number): Promise<Run> {
  const server = await SpawnedServer.started({ tellPeak: true });
  // What is loaded once is not part of the rate.
  await server.speak({ text: prose(500), speed: 4 });
  const started = performance.now();
  await server.speak({ text: prose(characters), speed: 4 });
  const seconds = (performance.now() - started) / 1000;
  return { charsPerSecond: characters / seconds, peakMib: await server.close() };
}

let measuring: ReturnType<typeof measure> | undefined;
const measured = () => (measuring ??= measure());

/** Characters a second of a long text, against those of a short one. */
export async function longTextRate() {
  return compare((run) => run.charsPerSecond, "chars/s");
}

/** The server's greatest resident size with a long text, against that with a short one. */
export async function longTextMemory() {
  return compare((run) => run.peakMib, "MiB");
}

async function compare(measure: (run: Run) => number, unit: "chars/s" | "MiB") {
  const { long, short } = await measured();
  return ratio(sideOf(`${LONG} characters`, long.map(measure), unit), sideOf(`${SHORT}`, short.map(measure), unit));
}
