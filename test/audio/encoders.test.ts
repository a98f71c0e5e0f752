import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { AudioSettings } from "../../src/speech/encoders/encoder.ts";
import { extensionOf, mp3Bitrates, SAMPLE_RATES_HERTZ } from "../../src/speech/formats.ts";
import { encodeAll } from "../support/encode.ts";
import { temporaryFolder } from "../support/folders.ts";
import { fitTone, lagOf, noise, steady } from "../support/tones.ts";

const run = promisify(execFile);
const folder = temporaryFolder();
const OPUS_RATES = [8_000, 12_000, 16_000, 24_000, 48_000];

async function save(settings: AudioSettings, samples: Int16Array): Promise<string> {
  const { format, sampleRateHertz, bitrateKbps, streaming } = settings;
  const name = [format, sampleRateHertz, bitrateKbps ?? 0, samples.length, streaming].join("-");
  const file = path.join(folder, `${name}.${extensionOf(format)}`);
  writeFileSync(file, await encodeAll(settings, samples));
  return file;
}

/** What ffprobe says of the one stream in a file; it must have nothing to warn of. */
async function probe(file: string) {
  const { stdout, stderr } = await run("ffprobe", ["-v", "warning", "-show_streams", "-of", "json", file]);
  expect(stderr).toBe("");
  const { streams } = JSON.parse(stdout);
  expect(streams).toHaveLength(1);
  return streams[0];
}

/** The samples that ffmpeg decodes, after cutting what the file says is to be cut. */
async function decoded(file: string): Promise<Float32Array> {
  const args = ["-v", "error", "-i", file, "-f", "f32le", "-"];
  const { stdout, stderr } = await run("ffmpeg", args, { encoding: "buffer", maxBuffer: 1e9 });
  expect(stderr.toString()).toBe("");
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
}

async function expectNoFaultByOpusinfo(file: string): Promise<string> {
  const { stdout, stderr } = await run("opusinfo", [file]);
  expect(stdout + stderr).not.toMatch(/warning|error|negative|invalid|corrupt|missing|hole/i);
  return stdout;
}

const make = (format: AudioSettings["format"], sampleRateHertz: number, bitrateKbps?: number): AudioSettings => ({
  format,
  sampleRateHertz,
  bitrateKbps,
  streaming: false,
});

describe("ffprobe and ffmpeg agree with what was encoded", () => {
  it.each([...SAMPLE_RATES_HERTZ, 8_001, 47_999])("for wav at %i Hz", async (rate) => {
    const original = noise(rate + 77);
    const file = await save(make("wav", rate), original);
    const stream = await probe(file);
    expect(stream).toMatchObject({ codec_name: "pcm_s16le", sample_rate: String(rate), channels: 1 });
    expect(Number(stream.duration)).toBeCloseTo(original.length / rate, 5);
    expect(Int16Array.from(await decoded(file), (sample) => sample * 32_768)).toEqual(original);
  });

  // lame-tag.test.ts looks at the frames of every bitrate.
  it.each(SAMPLE_RATES_HERTZ)("for mp3 at %i Hz and a third of its bitrates, to the sample", async (rate) => {
    const original = noise(rate + 77);
    for (const bitrate of mp3Bitrates(rate).filter((_, i, all) => i % 3 === 0 || i === all.length - 1)) {
      const file = await save(make("mp3", rate, bitrate), original);
      expect(await probe(file)).toMatchObject({
        codec_name: "mp3",
        sample_rate: String(rate),
        channels: 1,
        bit_rate: String(bitrate * 1000),
      });
      const samples = await decoded(file);
      expect(samples).toHaveLength(original.length);
      if (bitrate === mp3Bitrates(rate)[3]) expect(lagOf(original.subarray(0, 9_000), samples, 1_200)).toBe(0);
    }
  });

  it.each(OPUS_RATES)("for ogg_opus at %i Hz, and opusinfo finds no fault", async (rate) => {
    for (const bitrate of [6, 16, 64, 260, 510]) {
      const length = rate + 77;
      const file = await save(make("ogg_opus", rate, bitrate), steady(rate, length));
      const stream = await probe(file);
      expect(stream).toMatchObject({ codec_name: "opus", sample_rate: "48000", channels: 1 });
      const samples = await decoded(file);
      expect(samples).toHaveLength((length * 48_000) / rate);
      if (bitrate >= 64) expect(Math.abs(fitTone(samples, 48_000).delaySeconds)).toBeLessThan(25e-6);
      const info = await expectNoFaultByOpusinfo(file);
      expect(info).toContain(`Original sample rate: ${rate} Hz`);
      expect(info).toContain(`Playback length: 0m:01.${String(Math.floor(77_000 / rate)).padStart(3, "0")}s`);
    }
  });
});

describe("next to nothing", () => {
  it.each([make("wav", 16_000), ...OPUS_RATES.map((rate) => make("ogg_opus", rate, 64))])(
    "is a file of %o with as many samples as were given",
    async (settings) => {
      for (const length of [0, 1, 5]) {
        const file = await save(settings, noise(length));
        const scale = settings.format === "ogg_opus" ? 48_000 / settings.sampleRateHertz : 1;
        expect(await decoded(file)).toHaveLength(length * scale);
        if (settings.format === "ogg_opus") await expectNoFaultByOpusinfo(file);
      }
    },
  );

  it.each(SAMPLE_RATES_HERTZ)("is an mp3 that opens at %i Hz", async (rate) => {
    for (const length of [0, 1, 600]) {
      // ffmpeg cuts at most one frame (576 samples here) of an end that is longer.
      const spare = length < 48 && rate < 32_000 ? 529 : 0;
      const samples = await decoded(await save(make("mp3", rate, 64), noise(length)));
      expect(samples).toHaveLength(length + spare);
    }
  });
});

describe("a stream, saved as it came", () => {
  const stream = (settings: AudioSettings) => ({ ...settings, streaming: true });

  it("of wav plays to its last sample", async () => {
    const file = await save(stream(make("wav", 24_000)), noise(24_077));
    expect(await decoded(file)).toHaveLength(24_077);
  });

  it("of mp3 is cut to the sample at the start; where it ends is not known", async () => {
    const original = noise(32_000);
    const samples = await decoded(await save(stream(make("mp3", 16_000, 64)), original));
    expect(samples.length).toBeGreaterThanOrEqual(32_000);
    expect(samples.length).toBeLessThan(32_000 + 2 * 576);
    expect(lagOf(original, samples, 1_200)).toBe(0);
  });

  it("of ogg_opus has nothing that opusinfo finds wrong", async () => {
    const file = await save(stream(make("ogg_opus", 24_000, 64)), noise(24_077));
    expect(await decoded(file)).toHaveLength(48_154);
    await expectNoFaultByOpusinfo(file);
  });
});
