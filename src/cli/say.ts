import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { Client } from "../client/client.ts";
import { composeClient } from "../compose.ts";
import { readConfig } from "../config.ts";
import { formatOfFileName } from "../contract/file-extensions.ts";
import { jobFailed } from "../contract/job-failure.ts";
import type { InputOf, OutputOf } from "../contract/operation.ts";
import type { getSpeech, submitSpeech } from "../contract/tts.ts";
import { AppError, invalidField } from "../errors.ts";

type Job = OutputOf<typeof getSpeech>;
type OutputFormat = NonNullable<InputOf<typeof submitSpeech>["output_format"]>;

export interface SayOptions {
  out?: string;
  file?: string;
  voice?: string;
  language?: string;
  textFormat?: "text" | "ssml" | "markup";
  dialogue?: boolean;
  secondVoice?: string;
  speed?: number;
  format?: OutputFormat;
  sampleRate?: number;
  bitrate?: number;
}

const WAIT_SECONDS = 55;

/** `aittsm say`: speaks a text and prints the file's absolute path, then its length and voice. */
export async function say(words: string[], options: SayOptions): Promise<void> {
  const text = await readText(words, options.file);
  const out = options.out === undefined ? undefined : path.resolve(options.out);
  const output_format = options.format ?? (out ? formatOf(out) : "mp3");
  const { client, close } = composeClient(readConfig());
  const interrupted = new AbortController();
  // By either way to end it: a program that speaks for it would otherwise be left behind.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  try {
    const { answer, warnings } = await client.submit(
      {
        text,
        output_format,
        voice_id: options.voice,
        language: options.language,
        format: options.textFormat,
        ...(options.dialogue && { speaker_type: "multi" }),
        voice_speaker_2: options.secondVoice,
        speed: options.speed,
        sample_rate_hertz: options.sampleRate,
        output_bitrate_kbps: options.bitrate,
      },
      { signal: interrupted.signal },
    );
    const job = await finished(client, answer.job_id, interrupted.signal);
    const file = out ? await writeTo(client, job, out) : job.file_path;
    if (!file) {
      throw invalidField("--out", "The audio is on the server.", "name a file with --out");
    }
    const all = [...warnings, ...(answer.warnings ?? []), ...(job.warnings ?? [])];
    for (const warning of new Set(all)) process.stderr.write(`Warning: ${warning}\n`);
    process.stdout.write(`${file}\n${job.duration_seconds?.toFixed(2) ?? "?"} s, ${job.voice_id}\n`);
  } finally {
    await close();
  }
}

async function readText(words: string[], file: string | undefined): Promise<string> {
  if (file !== undefined && words.length > 0) {
    throw invalidField("--file", "There is a text and a file.", "give one of them");
  }
  if (file !== undefined) {
    return readFile(file, "utf8").catch((error) => {
      throw invalidField("--file", `${file} can't be read (${error.code}).`, "name a text file");
    });
  }
  if (words.length > 0 && words.join(" ") !== "-") return words.join(" ");
  if (words.length === 0 && process.stdin.isTTY) {
    throw invalidField("text", "There is nothing to say.", 'try: aittsm say "Hello world!" --out hello.wav');
  }
  return readAll(createReadStream("", { fd: 0 }));
}

function formatOf(file: string): OutputFormat {
  const format = formatOfFileName(file);
  if (format) return format;
  throw invalidField(
    "--out",
    `${path.basename(file)} has no extension of an audio format.`,
    "end it in .wav, .mp3 or .ogg",
  );
}

/** Waits as long as it takes, with a line of progress on a terminal. */
async function finished(client: Client, jobId: string, signal: AbortSignal): Promise<Job> {
  for (;;) {
    const onProgress = process.stderr.isTTY ? showProgress : undefined;
    const { job, problem } = await client.wait(jobId, { seconds: WAIT_SECONDS, signal, onProgress });
    if (problem) throw problem;
    if (job.status === "completed") {
      if (onProgress) process.stderr.write("\r\x1b[K");
      return job;
    }
    if (job.status === "failed") throw jobFailed(job);
  }
}

function showProgress({ progress }: Job): void {
  if (progress) process.stderr.write(`\r\x1b[K${Math.floor((100 * progress.done) / Math.max(1, progress.total))} %`);
}

/** A file under the user's own name is replaced, as by any program with --out, but only once the new one is whole. */
async function writeTo(client: Client, job: Job, out: string): Promise<string> {
  const source = await client.openAudio(job);
  const partial = `${out}.${process.pid}.part`;
  await mkdir(path.dirname(out), { recursive: true });
  try {
    const handle = await open(partial, "w");
    try {
      for await (const chunk of source.body) await handle.writeFile(chunk);
    } finally {
      await handle.close();
    }
    await rename(partial, out);
    return out;
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof AppError) throw error;
    throw new AppError("OUTPUT_PATH_REFUSED", `${out} can't be written (${(error as NodeJS.ErrnoException).code}).`, {
      hint: "name another file with --out",
      cause: error,
    });
  }
}
