import { once } from "node:events";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { encodeAll } from "../../support/encode.ts";
import { withoutSerials } from "../../support/ogg.ts";
import { noise, steady } from "../../support/tones.ts";

const settings = { format: "ogg_opus", sampleRateHertz: 16_000, bitrateKbps: 64, streaming: false } as const;

async function inWorker(workerData: { hertz?: number }): Promise<Buffer> {
  // A worker thread starts with plain Node, which knows no TypeScript.
  const file = JSON.stringify(new URL("../../support/opus-worker.ts", import.meta.url).href);
  const worker = new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${file}, ${file}))`, {
    eval: true,
    workerData,
  });
  const [bytes] = (await once(worker, "message")) as [Uint8Array];
  await worker.terminate();
  return withoutSerials(Buffer.from(bytes));
}

it("Opus encoders in two threads at once give what one gives alone, and leave the process alive", async () => {
  const alone = [
    withoutSerials(await encodeAll(settings, noise(320_000))),
    withoutSerials(await encodeAll(settings, steady(16_000, 320_000, 700))),
  ];
  for (let round = 0; round < 2; round++) {
    const together = await Promise.all([inWorker({}), inWorker({ hertz: 700 })]);
    expect(together.map((file, i) => file.equals(alone[i]!))).toEqual([true, true]);
  }
});

it("The native build of @evan/opus, which shares its buffers among threads, is not loaded", async () => {
  await encodeAll(settings, noise(1_000));
  const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes("@evan/opus"));
  expect(loaded.some((file) => /[\\/]wasm[\\/]/.test(file))).toBe(true);
  expect(loaded.filter((file) => /[\\/]node[\\/][^\\/]*$/.test(file))).toEqual([]);
});
