import { describe, expect, it } from "vitest";
import type { Engine, EngineVoice, PcmChunk } from "../../src/engines/engine.ts";
import { createEngineRegistry, ENGINE_ENTRIES } from "../../src/engines/registry.ts";

// What every engine must do, run for each engine and each of its voices.
const registry = createEngineRegistry();
const catalogue: [voiceId: string, voice: EngineVoice, engine: Engine][] = [];
for (const engine of registry.engines) {
  for (const voice of await engine.voices()) catalogue.push([voice.voiceId, voice, engine]);
}

const SENTENCE = "The birch canoe slid on the smooth planks.";
const live = new AbortController().signal;

async function speak(engine: Engine, voiceId: string, text: string, speed = 1, signal = live): Promise<PcmChunk[]> {
  const chunks: PcmChunk[] = [];
  const request = { voiceId, text, speed, span: { start: 100, end: 100 + text.length } };
  for await (const chunk of engine.synthesize(request, signal)) chunks.push(chunk);
  return chunks;
}

const seconds = (chunks: PcmChunk[]) => chunks.reduce((sum, c) => sum + c.samples.length / c.sampleRateHertz, 0);
const peak = (chunks: PcmChunk[]) =>
  Math.max(0, ...chunks.map((c) => c.samples.reduce((m, s) => Math.max(m, Math.abs(s)), 0)));

describe("the registry", () => {
  it("has engines with ids of their own, that their entries name", () => {
    expect(new Set(ENGINE_ENTRIES.map(({ id }) => id)).size).toBe(ENGINE_ENTRIES.length);
    for (const entry of ENGINE_ENTRIES) expect(entry.create().id).toBe(entry.id);
  });

  it("has no two voices of one id, and a best one for English", async () => {
    expect(new Set(catalogue.map(([id]) => id)).size).toBe(catalogue.length);
    const best = catalogue.map(([, voice]) => voice).sort((a, b) => b.rank - a.rank)[0];
    expect(best?.voiceId).toBe("flite:en-US-Clustergen-Rms");
    expect(await registry.voices()).toHaveLength(catalogue.length);
  });

  it("finds engines by voice, and none for strangers", () => {
    for (const [id, , engine] of catalogue) expect(registry.engineOf(id)).toBe(engine);
    for (const id of ["", "flite", "nobody:en-US-A-B", ":x"]) {
      expect(registry.find(id)).toBeUndefined();
      expect(() => registry.engineOf(id)).toThrow(expect.objectContaining({ code: "VOICE_NOT_FOUND" }));
    }
  });
});

describe.each(catalogue)("the voice %s", (voiceId, voice, engine) => {
  const capabilities = engine.capabilities(voiceId);

  it("is described in full", () => {
    expect(voiceId).toBe(`${voice.provider}:${voice.language}-${voice.family}-${voice.name}`);
    expect(voice.family).not.toContain("-");
    expect(new Intl.Locale(voice.language).toString()).toBe(voice.language);
    expect(voice.available || voice.whyUnavailable).toBeTruthy();
    expect(voice.charsPerSecond).toBeGreaterThan(5);
    expect(capabilities.maxStreamBytes).toBeLessThanOrEqual(capabilities.maxTextBytes);
  });

  it("gives mono samples at its rate for the span it was asked for", async () => {
    const chunks = await speak(engine, voiceId, SENTENCE);
    expect(chunks.length).toBeGreaterThan(0);
    for (const chunk of chunks) {
      expect(chunk.samples).toBeInstanceOf(Int16Array);
      expect(chunk.samples.byteOffset % 2).toBe(0);
      expect(chunk.sampleRateHertz).toBe(capabilities.nativeSampleRateHertz);
      expect(chunk.span.start).toBeGreaterThanOrEqual(100);
      expect(chunk.span.end).toBeLessThanOrEqual(100 + SENTENCE.length);
    }
    expect(peak(chunks)).toBeGreaterThan(3_000);
    expect(seconds(chunks) / (SENTENCE.length / voice.charsPerSecond)).toBeGreaterThan(0.7);
    expect(seconds(chunks) / (SENTENCE.length / voice.charsPerSecond)).toBeLessThan(1.4);
  });

  it("gives buffers that can be given away", async () => {
    const [chunk] = await speak(engine, voiceId, SENTENCE);
    const before = Array.from(chunk!.samples);
    const moved = structuredClone(chunk!.samples, { transfer: [chunk!.samples.buffer as ArrayBuffer] });
    expect(Array.from(moved)).toEqual(before);
    expect(Array.from((await speak(engine, voiceId, SENTENCE))[0]!.samples)).toEqual(before);
  });

  it("takes 1/speed of its time at any speed", async () => {
    const { speed } = capabilities;
    if (!speed) return;
    const text = `${SENTENCE} Glue the sheet to the dark blue background. Rice is often served in round bowls.`;
    const own = seconds(await speak(engine, voiceId, text));
    for (const factor of [speed.min, 0.5, 1.5, 2, 3, speed.max]) {
      const ratio = own / seconds(await speak(engine, voiceId, text, factor)) / factor;
      expect(Math.abs(ratio - 1), `speed ${factor}`).toBeLessThan(0.05);
    }
  });

  it("speaks a copy in another thread's way: made from its worker data", async () => {
    const data = await engine.workerData?.();
    const copy = ENGINE_ENTRIES.find(({ id }) => id === engine.id)!.create(data);
    const [here] = await speak(engine, voiceId, "Hello there.");
    const [there] = await speak(copy, voiceId, "Hello there.");
    expect(Array.from(there!.samples)).toEqual(Array.from(here!.samples));
    await copy.close();
  });

  it("gives sound for odd text, or said beforehand that there is none", async () => {
    const odd = [
      ...["", " ", "\n\n", ".", "?!", "—", "😀", "世界", "\u0000", "\ud800", "\u200b"],
      ...[
        "-f x",
        "<b>x</b>",
        "x",
        "I",
        "a.b.c",
        "7".repeat(50),
        "x".repeat(300),
        "$".repeat(40),
        "'tis",
        "Hello?! What",
      ],
      ...["É", "1.", "...a", "(a)", '"a"', "a\n\n\nb", "\tq", "hmm", "ＯＫ", "ß"],
    ];
    for (const text of odd) {
      const chunks = await speak(engine, voiceId, text);
      expect(peak(chunks) > 500, JSON.stringify(text)).toBe(engine.inspect(text, voiceId).speakable);
    }
  });

  it("does not start when the signal is aborted", async () => {
    const reason = new Error("no more");
    await expect(speak(engine, voiceId, SENTENCE, 1, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe.each(registry.engines.map((engine) => [engine.id, engine] as const))("the engine %s", (_id, engine) => {
  it("refuses voices that it does not have", async () => {
    const refusal = expect.objectContaining({ code: "VOICE_NOT_FOUND" });
    expect(() => engine.capabilities(`${engine.id}:en-US-No-One`)).toThrow(refusal);
    expect(() => engine.inspect("Hello.", `${engine.id}:en-US-No-One`)).toThrow(refusal);
    await expect(speak(engine, `${engine.id}:en-US-No-One`, "Hello.")).rejects.toEqual(refusal);
  });

  it("speaks again after it was closed", async () => {
    const [voice] = await engine.voices();
    await engine.close();
    expect(seconds(await speak(engine, voice!.voiceId, "Hello."))).toBeGreaterThan(0.2);
  });
});
