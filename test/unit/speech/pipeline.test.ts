import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AudioSettings } from "../../../src/speech/encoders/encoder.ts";
import { contentTypeOf } from "../../../src/speech/formats.ts";
import {
  type ByteSink,
  createSpeechPipeline,
  type SpeechPipeline,
  type SpeechPipelineOptions,
  type SpeechProgress,
} from "../../../src/speech/pipeline.ts";
import { planText } from "../../../src/speech/plan/plan.ts";
import { decode } from "../../support/audio.ts";
import { expectedSamples, FAKE_VOICE, FakeEngines } from "../../support/fake-engine.ts";

const WAV: AudioSettings = { format: "wav", sampleRateHertz: 16_000, streaming: true };
const WAV_HEADER_BYTES = 44;

let engines: FakeEngines;
const open: SpeechPipeline[] = [];

beforeEach(() => {
  engines = new FakeEngines();
});
afterEach(async () => {
  for (const pipeline of open.splice(0)) await pipeline.close();
});

function start(options: SpeechPipelineOptions = {}): SpeechPipeline {
  const { registry, enginesModule } = engines;
  const pipeline = createSpeechPipeline({ threads: 2, engines: registry, enginesModule, ...options });
  open.push(pipeline);
  return pipeline;
}

/** `count` chunks of the size of most. */
function textOf(count: number, word = "word"): string {
  const sentence = `${word} ${"and another one ".repeat(17)}ends.`;
  return Array.from({ length: count }, () => sentence).join(" ");
}

