import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSpeechPipeline, type SpeechPipeline } from "../../../src/speech/pipeline.ts";
import { expectedSamples, FAKE_CLOUD_VOICE, FAKE_VOICE, FakeEngines } from "../../support/fake-engine.ts";

const WAV = { format: "wav", sampleRateHertz: 16_000, streaming: true } as const;
const WAV_HEADER_BYTES = 44;
const THREADS = 2;
const REQUESTS_PER_PROVIDER = 4;

let engines: FakeEngines;
let pipeline: SpeechPipeline;

beforeEach(() => {
  engines = new FakeEngines();
  const { registry, enginesModule } = engines;
  pipeline = createSpeechPipeline({ threads: THREADS, engines: registry, enginesModule, idleTimeoutMs: 50 });
});
afterEach(() => pipeline.close());

/** `count` chunks; the first is a short sentence that is spoken at once. */
function textOf(count: number, word = "word"): string {
  const sentence = `${word} ${"and another one ".repeat(17)}ends.`;
  return `Begin. ${Array.from({ length: count - 1 }, () => sentence).join(" ")}`;
}

async function speak(voiceId: string, text: string, signal = new AbortController().signal): Promise<Int16Array> {
  const pieces: Uint8Array[] = [];
  await pipeline.run({ text, voiceId, speed: 1, settings: WAV }, (bytes) => void pieces.push(bytes), { signal });
  const bytes = Buffer.concat(pieces);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + WAV_HEADER_BYTES, bytes.byteOffset + bytes.length));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

const sameSamples = (a: Int16Array, b: Int16Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

it("voices of this machine speak while a provider does not answer", async () => {
  const ending = new AbortController();
  const hanging = Array.from({ length: 3 * REQUESTS_PER_PROVIDER }, () =>
    speak(FAKE_CLOUD_VOICE, textOf(8, "HANG"), ending.signal).catch((error) => error),
  );
  await until(() => engines.get("running") === REQUESTS_PER_PROVIDER);
  const text = textOf(20);
  for (const samples of await Promise.all([speak(FAKE_VOICE, text), speak(FAKE_VOICE, text)])) {
    expect(sameSamples(samples, expectedSamples(text))).toBe(true);
  }
  expect(engines.get("running")).toBe(REQUESTS_PER_PROVIDER);
  ending.abort(new Error("enough"));
  for (const outcome of await Promise.all(hanging)) expect(outcome).toMatchObject({ message: "enough" });
});

it("a provider is asked for several chunks at once, and no more than its share, in the order of the text", async () => {
  const texts = Array.from({ length: 3 }, (_, i) => `Job number ${i}. ${textOf(20, "SLOW")}`);
  const spoken = await Promise.all(texts.map((text) => speak(FAKE_CLOUD_VOICE, text)));
  for (const [i, samples] of spoken.entries()) expect(sameSamples(samples, expectedSamples(texts[i]!))).toBe(true);
  expect(engines.get("mostRunning")).toBe(REQUESTS_PER_PROVIDER);
});

it("a job that is stopped stops all its requests, and makes room for others", async () => {
  const ending = new AbortController();
  const stopped = speak(FAKE_CLOUD_VOICE, textOf(8, "HANG"), ending.signal);
  await until(() => engines.get("running") === REQUESTS_PER_PROVIDER);
  ending.abort(new Error("enough"));
  await expect(stopped).rejects.toThrow("enough");
  await until(() => engines.get("aborts") === REQUESTS_PER_PROVIDER);
  const text = textOf(5);
  expect(sameSamples(await speak(FAKE_CLOUD_VOICE, text), expectedSamples(text))).toBe(true);
});

it("chunks of a provider's voice are tried again, wherever they stand", async () => {
  engines.set("trapsLeft", 1);
  const first = "TRAP here. And then the rest of it.";
  expect(sameSamples(await speak(FAKE_CLOUD_VOICE, first), expectedSamples(first))).toBe(true);
  engines.set("exitsLeft", 1);
  const text = textOf(12, "EXIT");
  expect(sameSamples(await speak(FAKE_CLOUD_VOICE, text), expectedSamples(text))).toBe(true);
});

it("the thread that waits for providers ends when there is nothing to wait for", async () => {
  await speak(FAKE_CLOUD_VOICE, textOf(5));
  expect(engines.get("made")).toBe(1);
  // Longer than the idle time, and nothing but a new thread makes a new speaker.
  await sleep(500);
  await speak(FAKE_CLOUD_VOICE, textOf(5));
  expect(engines.get("made")).toBe(2);
});
