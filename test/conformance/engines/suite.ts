import { afterAll, describe, expect, it } from "vitest";
import type { EngineContext, EngineEntry, EngineVoice, PcmChunk, Speaker } from "../../../src/engines/engine.ts";

/** One engine, set up so that it can speak: for real, or with a model or provider that the test made. */
export interface EngineCase {
  entry: EngineEntry;
  context: EngineContext;
  /** Which of its voices are tried; default all. */
  tries?: (voice: EngineVoice) => boolean;
  /** A sentence in a voice's language; default English. */
  sentence?: (voice: EngineVoice) => string;
  /** Whether it speaks words: then lengths, speeds and loudness are those of speech. Not for made-up models. */
  speech: boolean;
  /** How far its pace may be from the asked one, as a part of it; default 0.05. */
  speedTolerance?: number;
}

const SENTENCE = "The birch canoe slid on the smooth planks.";
const live = new AbortController().signal;

const seconds = (chunks: PcmChunk[]) => chunks.reduce((sum, c) => sum + c.samples.length / c.sampleRateHertz, 0);
const peak = (chunks: PcmChunk[]) =>
  Math.max(0, ...chunks.map((c) => c.samples.reduce((m, s) => Math.max(m, Math.abs(s)), 0)));

/** What every engine must do, for each of its voices. Call it at the top of a test file. */
export async function describeEngine({ entry, context, speech, ...options }: EngineCase): Promise<void> {
  const { tries = () => true, sentence = () => SENTENCE, speedTolerance = 0.05 } = options;
  const engine = entry.create(context);
  const voices = (await engine.voices()).filter((voice) => voice.available && tries(voice));
  const speaker = entry.createSpeaker(await engine.workerData?.());
  afterAll(async () => {
    await speaker.close();
    await engine.close();
  });

  async function speak(voiceId: string, text: string, speed = 1, signal = live, by: Speaker = speaker) {
    const chunks: PcmChunk[] = [];
    const request = { voiceId, text, speed, span: { start: 100, end: 100 + text.length } };
    for await (const chunk of by.synthesize(request, signal)) chunks.push(chunk);
    return chunks;
  }

  describe.each(voices.map((voice) => [voice.voiceId, voice] as const))("the voice %s", (voiceId, voice) => {
    const capabilities = engine.capabilities(voiceId);

    it("is described in full", () => {
      expect(voiceId).toBe(`${voice.provider}:${voice.language}-${voice.family}-${voice.name}`);
      expect(voice.family).not.toContain("-");
      expect(new Intl.Locale(voice.language).toString()).toBe(voice.language);
      expect(voice.available || voice.whyUnavailable).toBeTruthy();
      expect(voice.charsPerSecond).toBeGreaterThan(1);
      expect(capabilities.maxStreamBytes).toBeLessThanOrEqual(capabilities.maxTextBytes);
    });

    it("can do what its tier says", () => {
      const tier = engine
        .tiers()
        .find(({ modelType, families }) => modelType === voice.modelType && families.includes(voice.family))!;
      // What the table leaves to the family or the model holds, whatever it is.
      const open = (said: unknown) => typeof said === "string";
      const { maxTextBytes, maxStreamBytes, maxPromptBytes } = capabilities;
      if (!open(tier.textBytes)) expect(maxTextBytes).toBe(tier.textBytes);
      if (!open(tier.streamBytes)) expect(maxStreamBytes).toBe(tier.streamBytes);
      expect(maxPromptBytes).toBe(capabilities.prompt ? tier.promptBytes : undefined);
      for (const field of ["ssml", "markup", "speed", "multiSpeaker", "bitrate"] as const) {
        if (!open(tier[field])) expect(capabilities[field], field).toEqual(tier[field]);
      }
      if (!tier.prompt) expect(capabilities.prompt).toBe(false);
      if (!tier.model) expect(voice.availableModels).toEqual([]);
    });

    it("gives mono samples at its rate for the span it was asked for", async () => {
      const said = sentence(voice);
      const chunks = await speak(voiceId, said);
      expect(chunks.length).toBeGreaterThan(0);
      for (const chunk of chunks) {
        expect(chunk.samples).toBeInstanceOf(Int16Array);
        expect(chunk.samples.byteOffset % 2).toBe(0);
        expect(chunk.sampleRateHertz).toBe(capabilities.nativeSampleRateHertz);
        expect(chunk.span.start).toBeGreaterThanOrEqual(100);
        expect(chunk.span.end).toBeLessThanOrEqual(100 + said.length);
      }
      expect(peak(chunks)).toBeGreaterThan(speech ? 3_000 : 0);
      if (!speech) return;
      expect(seconds(chunks) / (said.length / voice.charsPerSecond)).toBeGreaterThan(0.7);
      expect(seconds(chunks) / (said.length / voice.charsPerSecond)).toBeLessThan(1.4);
    });

    it("gives buffers that can be given away", async () => {
      const [chunk] = await speak(voiceId, sentence(voice));
      const before = Array.from(chunk!.samples);
      const moved = structuredClone(chunk!.samples, { transfer: [chunk!.samples.buffer as ArrayBuffer] });
      expect(Array.from(moved)).toEqual(before);
      expect(Array.from((await speak(voiceId, sentence(voice)))[0]!.samples)).toEqual(before);
    });

    it("takes 1/speed of its time at any speed", async () => {
      const { speed } = capabilities;
      if (!speed || !speech) return;
      const text = `${sentence(voice)} ${sentence(voice)} ${sentence(voice)}`;
      const own = seconds(await speak(voiceId, text));
      const factors = [0.5, 1.5, 2, 3].filter((factor) => factor > speed.min && factor < speed.max);
      for (const factor of [speed.min, ...factors, speed.max]) {
        const ratio = own / seconds(await speak(voiceId, text, factor)) / factor;
        expect(Math.abs(ratio - 1), `speed ${factor}`).toBeLessThan(speedTolerance);
      }
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
        const chunks = await speak(voiceId, text);
        if (speech) expect(peak(chunks) > 500, JSON.stringify(text)).toBe(engine.inspect(text, voiceId).speakable);
      }
    });

    it("says the same in another thread: a speaker made from the worker data alone", async () => {
      const [here] = await speak(voiceId, sentence(voice));
      const other = entry.createSpeaker(structuredClone(await engine.workerData?.()));
      const [there] = await speak(voiceId, sentence(voice), 1, live, other);
      await other.close();
      expect(Array.from(there!.samples)).toEqual(Array.from(here!.samples));
    });

    it("does not start when the signal is aborted", async () => {
      const reason = new Error("no more");
      await expect(speak(voiceId, sentence(voice), 1, AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });

  describe(`the engine ${entry.id}`, () => {
    it("has its entry's id, a status and tiers that its voices are in", async () => {
      expect(engine.id).toBe(entry.id);
      expect(await engine.status()).toEqual({ available: true });
      const all = await engine.voices();
      expect(new Set(all.map(({ voiceId }) => voiceId)).size).toBe(all.length);
      for (const { voiceId, modelType, family } of all) {
        expect(voiceId.startsWith(`${engine.id}:`)).toBe(true);
        expect(engine.tiers().some((tier) => tier.modelType === modelType && tier.families.includes(family))).toBe(
          true,
        );
      }
    });

    it("refuses voices that it does not have", async () => {
      const refusal = expect.objectContaining({ code: "VOICE_NOT_FOUND" });
      expect(() => engine.capabilities(`${engine.id}:en-US-No-One`)).toThrow(refusal);
      expect(() => engine.inspect("Hello.", `${engine.id}:en-US-No-One`)).toThrow(refusal);
      await expect(speak(`${engine.id}:en-US-No-One`, "Hello.")).rejects.toEqual(refusal);
    });

    it("speaks again after it was closed", async () => {
      await speaker.close();
      await engine.close();
      expect(seconds(await speak(voices[0]!.voiceId, sentence(voices[0]!)))).toBeGreaterThan(0.2);
    });
  });
}