async function speak(
  pipeline: SpeechPipeline,
  text: string,
  {
    sink,
    signal,
    onProgress,
  }: { sink?: ByteSink; signal?: AbortSignal; onProgress?: (p: SpeechProgress) => void } = {},
) {
  const pieces: Uint8Array[] = [];
  const outcome = await pipeline.run(
    { text, voiceId: FAKE_VOICE, speed: 1, settings: WAV },
    async (bytes) => {
      pieces.push(bytes);
      await sink?.(bytes);
    },
    { signal: signal ?? new AbortController().signal, onProgress },
  );
  const bytes = Buffer.concat(pieces);
  const samples = new Int16Array(
    bytes.buffer.slice(bytes.byteOffset + WAV_HEADER_BYTES, bytes.byteOffset + bytes.length),
  );
  return { outcome, samples };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

const sameSamples = (a: Int16Array, b: Int16Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

describe("the speech pipeline", () => {
  it("puts chunks that are ready out of order back in the order of the text", async () => {
    const text = textOf(30, "SLOW");
    const { samples, outcome } = await speak(start(), text);
    expect(sameSamples(samples, expectedSamples(text))).toBe(true);
    expect(outcome.durationSeconds).toBeCloseTo(samples.length / 16_000, 6);
    expect(engines.get("mostRunning")).toBe(2);
  });

  it("gives the first sentence's bytes away before it speaks the rest", async () => {
    const callsAtFirstBytes: number[] = [];
    await speak(start(), `Hello there. ${textOf(10)}`, {
      sink: () => void callsAtFirstBytes.push(engines.get("calls")),
    });
    expect(callsAtFirstBytes[0]).toBe(1);
    expect(callsAtFirstBytes.length).toBeGreaterThan(1);
    expect(engines.get("calls")).toBeGreaterThan(8);
  });

  it("speaks no further ahead than its window while the sink is busy", async () => {
    let release = () => {};
    const stalled = new Promise<void>((resolve) => {
      release = resolve;
    });
    let pieces = 0;
    const text = textOf(60);
    const done = speak(start(), text, { sink: () => (++pieces === 2 ? stalled : undefined) });
    await until(() => pieces === 2);
    await sleep(150);
    // The first chunk, at most one window that was encoded, and one that waits.
    expect(engines.get("calls")).toBeLessThanOrEqual(1 + 2 * 6);
    release();
    const { samples } = await done;
    expect(sameSamples(samples, expectedSamples(text))).toBe(true);
  });

  it("tells progress up to the whole text", async () => {
    const seen: SpeechProgress[] = [];
    const text = `${textOf(12)}  \n`;
    await speak(start(), text, { onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every((progress, i) => i === 0 || progress.doneChars > seen[i - 1]!.doneChars)).toBe(true);
    expect(seen.at(-1)).toEqual({ doneChars: text.trimEnd().length, totalChars: text.length });
  });

  it("makes an empty file of an empty text", async () => {
    const { samples, outcome } = await speak(start(), " \n ");
    expect(samples.length).toBe(0);
    expect(outcome.durationSeconds).toBe(0);
  });

  it("refuses a voice that no engine has", async () => {
    const request = { text: "Hello.", voiceId: "nobody:en-US-No-One", speed: 1, settings: WAV };
    const run = start().run(request, () => {}, { signal: new AbortController().signal });
    await expect(run).rejects.toMatchObject({ code: "VOICE_NOT_FOUND" });
  });

  it("passes on what the sink throws, and goes on with other jobs", async () => {
    const pipeline = start();
    const full = new Error("disk full");
    await expect(speak(pipeline, textOf(5), { sink: () => Promise.reject(full) })).rejects.toBe(full);
    await expect(speak(pipeline, "Fine.")).resolves.toBeDefined();
  });

  it("ends idle threads and starts new ones when needed", async () => {
    const pipeline = start({ idleTimeoutMs: 20 });
    await speak(pipeline, "One.");
    expect(engines.get("made")).toBe(1);
    await sleep(200);
    await speak(pipeline, "Two.");
    expect(engines.get("made")).toBe(2);
  });

  it("keeps threads longer in which an engine holds much, and lets it close what it holds", async () => {
    const few = engines.registryOf({ mostThreads: 1, idleMs: 600 });
    const pipeline = start({ engines: few, idleTimeoutMs: 20 });
    await speak(pipeline, "One.");
    await sleep(200);
    await speak(pipeline, "Two.");
    expect([engines.get("made"), engines.get("closed")]).toEqual([1, 0]);
    await until(() => engines.get("closed") === 1);
    await speak(pipeline, "Three.");
    expect(engines.get("made")).toBe(2);
    await pipeline.close();
    expect(engines.get("closed")).toBe(2);
  });

  it("refuses to start when it is closed", async () => {
    const pipeline = start();
    await pipeline.close();
    await expect(speak(pipeline, "Hello.")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("several jobs in the speech pipeline", () => {
  it("speaks ten at once on one thread, one chunk at a time", async () => {
    const pipeline = start({ threads: 1 });
    const texts = Array.from({ length: 10 }, (_, i) => `Job number ${i}. ${textOf(3 + i)}`);
    const results = await Promise.all(texts.map((text) => speak(pipeline, text)));
    for (const [i, { samples }] of results.entries())
      expect(sameSamples(samples, expectedSamples(texts[i]!))).toBe(true);
    expect(engines.get("mostRunning")).toBe(1);
  });

  it("speaks with an engine that holds much in no more threads than it allows", async () => {
    const pipeline = start({ threads: 4, engines: engines.registryOf({ mostThreads: 2, idleMs: 0 }) });
    const texts = Array.from({ length: 4 }, (_, i) => `Job number ${i}. ${textOf(20, "SLOW")}`);
    const results = await Promise.all(texts.map((text) => speak(pipeline, text)));
    for (const [i, { samples }] of results.entries()) {
      expect(sameSamples(samples, expectedSamples(texts[i]!))).toBe(true);
    }
    expect([engines.get("mostRunning"), engines.get("made")]).toEqual([2, 2]);
  });

  it("lets a short job pass a long one", async () => {
    const pipeline = start({ threads: 1 });
    const order: string[] = [];
    const long = speak(pipeline, textOf(60, "SLOW")).then(() => order.push("long"));
    await until(() => engines.get("calls") > 4);
    const short = speak(pipeline, textOf(3)).then(() => order.push("short"));
    await Promise.all([long, short]);
    expect(order).toEqual(["short", "long"]);
  });
});

describe("aborting in the speech pipeline", () => {
  it("rejects with the reason, and stops the engine", async () => {
    const pipeline = start();
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const run = speak(pipeline, `Begin. ${textOf(10, "HANG")}`, { signal: controller.signal });
    await until(() => engines.get("running") === 2);
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await until(() => engines.get("running") === 0);
    expect(engines.get("aborts")).toBe(2);
    await expect(speak(pipeline, textOf(4))).resolves.toBeDefined();
  });

  it("does not wait for a sink that never comes back, and gives it nothing more", async () => {
    const pipeline = start({ threads: 1 });
    const controller = new AbortController();
    let pieces = 0;
    const run = speak(pipeline, textOf(10), {
      signal: controller.signal,
      sink: () => {
        pieces++;
        return new Promise(() => {});
      },
    });
    await until(() => pieces === 1);
    controller.abort();
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    await speak(pipeline, textOf(4));
    expect(pieces).toBe(1);
  });

  it("starts nothing for a signal that is aborted already", async () => {
    await expect(speak(start(), "Hello.", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(engines.get("calls")).toBe(0);
  });
});

describe("failures in the speech pipeline", () => {
  it("tries a chunk on which the engine trapped again", async () => {
    engines.set("trapsLeft", 1);
    const text = `Begin. ${textOf(4)} ${textOf(1, "TRAP")} ${textOf(4)}`;
    const { samples } = await speak(start(), text);
    expect(sameSamples(samples, expectedSamples(text))).toBe(true);
    expect(engines.get("trapsLeft")).toBeLessThanOrEqual(0);
  });

  it.each(["TRAP", "EXIT"])("names the place where it fails for good (%s)", async (word) => {
    engines.set(word === "TRAP" ? "trapsLeft" : "exitsLeft", 1_000);
    const text = `Begin. ${textOf(3)} ${textOf(1, word)} ${textOf(3)}`;
    const place = [...planText(text)].find((chunk) => chunk.text.includes(word))!.span;
    const pipeline = start();
    await expect(speak(pipeline, text)).rejects.toMatchObject({
      code: "GENERATION_FAILED",
      message: `The voice failed 2 times on characters ${place.start} to ${place.end} of the text.`,
      details: place,
    });
    await expect(speak(pipeline, "Fine.")).resolves.toBeDefined();
  });

  it.each([1, 2])("makes the same bytes, each once, when a worker ends midway (%i threads)", async (threads) => {
    engines.set("exitsLeft", 1);
    const text = `Begin. ${textOf(6)} ${textOf(1, "EXIT")} ${textOf(6)}`;
    const { samples } = await speak(start({ threads }), text);
    expect(engines.get("exitsLeft")).toBeLessThanOrEqual(0);
    expect(sameSamples(samples, expectedSamples(text))).toBe(true);
  });

  it.each(["mp3", "ogg_opus"] as const)("makes one whole %s file when a worker ends midway", async (format) => {
    engines.set("exitsLeft", 1);
    const pieces: Uint8Array[] = [];
    const text = `Begin. ${textOf(6)} ${textOf(1, "EXIT")} ${textOf(6)}`;
    const settings = { format, sampleRateHertz: 16_000, bitrateKbps: 32, streaming: true };
    const request = { text, voiceId: FAKE_VOICE, speed: 1, settings };
    const sink = (bytes: Uint8Array) => void pieces.push(bytes);
    await start({ threads: 1 }).run(request, sink, { signal: new AbortController().signal });
    expect(engines.get("exitsLeft")).toBeLessThanOrEqual(0);
    const { seconds } = await decode(Buffer.concat(pieces), contentTypeOf(format));
    expect(seconds).toBeCloseTo(expectedSamples(text).length / 16_000, 0);
  });

  it("lets the other jobs of a worker that ended come through", async () => {
    const pipeline = start({ threads: 1 });
    engines.set("exitsLeft", 1_000);
    const good = Array.from({ length: 3 }, (_, i) => `Job ${i}. ${textOf(8)}`);
    const [bad, ...rest] = await Promise.allSettled([textOf(6, "EXIT"), ...good].map((text) => speak(pipeline, text)));
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "GENERATION_FAILED" } });
    for (const [i, result] of rest.entries()) {
      expect(result.status).toBe("fulfilled");
      if (result.status === "fulfilled") {
        expect(sameSamples(result.value.samples, expectedSamples(good[i]!))).toBe(true);
      }
    }
  });
});
