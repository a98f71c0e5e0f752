import { parentPort, workerData } from "node:worker_threads";
import { encodeAll } from "./encode.ts";
import { noise, steady } from "./tones.ts";

const settings = { format: "ogg_opus", sampleRateHertz: 16_000, bitrateKbps: 64, streaming: false } as const;

/** Encodes 20 s of a tone of `workerData.hertz`, or of noise without one. */
const samples = workerData.hertz ? steady(16_000, 320_000, workerData.hertz) : noise(320_000);
parentPort!.postMessage(await encodeAll(settings, samples));
