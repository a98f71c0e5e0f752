import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createEngineRegistry } from "../../../../src/engines/registry.ts";
import { createSpeechPipeline, type SpeechPipeline } from "../../../../src/speech/pipeline.ts";
import { decode } from "../../../support/audio.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FakeGoogle, googleError } from "../../../support/fake-google.ts";
import { serviceAccount } from "../../../support/google-credentials.ts";

// The product's own threads and encoders; only Google is not Google.
const google = await FakeGoogle.start();
const account = serviceAccount();
google.bearer = account.isItsToken;
const pipelines: SpeechPipeline[] = [];
afterAll(() => Promise.all(pipelines.map((pipeline) => pipeline.close())));
beforeEach(() => {
  google.requests.length = 0;
  google.troubles.length = 0;
});

function pipelineFor(variables: Record<string, string>): SpeechPipeline {
  const engines = createEngineRegistry({ ...emptyContext(), variables });
  const pipeline = createSpeechPipeline({ threads: 2, engines });
  pipelines.push(pipeline);
  return pipeline;
}

const byKey = pipelineFor(google.variables);
const byAccount = pipelineFor({ GOOGLE_APPLICATION_CREDENTIALS: account.file, GOOGLE_TTS_ENDPOINT: google.endpoint });

async function speak(pipeline: SpeechPipeline, text: string, voiceId: string, signal = new AbortController().signal) {
  const pieces: Uint8Array[] = [];
  const settings = { format: "wav" as const, sampleRateHertz: 24_000, streaming: false };
  const outcome = await pipeline.run({ text, voiceId, speed: 1, settings }, (bytes) => void pieces.push(bytes), {
    signal,
  });
  const bytes = Buffer.concat(pieces);
  for (const patch of outcome.patches) bytes.set(patch.bytes, patch.offset);
  return decode(bytes, "audio/wav");
}

const words = (text: string) => text.match(/[\p{L}\p{N}]+/gu);

describe.each([
  ["an API key", byKey],
  ["a service account", byAccount],
])("a text far beyond one request, with %s", (_, pipeline) => {
  it.each([
    ["google:en-US-Wavenet-A", Array.from({ length: 400 }, (_, i) => `This is sentence ${i}, one of many.`).join(" ")],
    ["google:cmn-CN-Wavenet-A", Array.from({ length: 150 }, (_, i) => `这是第${i}句话，后面还有很多句话。`).join("")],
  ])("is spoken by %s whole, in requests that Google takes", async (voiceId, text) => {
    expect(Buffer.byteLength(text)).toBeGreaterThan(5_000);
    const { seconds, samples } = await speak(pipeline, text, voiceId);
    const said = google.bodies.map(({ input }) => input.text as string);
    expect(said.length).toBeGreaterThan(1);
    // Two threads ask, so the requests come in any order; nothing is asked for twice.
    expect(said.flatMap((part) => words(part)!).sort()).toEqual(words(text)!.sort());
    // The fake hums 15 characters a second.
    expect(seconds).toBeGreaterThan((text.length / 15) * 0.95);
    expect(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeLessThan(0.9);
  });
});

describe("a job of Google's voice", () => {
  it("goes on after faults that pass", async () => {
    google.troubles.push({ status: 503 }, { cut: true });
    const { seconds } = await speak(byKey, "Hello there. And good bye.", "google:en-US-Chirp3HD-Puck");
    expect(seconds).toBeGreaterThan(1.5);
  });

  it("fails with Google's sentence, once, when the request is wrong", async () => {
    google.troubles.push({ status: 400, body: googleError(400, "INVALID_ARGUMENT", "This text is not to be said.") });
    await expect(speak(byKey, "Hello.", "google:en-US-Chirp3HD-Puck")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      details: { provider: "google", provider_message: "This text is not to be said." },
    });
    expect(google.requests).toHaveLength(1);
  });

  it("ends at once when it is stopped, and so does the request", async () => {
    google.troubles.push({ hang: true });
    const stop = new AbortController();
    const reason = new Error("enough");
    const running = speak(byKey, "Hello.", "google:en-US-Chirp3HD-Puck", stop.signal);
    while (google.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    // The thread is free again: the next job does not wait for the lost one's time-out.
    const before = Date.now();
    await Promise.all([1, 2].map(() => speak(byKey, "Hello.", "google:en-US-Chirp3HD-Puck")));
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it("is refused without credentials, with the variable to set", async () => {
    await expect(speak(pipelineFor({}), "Hello.", "google:en-US-Wavenet-A")).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringContaining("GOOGLE_API_KEY"),
    });
  });
});
