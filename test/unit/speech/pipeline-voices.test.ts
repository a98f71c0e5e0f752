import { afterAll, describe, expect, it } from "vitest";
import { createEngineRegistry } from "../../../src/engines/registry.ts";
import type { AudioSettings } from "../../../src/speech/encoders/encoder.ts";
import { createSpeechPipeline } from "../../../src/speech/pipeline.ts";
import { decode } from "../../support/audio.ts";

// The pipeline with the product's own engines and encoders, end to end.
const voices = (await createEngineRegistry().voices()).filter(({ available }) => available);
const pipeline = createSpeechPipeline({ threads: 2 });
afterAll(() => pipeline.close());

/** −40 dB of the peak */
const SILENCE_OF_PEAK = 0.01;
const RATE = 16_000;

async function speak(text: string, voiceId: string, settings: Partial<AudioSettings> = {}, speed = 1) {
  const pieces: Uint8Array[] = [];
  const all: AudioSettings = { format: "wav", sampleRateHertz: RATE, streaming: false, ...settings };
  const outcome = await pipeline.run({ text, voiceId, speed, settings: all }, (bytes) => void pieces.push(bytes), {
    signal: new AbortController().signal,
  });
  const bytes = Buffer.concat(pieces);
  for (const patch of outcome.patches) bytes.set(patch.bytes, patch.offset);
  return { bytes, outcome };
}

/** Silences of at least 10 ms in seconds: before, within and after the speech. */
function silences(samples: Float32Array): { before: number; within: number[]; after: number } {
  const runs: number[] = [];
  let quiet = 0;
  let sounded = false;
  let before = 0;
  const silence = samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0) * SILENCE_OF_PEAK;
  for (const sample of samples) {
    if (Math.abs(sample) <= silence) {
      quiet++;
      continue;
    }
    if (!sounded) before = quiet / RATE;
    else if (quiet >= RATE / 100) runs.push(quiet / RATE);
    sounded = true;
    quiet = 0;
  }
  return { before, within: runs, after: quiet / RATE };
}

describe.each(voices.map(({ voiceId }) => voiceId))("%s through the pipeline", (voiceId) => {
  it("is framed by little silence and pauses between sentences", async () => {
    const sentence = "A rod is used to catch pink salmon.";
    const { bytes, outcome } = await speak(`${sentence} `.repeat(3), voiceId);
    const { samples, seconds } = await decode(bytes, "audio/wav");
    const { before, within, after } = silences(samples);
    expect(before + after).toBeGreaterThan(0.05);
    expect(before + after).toBeLessThan(0.3);
    // One chunk ends after the first sentence, the others are in one: the pauses must not differ by much.
    const pauses = within.filter((pause) => pause > 0.2);
    expect(pauses).toHaveLength(2);
    expect(Math.abs(pauses[0]! - pauses[1]!)).toBeLessThan(0.15);
    expect(outcome.durationSeconds).toBeCloseTo(seconds, 6);
  });
});

describe("every format", () => {
  it.each([
    ["wav", 48_000, undefined, "audio/wav"],
    ["mp3", 24_000, 64, "audio/mpeg"],
    ["mp3", 44_100, 128, "audio/mpeg"],
    ["ogg_opus", 48_000, 32, "audio/ogg"],
  ] as const)("holds the same speech (%s at %i Hz)", async (format, sampleRateHertz, bitrateKbps, contentType) => {
    const text = "The source of the huge river is the clear spring. ".repeat(5);
    const wav = await speak(text, voices[0]!.voiceId);
    for (const streaming of [false, true]) {
      const settings = { format, sampleRateHertz, bitrateKbps, streaming };
      const { bytes, outcome } = await speak(text, voices[0]!.voiceId, settings);
      expect(outcome.patches.length > 0).toBe(!streaming && format !== "ogg_opus");
      expect(outcome.durationSeconds).toBeCloseTo(wav.outcome.durationSeconds, 3);
      expect((await decode(bytes, contentType)).seconds).toBeCloseTo(outcome.durationSeconds, 0);
    }
  });

  it("survives the end of the threads that encoded it", async () => {
    // The native build of @evan/opus ends the process here.
    const own = createSpeechPipeline({ threads: 1 });
    const settings: AudioSettings = { format: "ogg_opus", sampleRateHertz: RATE, bitrateKbps: 32, streaming: true };
    const request = { text: "Hello.", voiceId: voices[0]!.voiceId, speed: 1, settings };
    await own.run(request, () => {}, { signal: new AbortController().signal });
    await own.close();
    expect((await speak("Still here.", voices[0]!.voiceId)).bytes.length).toBeGreaterThan(10_000);
  });
});

describe("numbers and the like", () => {
  it.each([
    ["flite:en-US-Diphone-Kal", "On 5/6/2026 it was 5 km.", "On May sixth, twenty twenty-six it was five kilometers."],
    ["flite:en-GB-Clustergen-Awb", "On 5/6/2026.", "On the fifth of June, twenty twenty-six."],
  ])("are said by %s in the words of its country", async (voiceId, written, said) => {
    const { bytes } = await speak(written, voiceId);
    expect(bytes.equals((await speak(said, voiceId)).bytes)).toBe(true);
  });
});

describe("text that a voice can't speak in parts", () => {
  it("is left out without a gap", async () => {
    const voice = voices[0]!.voiceId;
    const plain = await speak("The first part ends. The second part follows.", voice);
    const mixed = await speak(`The first part ends. ${"世界。".repeat(200)} The second part follows.`, voice);
    expect(mixed.outcome.durationSeconds).toBeCloseTo(plain.outcome.durationSeconds, 1);
  });
});
