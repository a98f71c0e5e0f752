import { describe, expect, it } from "vitest";
import type { AudioSettings, OutputFormat } from "../../../src/speech/encoders/encoder.ts";
import { contentTypeOf, mp3Bitrates, SAMPLE_RATES_HERTZ } from "../../../src/speech/formats.ts";
import { decode } from "../../support/audio.ts";
import { encodeAll } from "../../support/encode.ts";
import { lagOf, tone } from "../../support/tones.ts";

const settings = (format: OutputFormat, sampleRateHertz: number, bitrateKbps?: number): AudioSettings => ({
  format,
  sampleRateHertz,
  bitrateKbps,
  streaming: false,
});

/** Every format at every rate, with its lowest, a middle and its highest bitrate. */
const CASES: AudioSettings[] = [
  ...SAMPLE_RATES_HERTZ.map((rate) => settings("wav", rate)),
  settings("wav", 12_345),
  ...SAMPLE_RATES_HERTZ.flatMap((rate) => {
    const bitrates = mp3Bitrates(rate);
    return [bitrates[0]!, bitrates[7]!, bitrates.at(-1)!].map((bitrate) => settings("mp3", rate, bitrate));
  }),
  settings("mp3", 16_000, 144),
  ...[8_000, 12_000, 16_000, 24_000, 48_000].flatMap((rate) =>
    [6, 64, 260].map((bitrate) => settings("ogg_opus", rate, bitrate)),
  ),
];

describe("encoders", () => {
  it.each(CASES)("make %o that decodes to every sample, in its place", async (wanted) => {
    const rate = wanted.sampleRateHertz;
    const original = tone(rate, rate + 123);
    const file = await encodeAll(wanted, original);
    const decoded = await decode(file, contentTypeOf(wanted.format));
    const decodedRate = wanted.format === "ogg_opus" ? 48_000 : rate;
    expect(decoded.sampleRateHertz).toBe(decodedRate);
    const exact = (original.length * decodedRate) / rate;
    // mp3 decoders differ in the last few samples of their own delay; wav and opus are exact.
    expect(Math.abs(decoded.samples.length - exact)).toBeLessThanOrEqual(wanted.format === "mp3" ? 0.001 * rate : 1);
    // Opus at low bitrates moves the sound by a few samples of its own 48 kHz.
    const slack = wanted.format === "ogg_opus" ? 5 : 1;
    if (decodedRate === rate) expect(Math.abs(lagOf(original, decoded.samples, 200))).toBeLessThanOrEqual(slack);
  });

  it.each([settings("wav", 16_000), settings("mp3", 24_000, 64), settings("ogg_opus", 24_000, 32)])(
    "give the same %o however the samples are divided",
    async (wanted) => {
      const original = tone(wanted.sampleRateHertz, 30_000);
      // An Ogg stream's serial number is random; it and the checksums that cover it are all that may differ.
      const comparable = (file: Buffer) => (wanted.format === "ogg_opus" ? withoutSerials(file) : file);
      const whole = comparable(await encodeAll(wanted, original, original.length));
      for (const chunk of [1, 997, 4_800]) {
        expect(comparable(await encodeAll(wanted, original, chunk)).equals(whole)).toBe(true);
      }
    },
  );

  it.each(["wav", "mp3", "ogg_opus"] as const)("make a valid %s of no samples and of one", async (format) => {
    const wanted = settings(format, 16_000, format === "wav" ? undefined : 64);
    for (const samples of [0, 1]) {
      const decoded = await decode(await encodeAll(wanted, tone(16_000, samples)), contentTypeOf(format));
      expect(decoded.seconds).toBeLessThan(0.1);
    }
  });

  it("keep the level of the sound", async () => {
    for (const wanted of [settings("mp3", 16_000, 128), settings("ogg_opus", 16_000, 64)]) {
      const original = tone(16_000, 48_000);
      const decoded = await decode(await encodeAll(wanted, original), contentTypeOf(wanted.format));
      const peak = decoded.samples.reduce((most, sample) => Math.max(most, sample), 0);
      expect(peak).toBeGreaterThan((0.9 * 16_000) / 32_768);
      expect(peak).toBeLessThan((1.1 * 16_000) / 32_768);
    }
  });
});

describe("a streaming encoder", () => {
  it("changes no byte afterwards, and says that a wav's size is unknown", async () => {
    const streamed = await encodeAll({ ...settings("wav", 16_000), streaming: true }, tone(16_000, 16_000));
    expect(streamed.readUInt32LE(4)).toBe(0xffff_ffff);
    expect(streamed.readUInt32LE(40)).toBe(0xffff_ffff);
    expect((await decode(streamed, "audio/wav")).samples).toHaveLength(16_000);
  });

  it("tells mp3 players the delay at the start, and nothing that it does not know", async () => {
    const streamed = await encodeAll({ ...settings("mp3", 16_000, 64), streaming: true }, tone(16_000, 32_000));
    const info = streamed.indexOf("Info");
    expect(streamed.readUInt32BE(info + 4)).toBe(0);
    expect(streamed.readUIntBE(info + 8 + 21, 3)).toBe(576 << 12);
    expect((await decode(streamed, "audio/mpeg")).seconds).toBeGreaterThan(2);
  });
});

describe("the Info tag of an mp3", () => {
  it("counts frames and bytes, and adds up delay, samples and padding", async () => {
    const file = await encodeAll(settings("mp3", 44_100, 128), tone(44_100, 100_000));
    const info = file.indexOf("Info");
    expect(info).toBe(4 + 17);
    const frames = file.readUInt32BE(info + 8);
    expect(file.readUInt32BE(info + 12)).toBe(file.length);
    const delayAndPadding = file.readUIntBE(info + 120 + 21, 3);
    expect((delayAndPadding >> 12) + 100_000 + (delayAndPadding & 0xfff)).toBe(frames * 1152);
  });
});

function withoutSerials(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  for (let at = copy.indexOf("OggS"); at >= 0; at = copy.indexOf("OggS", at + 1)) {
    copy.fill(0, at + 14, at + 18);
    copy.fill(0, at + 22, at + 26);
  }
  return copy;
}
