import { parentPort } from "node:worker_threads";
import { FliteEngine, FliteSpeaker } from "../../src/engines/flite/index.ts";
import { EncodeSession } from "../../src/speech/encode-session.ts";
import type { SpokenChunk } from "../../src/speech/worker-protocol.ts";
import type { LoneAnswer, LoneTask } from "./lone-worker.ts";

const speaker = new FliteEngine().workerData().then((module) => new FliteSpeaker(module));

/** Speaks a text in one call of the engine; encodes it with the product's own encoder, silence trimmed as there. */
async function perform({ text, voiceId, settings }: LoneTask): Promise<LoneAnswer> {
  const speed = 1;
  const session = settings && (await EncodeSession.open(settings));
  const request = { voiceId, text, speed, span: { start: 0, end: text.length } };
  const chunk: SpokenChunk = { parts: [], sampleRateHertz: 0, boundary: "paragraph", speed };
  for await (const { samples, sampleRateHertz } of (await speaker).synthesize(request, new AbortController().signal)) {
    chunk.parts.push(samples);
    chunk.sampleRateHertz = sampleRateHertz;
  }
  if (!session) return { bytes: new Uint8Array(chunk.parts[0]!.buffer as ArrayBuffer) };
  const { bytes, end } = await session.encode([chunk], true);
  for (const patch of end!.patches) bytes.set(patch.bytes, patch.offset);
  return { bytes };
}

parentPort!.on("message", async (task: LoneTask) => {
  const answer = await perform(task);
  parentPort!.postMessage(answer, [answer.bytes.buffer as ArrayBuffer]);
});
parentPort!.postMessage("ready");
