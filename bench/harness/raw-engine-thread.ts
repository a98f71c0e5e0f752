import { parentPort, workerData } from "node:worker_threads";
import { ENGINE_ENTRIES } from "../../src/engines/registry.ts";
import type { RawEngineSetup } from "./raw-engine.ts";

const { engineId, data, requests } = workerData as RawEngineSetup;
const speaker = ENGINE_ENTRIES.find(({ id }) => id === engineId)!.createSpeaker(data);
const { signal } = new AbortController();

parentPort!.on("message", async () => {
  let samples = 0;
  for (const request of requests) {
    for await (const chunk of speaker.synthesize(request, signal)) samples += chunk.samples.length;
  }
  parentPort!.postMessage(samples);
});
parentPort!.postMessage("ready");
