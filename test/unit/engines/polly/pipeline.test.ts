import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createEngineRegistry } from "../../../../src/engines/registry.ts";
import { createSpeechPipeline, type SpeechPipeline } from "../../../../src/speech/pipeline.ts";
import { decode } from "../../../support/audio.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FakePolly } from "../../../support/fake-polly.ts";

// The product's own threads and encoders; only Polly is not Polly.
const polly = await FakePolly.start();
const pipelines: SpeechPipeline[] = [];
afterAll(() => Promise.all(pipelines.map((pipeline) => pipeline.close())));
beforeEach(() => polly.reset());

function pipelineFor(variables: Record<string, string>): SpeechPipeline {
  const engines = createEngineRegistry({ ...emptyContext(), variables });
  const pipeline = createSpeechPipeline({ threads: 2, engines });
  pipelines.push(pipeline);
  return pipeline;
}

const pipeline = pipelineFor(polly.variables);
const JOANNA = "polly:en-US-Neural-Joanna";

async function speak(text: string, voiceId = JOANNA, by = pipeline, signal = new AbortController().signal) {
  const pieces: Uint8Array[] = [];
  const settings = { format: "wav" as const, sampleRateHertz: 16_000, streaming: false };
  const outcome = await by.run({ text, voiceId, speed: 1, settings }, (bytes) => void pieces.push(bytes), { signal });
  const bytes = Buffer.concat(pieces);
  for (const patch of outcome.patches) bytes.set(patch.bytes, patch.offset);
  return decode(bytes, "audio/wav");
}

const words = (text: string) => text.match(/[\p{L}\p{N}]+/gu);

describe("a text far beyond one request", () => {
  it.each([
    [JOANNA, Array.from({ length: 400 }, (_, i) => `This is sentence ${i}, one of many.`).join(" ")],
    ["polly:cmn-CN-Neural-Zhiyu", Array.from({ length: 150 }, (_, i) => `这是第${i}句话，后面还有很多句话。`).join("")],
  ])("is spoken by %s whole, in requests that Polly takes", async (voiceId, text) => {
    expect(text.length).toBeGreaterThan(2_000);
    const { seconds, samples } = await speak(text, voiceId);
    const said = polly.spoken.map(({ Text }) => Text!);
    expect(said.length).toBeGreaterThan(1);
    expect(Math.max(...said.map((part) => Buffer.byteLength(part)))).toBeLessThanOrEqual(3_000);
    // Two threads ask, so the requests come in any order; nothing is asked for twice.
    expect(said.flatMap((part) => words(part)!).sort()).toEqual(words(text)!.sort());
    // The fake hums 15 characters a second.
    expect(seconds).toBeGreaterThan((text.length / 15) * 0.95);
    expect(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeLessThan(0.9);
  });
});

describe("a job of Polly's voice", () => {
  it("goes on after faults that pass", async () => {
    polly.troubles.push({ status: 503 }, { cut: "before" }, { cut: "within" });
    const { seconds } = await speak("Hello there. And good bye.");
    expect(seconds).toBeGreaterThan(1.5);
  });

  it("fails with Polly's sentence, once, when the request is wrong", async () => {
    polly.troubles.push({ status: 400, type: "ValidationException", message: "This text is not to be said." });
    await expect(speak("Hello.")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      details: { provider: "polly", provider_message: "This text is not to be said." },
    });
    expect(polly.requests).toHaveLength(1);
  });

  it("ends at once when it is stopped, and so does the request", async () => {
    polly.troubles.push({ hang: "before" });
    const stop = new AbortController();
    const reason = new Error("enough");
    const running = speak("Hello.", JOANNA, pipeline, stop.signal);
    while (polly.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect.poll(() => polly.left).toBe(1);
  });

  it("is refused without credentials, with the variables to set", async () => {
    await expect(speak("Hello.", JOANNA, pipelineFor({}))).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringContaining("AWS_ACCESS_KEY_ID"),
    });
  });
});
