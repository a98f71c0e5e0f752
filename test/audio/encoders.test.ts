import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { AudioSettings } from "../../src/speech/encoders/encoder.ts";
import { mp3Bitrates, SAMPLE_RATES_HERTZ } from "../../src/speech/formats.ts";
import { encodeAll } from "../support/encode.ts";
import { temporaryFolder } from "../support/folders.ts";
import { tone } from "../support/tones.ts";

const run = promisify(execFile);
const folder = temporaryFolder();

async function save(settings: AudioSettings, samples: Int16Array, extension: string): Promise<string> {
  const { format, sampleRateHertz, bitrateKbps } = settings;
  const file = path.join(folder, `${format}-${sampleRateHertz}-${bitrateKbps ?? 0}.${extension}`);
  writeFileSync(file, await encodeAll(settings, samples));
  return file;
}

async function probe(file: string) {
  const { stdout, stderr } = await run("ffprobe", ["-v", "warning", "-show_streams", "-of", "json", file]);
  expect(stderr).toBe("");
  return JSON.parse(stdout).streams[0];
}

/** The number of samples that ffmpeg decodes, after cutting what the file says is to be cut. */
async function decodedSamples(file: string): Promise<number> {
  const args = ["-v", "error", "-i", file, "-f", "s16le", "-"];
  const { stdout, stderr } = await run("ffmpeg", args, { encoding: "buffer", maxBuffer: 1e9 });
  expect(stderr.toString()).toBe("");
  return stdout.length / 2;
}

const make = (format: AudioSettings["format"], sampleRateHertz: number, bitrateKbps?: number): AudioSettings => ({
  format,
  sampleRateHertz,
  bitrateKbps,
  streaming: false,
});

describe("ffprobe and ffmpeg agree with what was encoded", () => {
  it.each([...SAMPLE_RATES_HERTZ, 8_001, 47_999])("for wav at %i Hz", async (rate) => {
    const file = await save(make("wav", rate), tone(rate, rate + 77), "wav");
    expect(await probe(file)).toMatchObject({ codec_name: "pcm_s16le", sample_rate: String(rate), channels: 1 });
    expect(await decodedSamples(file)).toBe(rate + 77);
  });

  it.each(SAMPLE_RATES_HERTZ)("for mp3 at %i Hz and each of its bitrates, to the sample", async (rate) => {
    for (const bitrate of mp3Bitrates(rate)) {
      const file = await save(make("mp3", rate, bitrate), tone(rate, rate + 77), "mp3");
      expect(await probe(file)).toMatchObject({
        codec_name: "mp3",
        sample_rate: String(rate),
        channels: 1,
        bit_rate: String(bitrate * 1000),
      });
      expect(await decodedSamples(file)).toBe(rate + 77);
    }
  });

  it.each([8_000, 12_000, 16_000, 24_000, 48_000])(
    "for ogg_opus at %i Hz, and opusinfo finds no fault",
    async (rate) => {
      for (const bitrate of [6, 16, 64, 128, 260, 510]) {
        const file = await save(make("ogg_opus", rate, bitrate), tone(rate, rate + 77), "ogg");
        expect(await probe(file)).toMatchObject({ codec_name: "opus", channels: 1 });
        expect(await decodedSamples(file)).toBe(((rate + 77) * 48_000) / rate);
        const { stdout, stderr } = await run("opusinfo", [file]);
        expect(stdout + stderr).not.toMatch(/warning|error|negative|invalid/i);
        expect(stdout).toContain(`Original sample rate: ${rate} Hz`);
      }
    },
  );

  it("for an mp3 stream: the start is cut to the sample, the end is not known", async () => {
    const file = path.join(folder, "stream.mp3");
    writeFileSync(file, await encodeAll({ ...make("mp3", 16_000, 64), streaming: true }, tone(16_000, 32_000)));
    const samples = await decodedSamples(file);
    expect(samples).toBeGreaterThanOrEqual(32_000);
    expect(samples).toBeLessThan(32_000 + 2 * 576);
  });
});
