import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { SpeechPipeline } from "../../src/speech/pipeline.ts";

const run = promisify(execFile);
const SCRIPT = path.resolve(import.meta.dirname, "../audio/recognise.py");
const SENTENCES_FILE = path.resolve(import.meta.dirname, "../fixtures/harvard-1-2.txt");
const RATE = 16_000;
const WAV_HEADER_BYTES = 44;

/** IEEE Harvard lists 1 and 2. */
export const SENTENCES: readonly string[] = readFileSync(SENTENCES_FILE, "utf8").trim().split("\n");

export const RECOGNISER_MISSING = "needs python3 with pocketsphinx and its US English model (python3-pocketsphinx)";

/** How many of the twenty must be heard, of voices for which it is not 19; and which of the system's voices are judged. */
const BOUNDS: Readonly<Record<string, number>> = {
  "system:en-US-Espeak-EnglishAmerica": 12,
  "system:en-US-Espeak-EnglishAmericaFemale": 18,
};
export const JUDGED_SYSTEM_VOICES = Object.keys(BOUNDS);
export const leastHeard = (voiceId: string): number => BOUNDS[voiceId] ?? 19;

/**
 * A speech recogniser that must tell which of the twenty sentences was said. It is of the same school as flite's voices,
 * so it judges "is it speech, all of it, in order", not beauty.
 */
export class Recogniser {
  readonly #python: string;

  private constructor(python: string) {
    this.#python = python;
  }

  /** Undefined where there is none on this machine. */
  static async find(): Promise<Recogniser | undefined> {
    for (const candidate of ["/usr/bin/python3", "python3"]) {
      const works = await run(candidate, ["-c", "import pocketsphinx"]).then(
        () => true,
        () => false,
      );
      if (works) return new Recogniser(candidate);
    }
    return undefined;
  }

  /** How many recordings (16 kHz) were heard as the sentence of the same place. */
  async heard(recordings: readonly Int16Array[]): Promise<number> {
    const folder = await mkdtemp(path.join(tmpdir(), "aittsm-heard-"));
    try {
      const files = recordings.map((samples, i) => {
        const file = path.join(folder, `${i}.raw`);
        writeFileSync(file, samples);
        return file;
      });
      const { stdout } = await run(this.#python, [SCRIPT, SENTENCES_FILE, ...files]);
      const lines = stdout.split("\n").slice(0, recordings.length);
      const expected = SENTENCES.map((sentence) => (sentence.toLowerCase().match(/[a-z']+/g) ?? []).join(" "));
      return lines.filter((line, i) => line === expected[i]).length;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Speaks a text for the recogniser. */
export async function say(pipeline: SpeechPipeline, text: string, voiceId: string): Promise<Int16Array> {
  const pieces: Uint8Array[] = [];
  const settings = { format: "wav", sampleRateHertz: RATE, streaming: true } as const;
  await pipeline.run({ text, voiceId, speed: 1, settings }, (bytes) => void pieces.push(bytes), {
    signal: new AbortController().signal,
  });
  const bytes = Buffer.concat(pieces);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + WAV_HEADER_BYTES, bytes.byteOffset + bytes.length));
}

/** Each of the sentences by itself. */
export const saySentences = (pipeline: SpeechPipeline, voiceId: string): Promise<Int16Array[]> =>
  Promise.all(SENTENCES.map((sentence) => say(pipeline, sentence, voiceId)));
