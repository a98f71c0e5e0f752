import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { SynthesisRequest } from "../../../../src/engines/engine.ts";
import { modelFilesDir } from "../../../../src/engines/kokoro/layout.ts";
import { KokoroSpeaker } from "../../../../src/engines/kokoro/speaker.ts";
import { eventually } from "../../../support/eventually.ts";
import { temporaryFolder } from "../../../support/folders.ts";
import { rewritingRule } from "../../../support/fst.ts";
import {
  installKokoroModel,
  measuredTone,
  PUBLISHED_SPEAKERS,
  SAMPLES_PER_TOKEN,
  tokensIn,
  toneOf,
} from "../../../support/kokoro-model.ts";

const modelDir = temporaryFolder();
installKokoroModel(modelDir);
const live = new AbortController().signal;
const BELLA = "kokoro:en-US-Kokoro-Bella";
const SENTENCE = "The birch canoe slid on the smooth planks.";

const shared = new KokoroSpeaker({ modelDir, threads: 1 });
const others: KokoroSpeaker[] = [];
afterEach(async () => {
  await Promise.all(others.splice(0).map((speaker) => speaker.close()));
});
afterAll(() => shared.close());

function newSpeaker(folder = modelDir, idleMs?: number): KokoroSpeaker {
  const speaker = new KokoroSpeaker({ modelDir: folder, threads: 1 }, idleMs);
  others.push(speaker);
  return speaker;
}

interface Said {
  text?: string;
  voiceId?: string;
  speed?: number;
  by?: KokoroSpeaker;
  signal?: AbortSignal;
}

async function say({ text = SENTENCE, voiceId = BELLA, speed = 1, by = shared, signal = live }: Said = {}) {
  const request: SynthesisRequest = { voiceId, text, span: { start: 0, end: text.length }, speed };
  const parts: Int16Array[] = [];
  for await (const { samples } of by.synthesize(request, signal)) parts.push(samples);
  return new Int16Array(await new Blob(parts as NodeJS.ArrayBufferView<ArrayBuffer>[]).arrayBuffer());
}

const tokens = async (said: Said) => tokensIn(await say(said), said.speed);

const peak = (samples: Int16Array) => samples.reduce((most, sample) => Math.max(most, sample), 0);

const lives = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a chunk in a voice of Kokoro's", () => {
  it.each([
    ["en-US-Kokoro-Bella", "af_bella"],
    ["en-GB-Kokoro-George", "bm_george"],
    ["pt-BR-Kokoro-Santa", "pm_santa"],
    ["cmn-CN-Kokoro-Yunyang", "zm_yunyang"],
  ])("is spoken by the model's speaker of that voice: %s", async (name, speaker) => {
    const samples = await say({ voiceId: `kokoro:${name}`, text: "你好 hello hello hello" });
    expect(measuredTone(samples)).toBeCloseTo(toneOf(PUBLISHED_SPEAKERS.indexOf(speaker)), -1);
  });

  it("takes 1/speed of its time, exactly, from a quarter to four times the pace", async () => {
    const own = (await say()).length;
    expect(own % SAMPLES_PER_TOKEN).toBe(0);
    for (const speed of [0.25, 0.5, 1.5, 2, 4]) {
      expect(Math.abs((await say({ speed })).length - own / speed)).toBeLessThanOrEqual(1);
    }
  });

  it("is longer the more there is to say, and takes the style for its number of tokens", async () => {
    const short = await say({ text: "hello" });
    const long = await say({ text: "hello hello hello hello" });
    expect(long.length).toBeGreaterThan(3 * short.length);
    expect(peak(long)).toBeGreaterThan(peak(short) + 300);
  });

  it("is read in the voice's language", async () => {
    const counts = new Map<string, number>();
    for (const voice of ["en-US-Kokoro-Bella", "es-ES-Kokoro-Dora", "fr-FR-Kokoro-Siwis", "it-IT-Kokoro-Sara"]) {
      counts.set(voice, await tokens({ voiceId: `kokoro:${voice}`, text: "1999" }));
    }
    expect(new Set(counts.values()).size).toBe(4);
    for (const voice of ["hi-IN-Kokoro-Psi", "ja-JP-Kokoro-Kumo", "pt-BR-Kokoro-Dora", "en-GB-Kokoro-Lily"]) {
      expect(await tokens({ voiceId: `kokoro:${voice}`, text: "1999" }), voice).toBeGreaterThan(15);
    }
  });

  it("has no sound when there is nothing to say", async () => {
    for (const text of ["", " ", "...", "—", "\u0000"])
      expect(await say({ text }), JSON.stringify(text)).toHaveLength(0);
    // Characters that the lexicon does not have
    expect(await say({ text: "龘", voiceId: "kokoro:cmn-CN-Kokoro-Xiaoni" })).toHaveLength(0);
  });
});

describe("a chunk that is long or odd", () => {
  it.each([
    ["a long sentence without a mark", "some words and more of them ", 40, BELLA],
    ["a long word", "abcde", 100, BELLA],
    ["a long word that is spelt", "x", 300, BELLA],
    ["a long number", "7", 300, BELLA],
    ["an abbreviation without end", "W.", 100, BELLA],
    ["signs in a row", "$", 100, BELLA],
    ["emoji in a row", "👍", 60, BELLA],
    ["letters of another script among others", "привет a ", 40, BELLA],
    ["kana without a mark", "かな", 200, "kokoro:ja-JP-Kokoro-Alpha"],
    ["Devanagari", "कमल ", 150, "kokoro:hi-IN-Kokoro-Beta"],
    ["Chinese", "你好世界", 100, "kokoro:cmn-CN-Kokoro-Xiaoni"],
    ["a long Spanish number", "1234567 ", 60, "kokoro:es-ES-Kokoro-Dora"],
  ])("is spoken to its end: %s", async (_, unit, times, voiceId) => {
    const text = (count: number) => `a ${unit.repeat(count)}`;
    const part = await tokens({ text: text(times / 10), voiceId });
    const whole = await tokens({ text: text(times), voiceId });
    expect(whole / part, `${whole} tokens, a tenth has ${part}`).toBeGreaterThan(7.5);
  });

  it("is spoken past a NUL and half a character", async () => {
    const clean = await tokens({ text: "hello and hello" });
    expect(await tokens({ text: "hello\u0000and\ud800hello" })).toBe(clean);
  });
});

