import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngineRegistry } from "../../src/engines/registry.ts";
import { createSpeechPipeline } from "../../src/speech/pipeline.ts";
import { emptyContext } from "../support/engines.ts";
import { temporaryFolder } from "../support/folders.ts";
import { noise } from "../support/tones.ts";

// A speech recogniser must hear which of twenty sentences was said (IEEE Harvard lists 1 and 2). It is of the same
// school as flite's voices, so this is a test of "is it speech, all of it, in order", not of beauty.
const run = promisify(execFile);
const folder = temporaryFolder();
const SENTENCES_FILE = path.resolve(import.meta.dirname, "../fixtures/harvard-1-2.txt");
const SENTENCES = readFileSync(SENTENCES_FILE, "utf8").trim().split("\n");
const RATE = 16_000;
const WAV_HEADER_BYTES = 44;

/** How many of the twenty must be heard, of voices for which it is not 19. */
const BOUNDS: Readonly<Record<string, number>> = {
  "system:en-US-Espeak-EnglishAmerica": 12,
  "system:en-US-Espeak-EnglishAmericaFemale": 18,
};

const engines = createEngineRegistry(emptyContext());
const all = await engines.voices();
const voices = all.filter(({ voiceId, provider }) => provider === "flite" || voiceId in BOUNDS);
const pipeline = createSpeechPipeline({ engines });
afterAll(() => pipeline.close());

let python = "";
beforeAll(async () => {
  for (const candidate of ["python3", "/usr/bin/python3"]) {
    const works = await run(candidate, ["-c", "import pocketsphinx"]).then(
      () => true,
      () => false,
    );
    if (works) python = candidate;
  }
  if (!python) throw new Error("needs python3 with pocketsphinx and its US English model (python3-pocketsphinx)");
});

async function say(text: string, voiceId: string): Promise<Int16Array> {
  const pieces: Uint8Array[] = [];
  const settings = { format: "wav", sampleRateHertz: RATE, streaming: true } as const;
  await pipeline.run({ text, voiceId, speed: 1, settings }, (bytes) => void pieces.push(bytes), {
    signal: new AbortController().signal,
  });
  const bytes = Buffer.concat(pieces);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + WAV_HEADER_BYTES, bytes.byteOffset + bytes.length));
}

/** How many recordings were heard as the sentence of the same place. */
async function heard(recordings: Int16Array[]): Promise<number> {
  const files = recordings.map((samples, i) => {
    const file = path.join(folder, `${i}.raw`);
    writeFileSync(file, samples);
    return file;
  });
  const script = path.join(import.meta.dirname, "recognise.py");
  const { stdout } = await run(python, [script, SENTENCES_FILE, ...files]);
  const lines = stdout.split("\n").slice(0, recordings.length);
  const expected = SENTENCES.map((sentence) => (sentence.toLowerCase().match(/[a-z']+/g) ?? []).join(" "));
  return lines.filter((line, i) => line === expected[i]).length;
}

describe("a recogniser", () => {
  it.each(voices.map(({ voiceId }) => voiceId))("understands %s", async (voiceId) => {
    const recordings = await Promise.all(SENTENCES.map((sentence) => say(sentence, voiceId)));
    const score = await heard(recordings);
    console.log(`${voiceId}: ${score} of ${SENTENCES.length} sentences understood`);
    expect(score).toBeGreaterThanOrEqual(BOUNDS[voiceId] ?? 19);
  });

  it("finds every voice that is to be understood here", () => {
    expect(voices.map(({ voiceId }) => voiceId)).toEqual(expect.arrayContaining(Object.keys(BOUNDS)));
  });

  it("hears no sentences in noise", async () => {
    const lengths = await Promise.all(SENTENCES.map((sentence) => say(sentence, voices[0]!.voiceId)));
    expect(await heard(lengths.map(({ length }) => noise(length)))).toBeLessThanOrEqual(3);
  });

  it("hears no sentences in speech played backwards", async () => {
    const recordings = await Promise.all(SENTENCES.map((sentence) => say(sentence, voices[0]!.voiceId)));
    expect(await heard(recordings.map((samples) => samples.slice().reverse()))).toBeLessThanOrEqual(3);
  });

  it("hears the sentences in their order in one long recording", async () => {
    const text = SENTENCES.join(" ");
    const whole = await say(text, voices[0]!.voiceId);
    const alone = await Promise.all(SENTENCES.map((sentence) => say(sentence, voices[0]!.voiceId)));
    // Cut where the sentences begin, if nothing was lost or doubled: each is as long as alone, with its pause.
    const pause = (whole.length - alone.reduce((sum, { length }) => sum + length, 0)) / (SENTENCES.length - 1);
    let at = 0;
    const parts = alone.map(({ length }) => {
      const part = whole.slice(Math.max(0, at), at + length + Math.max(0, pause));
      at += length + pause;
      return part;
    });
    expect(await heard(parts)).toBeGreaterThanOrEqual(18);
  });
});
