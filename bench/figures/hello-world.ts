import { readFile } from "node:fs/promises";
import type { AudioSettings } from "../../src/speech/encoders/encoder.ts";
import { ratioOf, timed } from "../harness/interleave.ts";
import { DEFAULT_VOICE, LoneWorker } from "../harness/lone-worker.ts";
import { SpawnedServer } from "../harness/server.ts";

const TEXT = "Hello world!";
/** What the product makes when nothing is asked for. */
const SETTINGS: AudioSettings = { format: "mp3", sampleRateHertz: 16_000, bitrateKbps: 128, streaming: false };

/** A short text through the tool, both warm, against the engine and the encoder alone in a worker thread. */
export async function helloWorld() {
  const server = await SpawnedServer.started();
  const worker = await LoneWorker.start();
  try {
    await checkSameFile(server, worker);
    return await ratioOf(
      { what: "generate_speech", once: () => timed(() => server.speak({ text: TEXT })) },
      {
        what: "engine + encoder",
        once: () => timed(() => worker.run({ text: TEXT, voiceId: DEFAULT_VOICE, settings: SETTINGS })),
      },
      { rounds: 60, warmUps: 15 },
    );
  } finally {
    await Promise.all([server.close(), worker.close()]);
  }
}

/** Both sides must do the same work, or their ratio says nothing. */
async function checkSameFile(server: SpawnedServer, worker: LoneWorker): Promise<void> {
  const { file_path } = await server.speak({ text: TEXT });
  const { bytes } = await worker.run({ text: TEXT, voiceId: DEFAULT_VOICE, settings: SETTINGS });
  if (!(await readFile(file_path!)).equals(bytes)) throw new Error("the lone worker made another file than the tool");
}
