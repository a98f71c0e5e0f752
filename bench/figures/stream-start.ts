import { get } from "node:http";
import { planText } from "../../src/speech/plan/plan.ts";
import { ratioOf, timed } from "../harness/interleave.ts";
import { DEFAULT_VOICE, LoneWorker } from "../harness/lone-worker.ts";
import { SpawnedServer } from "../harness/server.ts";
import { FIRST_SENTENCE, prose } from "../harness/texts.ts";

const CHARACTERS = 1_500;
const WARM_UPS = 3;
/** Two pages of headers come before the first of sound (RFC 7845 §3). */
const HEADER_PAGES = 2;

/**
 * From asking the tool for a stream of several sentences until its first page of sound has come over HTTP, on a new
 * connection. Against the engine alone speaking the text's first sentence in a worker thread, without any encoding: no
 * engine that speaks sentence by sentence has anything to give before.
 */
export async function streamStart() {
  const text = prose(CHARACTERS);
  if (!text.startsWith(FIRST_SENTENCE)) throw new Error("the text begins with another sentence");
  const server = await SpawnedServer.started();
  const worker = await LoneWorker.start();
  try {
    // As warm as the server, which speaks the whole text each time: V8 optimises wasm by how often it runs.
    for (let i = 0; i < WARM_UPS; i++) {
      for (const chunk of planText(text)) await worker.run({ text: chunk.text, voiceId: DEFAULT_VOICE });
    }
    return await ratioOf(
      { what: "first sound of a stream", once: () => firstSoundMs(server, text) },
      {
        what: "first sentence of the engine",
        once: () => timed(() => worker.run({ text: FIRST_SENTENCE, voiceId: DEFAULT_VOICE })),
      },
      { rounds: 10, warmUps: WARM_UPS },
    );
  } finally {
    await Promise.all([server.close(), worker.close()]);
  }
}

/** Milliseconds to the first sound; listens to the end, so that the next round finds the server idle. */
async function firstSoundMs(server: SpawnedServer, text: string): Promise<number> {
  const started = performance.now();
  const { job_id, stream_url } = await server.call("generate_speech", { text, delivery_mode: "stream" });
  let heardAt: number | undefined;
  await new Promise<void>((resolve, reject) => {
    get(stream_url!, { agent: false }, (response) => {
      let head: Buffer = Buffer.alloc(0);
      response.on("data", (chunk: Buffer) => {
        if (heardAt !== undefined) return;
        head = Buffer.concat([head, chunk]);
        if (pagesIn(head) > HEADER_PAGES) heardAt = performance.now();
      });
      response.once("end", resolve).once("error", reject);
    }).once("error", reject);
  });
  await server.call("get_job_status", { job_id, wait_seconds: 55 });
  if (heardAt === undefined) throw new Error("the stream had no sound");
  return heardAt - started;
}

function pagesIn(bytes: Buffer): number {
  let pages = 0;
  for (let at = bytes.indexOf("OggS"); at >= 0; at = bytes.indexOf("OggS", at + 4)) pages++;
  return pages;
}