describe("numbers in Chinese", () => {
  it("are written out by the model's rules, which leave other languages alone", async () => {
    const folder = temporaryFolder();
    const speaker = newSpeaker(folder);
    const text = "你好 9 你好";
    const voiceId = "kokoro:cmn-CN-Kokoro-Xiaoni";
    installKokoroModel(folder);
    const english = await tokens({ text: "9 apples", by: speaker });
    const without = await tokens({ text, voiceId, by: speaker });
    writeFileSync(path.join(modelFilesDir(folder), "number-zh.fst"), rewritingRule("9", "你好世界"));
    installKokoroModel(folder, { speakers: [...PUBLISHED_SPEAKERS, "one_more"] });
    expect(await tokens({ text, voiceId, by: speaker })).toBeGreaterThan(without + 4);
    expect(await tokens({ text: "9 apples", by: speaker })).toBe(english);
  });
});

describe("the process that has the model loaded", () => {
  it("is one for all chunks and voices, and ends when the speaker is closed", async () => {
    const speaker = newSpeaker();
    expect(speaker.loadedIn).toBeUndefined();
    await say({ by: speaker });
    const pid = speaker.loadedIn!;
    await say({ by: speaker, voiceId: "kokoro:fr-FR-Kokoro-Siwis" });
    expect(speaker.loadedIn).toBe(pid);
    await speaker.close();
    expect(lives(pid)).toBe(false);
  });

  it("ends when nothing was spoken for the time given, and is started again by the next chunk", async () => {
    const speaker = newSpeaker(modelDir, 300);
    await say({ by: speaker });
    const pid = speaker.loadedIn!;
    await delay(200);
    await say({ by: speaker });
    await delay(200);
    expect(speaker.loadedIn, "it was not idle for long").toBe(pid);
    await eventually("the end of the process", () => !lives(pid));
    expect(speaker.loadedIn).toBeUndefined();
    expect(await say({ by: speaker })).toEqual(await say());
    expect(speaker.loadedIn).not.toBe(pid);
  });

  it("is another one when another model was installed", async () => {
    const folder = temporaryFolder();
    const speaker = newSpeaker(folder);
    installKokoroModel(folder);
    await say({ by: speaker });
    const pid = speaker.loadedIn!;
    installKokoroModel(folder, { speakers: ["af_sky", "af_bella"] });
    expect(measuredTone(await say({ by: speaker }))).toBeCloseTo(toneOf(1), -1);
    expect(lives(pid)).toBe(false);
  });

  it("takes only its chunk with it when it crashes", async () => {
    const folder = temporaryFolder();
    installKokoroModel(folder, { work: 60 });
    const speaker = newSpeaker(folder);
    await say({ by: speaker, text: "Hello." });
    const said = say({ by: speaker, text: "some words and more of them. ".repeat(10) });
    const outcome = expect(said).rejects.toThrow(/voice process failed: ended with SIGSEGV/);
    process.kill(speaker.loadedIn!, "SIGSEGV");
    await outcome;
    expect(await tokens({ by: speaker })).toBe(await tokens({}));
  });

  it("sees nothing of the environment's secrets", async () => {
    process.env.AITTSM_TEST_SECRET = "hush";
    const speaker = newSpeaker();
    await say({ by: speaker });
    const { readFileSync } = await import("node:fs");
    if (process.platform === "linux") {
      expect(readFileSync(`/proc/${speaker.loadedIn}/environ`, "latin1")).not.toContain("hush");
    }
    delete process.env.AITTSM_TEST_SECRET;
  });

  it("that can't load the model says so, in the runtime's words, with the way out", async () => {
    const folder = temporaryFolder();
    installKokoroModel(folder);
    writeFileSync(path.join(modelFilesDir(folder), "tokens.txt"), "no number\n");
    await expect(say({ by: newSpeaker(folder) })).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      message: expect.stringContaining("Kokoro's model can't be loaded"),
      hint: expect.stringContaining("aittsm models pull kokoro"),
    });
  });
});

describe("aborting", () => {
  it("stops at once, with the signal's reason, and the next chunk is whole", async () => {
    const folder = temporaryFolder();
    installKokoroModel(folder, { work: 60 });
    const speaker = newSpeaker(folder);
    await say({ by: speaker, text: "Hello." });
    const pid = speaker.loadedIn;
    const controller = new AbortController();
    const reason = new Error("no more");
    const said = say({ by: speaker, text: "some words and more of them. ".repeat(10), signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    const began = performance.now();
    await expect(said).rejects.toBe(reason);
    expect(performance.now() - began).toBeLessThan(150);
    expect(await tokens({ by: speaker })).toBe(await tokens({}));
    expect(speaker.loadedIn).toBe(pid);
  });

  it("does not wait for the model to be loaded", async () => {
    const speaker = newSpeaker();
    const controller = new AbortController();
    const said = say({ by: speaker, signal: controller.signal });
    controller.abort(new Error("early"));
    await expect(said).rejects.toThrow("early");
  });
});
