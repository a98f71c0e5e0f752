import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { FakeGoogle } from "../../test/support/fake-google.ts";
import { FakePolly } from "../../test/support/fake-polly.ts";

// A speech server of the provider that the argument names, which speaks 50 times as fast as people do, as a neural voice
// on a good machine. Says the variables that set the engine up for it, as JSON.
const RATE = 24_000;
const SECONDS_PER_CHARACTER = 1 / 15;
const TIMES_REAL_TIME = 50;

const header = Buffer.alloc(44);
header.write("RIFF\xff\xff\xff\xffWAVEfmt ", "latin1");
header.writeUInt32LE(16, 16);
header.writeUInt16LE(1, 20);
header.writeUInt16LE(1, 22);
header.writeUInt32LE(RATE, 24);
header.writeUInt32LE(RATE * 2, 28);
header.writeUInt16LE(2, 32);
header.writeUInt16LE(16, 34);
header.write("data\xff\xff\xff\xff", 36, "latin1");

const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const seconds = JSON.parse(body).input.length * SECONDS_PER_CHARACTER;
  const samples = Buffer.alloc(Math.round(seconds * RATE) * 2);
  for (let i = 0; i < samples.length / 2; i++) samples.writeInt16LE(Math.round(8_000 * Math.sin(i / 10)), i * 2);
  await sleep((seconds / TIMES_REAL_TIME) * 1000);
  response.writeHead(200, { "content-type": "audio/wav" }).end(Buffer.concat([header, samples]));
});
const MS_PER_CHARACTER = (SECONDS_PER_CHARACTER / TIMES_REAL_TIME) * 1000;

async function start(provider: string | undefined): Promise<Record<string, string>> {
  if (provider === "google" || provider === "polly") {
    const fake = await (provider === "google" ? FakeGoogle : FakePolly).start();
    fake.msPerCharacter = MS_PER_CHARACTER;
    // The fakes don't keep a process alive.
    setInterval(() => {}, 60_000);
    return fake.variables;
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    OPENAI_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    AITTSM_OPENAI_VOICES: "nova",
    AITTSM_OPENAI_MODELS: "tts-1",
  };
}

console.log(JSON.stringify(await start(process.argv[2])));
