import { afterAll, describe, expect, it } from "vitest";
import { createEngineRegistry } from "../../../src/engines/registry.ts";
import { createSpeechPipeline } from "../../../src/speech/pipeline.ts";
import { decode } from "../../support/audio.ts";
import { emptyContext } from "../../support/engines.ts";
import { FakeGoogle } from "../../support/fake-google.ts";
import { startFakeOpenAi } from "../../support/fake-openai.ts";
import { FakePolly } from "../../support/fake-polly.ts";

// 100 kB. No two sentences have the same number, and some are longer than any request takes.
const WORDS = Array.from({ length: 1_400 }, (_, i) => `part ${i}`).join(" and ");
const SENTENCES = Array.from({ length: 2_100 }, (_, i) => `Sentence ${i} says that it is one of very many.`);
const TEXT = [...SENTENCES.slice(0, 500), `It has ${WORDS}.`, ...SENTENCES.slice(500)].join(" ").slice(0, 100_000);

// Their hums begin and end in the middle of a wave, so that a joint without care is a click.
const google = await FakeGoogle.start();
const polly = await FakePolly.start();
const openai = await startFakeOpenAi({ samplesPerCharacter: 24.1 });
google.charsPerSecond = 997;
polly.charsPerSecond = 997;

const variables = { ...google.variables, ...polly.variables, OPENAI_BASE_URL: openai.baseUrl };
const pipeline = createSpeechPipeline({ threads: 2, engines: createEngineRegistry(emptyContext({ variables })) });
afterAll(() => pipeline.close());

const words = (texts: readonly string[]) => texts.flatMap((text) => text.match(/[\p{L}\p{N}]+/gu) ?? []).sort();

/** The steepest step of a sine, with full scale at 1. */
const steepest = (amplitude: number, hertz: number, rate: number) =>
  (amplitude / 32_768) * 2 * Math.sin((Math.PI * hertz) / rate);

describe("100 kB of text", () => {
  it.each([
    {
      voiceId: "google:en-US-Wavenet-A",
      rate: 24_000,
      // At most 700 Hz.
      step: steepest(8_000, 700, 24_000),
      said: () => google.bodies.map(({ input }) => input.text as string),
    },
    {
      voiceId: "polly:en-US-Neural-Joanna",
      rate: 16_000,
      step: steepest(16_000, 1_000, 16_000),
      said: () => polly.spoken.map(({ Text }) => Text!),
    },
    {
      voiceId: "openai:en-US-Openai-Alloy",
      rate: 24_000,
      step: 0.3 * 2 * Math.sin(1 / 20),
      said: () => openai.calls.flatMap(({ body }) => (body ? [body.input as string] : [])),
    },
  ])("is spoken by $voiceId whole, and its parts are joined without clicks", async ({ voiceId, rate, step, said }) => {
    const pieces: Uint8Array[] = [];
    const settings = { format: "wav", sampleRateHertz: rate, streaming: false } as const;
    const outcome = await pipeline.run(
      { text: TEXT, voiceId, speed: 1, settings },
      (bytes) => void pieces.push(bytes),
      { signal: new AbortController().signal },
    );
    const bytes = Buffer.concat(pieces);
    for (const patch of outcome.patches) bytes.set(patch.bytes, patch.offset);
    const { samples } = await decode(bytes, "audio/wav");
    expect(said().length).toBeGreaterThan(30);
    expect(words(said())).toEqual(words([TEXT]));
    let highest = 0;
    for (let i = 1; i < samples.length; i++) highest = Math.max(highest, Math.abs(samples[i]! - samples[i - 1]!));
    expect(highest).toBeLessThan(step * 1.02);
    expect(Math.abs(samples[0]!)).toBeLessThan(0.02);
    expect(Math.abs(samples.at(-1)!)).toBeLessThan(0.02);
  });
});
