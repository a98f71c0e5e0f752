import { getSpeech } from "../../src/contract/tts.ts";
import type { TestBackend } from "./backends.ts";

export interface WavSpeech {
  jobId: string;
  voiceId: string;
  seconds: number;
  samples: Int16Array;
  warnings: string[];
}

/** Has a text spoken to wav at the flite voices' own rate, so that samples come as the engine made them. */
export async function speakWav({ client }: TestBackend, input: object): Promise<WavSpeech> {
  const { answer } = await client.submit({ output_format: "wav", sample_rate_hertz: 16_000, ...input } as never);
  const { data: job } = await client.call(getSpeech, { job_id: answer.job_id, wait_seconds: 55 });
  if (job.status !== "completed") throw new Error(`the job is ${job.status}: ${JSON.stringify(job.error)}`);
  const bytes = Buffer.from(await (await fetch(job.audio_url!)).arrayBuffer());
  const samples = new Int16Array((bytes.length - 44) >> 1).map((_, i) => bytes.readInt16LE(44 + 2 * i));
  return {
    jobId: answer.job_id,
    voiceId: job.voice_id!,
    seconds: job.duration_seconds!,
    samples,
    warnings: answer.warnings ?? [],
  };
}

/** The silences in samples at 16 kHz that are longer than 0.2 s, in seconds: those between sounds, in order. */
export function silencesIn(samples: Int16Array): number[] {
  const found: number[] = [];
  let since = -1;
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i]!) < 250) continue;
    if (since >= 0 && i - since > 3_200) found.push((i - since) / 16_000);
    since = i;
  }
  return found;
}

/** Whether `part` is spoken in `whole`: its middle stands there, sample by sample. */
export function holds(whole: Int16Array, part: Int16Array): boolean {
  const bytes = (samples: Int16Array) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const middle = part.subarray(part.length >> 2, (part.length >> 2) * 3);
  return bytes(whole).includes(bytes(middle));
}
