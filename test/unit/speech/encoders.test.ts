import { describe, expect, it } from "vitest";
import type { AudioSettings, OutputFormat } from "../../../src/speech/encoders/encoder.ts";
import { createEncoder } from "../../../src/speech/encoders/index.ts";
import { contentTypeOf, mp3Bitrates, SAMPLE_RATES_HERTZ } from "../../../src/speech/formats.ts";
import { decode } from "../../support/audio.ts";
import { encodeAll } from "../../support/encode.ts";
import { oggPages, withoutSerials } from "../../support/ogg.ts";
import { fitTone, lagOf, noise, steady, tone } from "../../support/tones.ts";

const OPUS_RATES = [8_000, 12_000, 16_000, 24_000, 48_000];
const settings = (format: OutputFormat, sampleRateHertz: number, bitrateKbps?: number): AudioSettings => ({
  format,
  sampleRateHertz,
  bitrateKbps,
  streaming: false,
});
const ONE_OF_EACH = [settings("wav", 16_000), settings("mp3", 24_000, 64), settings("ogg_opus", 24_000, 32)];

/** How many samples the decoder must give: Opus decodes to 48 kHz, the others to their own rate. */
const decodedLength = (wanted: AudioSettings, samples: number) =>
  wanted.format === "ogg_opus" ? (samples * 48_000) / wanted.sampleRateHertz : samples;

async function roundTrip(wanted: AudioSettings, samples: Int16Array) {
  const decoded = await decode(await encodeAll(wanted, samples), contentTypeOf(wanted.format));
  expect(decoded.sampleRateHertz).toBe(wanted.format === "ogg_opus" ? 48_000 : wanted.sampleRateHertz);
  return decoded;
}

describe("a wav", () => {
  it.each([...SAMPLE_RATES_HERTZ, 12_345])("of %i Hz holds the very samples", async (rate) => {
    const original = noise(rate + 123);
    const { samples } = await roundTrip(settings("wav", rate), original);
    expect(Int16Array.from(samples, (sample) => sample * 32_768)).toEqual(original);
  });

  it("that is no stream ends with an error at 4 GiB, and says what would do", async () => {
    const encoder = await createEncoder(settings("wav", 48_000));
    // Says that it has 2 GiB, and holds nothing.
    const half = Object.defineProperty(new Int16Array(), "length", { value: 2 ** 30 });
    encoder.encode(half);
    expect(() => encoder.encode(half)).toThrow(
      expect.objectContaining({ code: "GENERATION_FAILED", hint: expect.stringContaining("ogg_opus") }),
    );
  });
});

describe("an mp3", () => {
  const cases = SAMPLE_RATES_HERTZ.flatMap((rate) => {
    const bitrates = mp3Bitrates(rate);
    return [bitrates[0]!, bitrates[3]!, bitrates.at(-1)!].map((bitrate) => [rate, bitrate] as const);
  });

  it.each(cases)("of %i Hz and %i kbit/s decodes to every sample, in its place", async (rate, bitrate) => {
    const original = noise(12_345);
    const { samples } = await roundTrip(settings("mp3", rate, bitrate), original);
    expect(samples).toHaveLength(original.length);
    // More than LAME's delay and the decoder's together (1,105 samples)
    expect(lagOf(original, samples, 1_200)).toBe(0);
  });

  it.each(SAMPLE_RATES_HERTZ)("of %i Hz keeps a tone: its pitch, its level, and full scale unclipped", async (rate) => {
    for (const amplitude of [8_000, 32_000]) {
      const { samples } = await roundTrip(settings("mp3", rate, 64), steady(rate, rate, 1_000, amplitude));
      const fitted = fitTone(samples, rate);
      // LAME scales by 0.95 (-0.45 dB) where its preset for the bitrate says so.
      expect(Math.abs(20 * Math.log10((fitted.amplitude * 32_768) / amplitude))).toBeLessThan(0.6);
      expect(fitted.snrDb).toBeGreaterThan(60);
    }
  });
});

describe("an Ogg Opus file", () => {
  const cases = OPUS_RATES.flatMap((rate) => [6, 24, 64, 510].map((bitrate) => [rate, bitrate] as const));

  it.each(cases)("from %i Hz at %i kbit/s decodes to every sample", async (rate, bitrate) => {
    const wanted = settings("ogg_opus", rate, bitrate);
    for (const length of [12_345, rate / 10, rate / 5 + 1]) {
      const { samples } = await roundTrip(wanted, noise(length));
      expect(samples).toHaveLength(decodedLength(wanted, length));
    }
  });

  it.each(OPUS_RATES)(
    "from %i Hz keeps a tone: its pitch, its level, its place, and full scale unclipped",
    async (rate) => {
      for (const amplitude of [8_000, 32_000]) {
        const { samples } = await roundTrip(settings("ogg_opus", rate, 96), steady(rate, rate, 1_000, amplitude));
        const fitted = fitTone(samples, 48_000);
        expect(Math.abs(20 * Math.log10((fitted.amplitude * 32_768) / amplitude))).toBeLessThan(0.1);
        expect(fitted.snrDb).toBeGreaterThan(40);
        // A sample at 48 kHz is 21 µs; pre-skip is 6,500 µs.
        expect(Math.abs(fitted.delaySeconds)).toBeLessThan(25e-6);
      }
    },
  );

  it.each(OPUS_RATES)("from %i Hz reaches the bitrates that are offered", async (rate) => {
    for (const bitrate of [64, 260]) {
      const hiss = noise(2 * rate).map((sample, i) => sample + (i % 2 ? 3_000 : -3_000));
      const bits = (await encodeAll(settings("ogg_opus", rate, bitrate), hiss)).length * 8;
      expect(bits / 2 / 1_000).toBeGreaterThan(bitrate * 0.93);
      expect(bits / 2 / 1_000).toBeLessThan(bitrate * 1.07);
    }
  });
});

describe("every encoder", () => {
  it.each(ONE_OF_EACH)("gives the same %o however the samples are divided", async (wanted) => {
    const original = noise(30_000);
    const whole = withoutSerials(await encodeAll(wanted, original, original.length));
    const streamed = withoutSerials(await encodeAll({ ...wanted, streaming: true }, original, original.length));
    for (const chunk of [1, 997, 4_800, 11_521]) {
      expect(withoutSerials(await encodeAll(wanted, original, chunk)).equals(whole)).toBe(true);
      const again = withoutSerials(await encodeAll({ ...wanted, streaming: true }, original, chunk));
      expect(again.equals(streamed)).toBe(true);
    }
  });

  it.each(ONE_OF_EACH)("keeps two files of %o apart that are made at the same time", async (wanted) => {
    const [one, two] = [noise(20_000), tone(wanted.sampleRateHertz, 20_000)];
    const together = await Promise.all([wanted, wanted].map(createEncoder));
    const files: Uint8Array[][] = [[], []];
    for (let at = 0; at < 20_000; at += 1_000) {
      for (const [i, samples] of [one, two].entries()) {
        files[i]!.push(together[i]!.encode(samples.subarray(at, at + 1_000)));
      }
    }
    for (const [i, samples] of [one, two].entries()) {
      const { bytes, patches } = together[i]!.finish();
      const file = Buffer.concat([...files[i]!, bytes]);
      for (const patch of patches) file.set(patch.bytes, patch.offset);
      expect(withoutSerials(file).equals(withoutSerials(await encodeAll(wanted, samples)))).toBe(true);
    }
  });

  it.each([
    settings("wav", 16_000),
    settings("mp3", 8_000, 8),
    settings("mp3", 16_000, 64),
    settings("mp3", 48_000, 128),
  ])("makes a valid %o of nothing and of next to nothing", async (wanted) => {
    for (const length of [0, 1, 2, 100, 575, 576, 577, 1_152, 1_153]) {
      const { samples } = await roundTrip(wanted, noise(length));
      expect(samples).toHaveLength(length);
    }
  });

  it.each(OPUS_RATES)("makes a valid Ogg Opus file of nothing and of next to nothing at %i Hz", async (rate) => {
    for (const length of [0, 1, 2, 100]) {
      const file = await encodeAll(settings("ogg_opus", rate, 64), noise(length));
      // By its own count: the decoder forgets pre-skip in a file of one page, as neither ffmpeg nor opusinfo does.
      expect(oggPages(file).at(-1)!.granule - oggPages(file)[0]!.packets[0]!.readUInt16LE(10)).toBe(
        (length * 48_000) / rate,
      );
      expect((await decode(file, "audio/ogg")).seconds).toBeLessThan(0.04);
    }
  });
});

describe("a streaming encoder", () => {
  it.each(ONE_OF_EACH)("of %o takes no byte back", async (wanted) => {
    const encoder = await createEncoder({ ...wanted, streaming: true });
    encoder.encode(noise(10_000));
    expect(encoder.finish().patches).toEqual([]);
  });

  it("of wav says that the size is unknown", async () => {
    const streamed = await encodeAll({ ...settings("wav", 16_000), streaming: true }, noise(16_000));
    expect(streamed.readUInt32LE(4)).toBe(0xffff_ffff);
    expect(streamed.readUInt32LE(40)).toBe(0xffff_ffff);
    expect((await decode(streamed, "audio/wav")).samples).toHaveLength(16_000);
  });

  it("of ogg_opus gives the same bytes as one of a file", async () => {
    const wanted = settings("ogg_opus", 24_000, 64);
    const [file, streamed] = [
      await encodeAll(wanted, noise(24_000)),
      await encodeAll({ ...wanted, streaming: true }, noise(24_000)),
    ];
    expect(withoutSerials(streamed).equals(withoutSerials(file))).toBe(true);
  });

  it.each([
    [settings("wav", 24_000), 1],
    [settings("mp3", 24_000, 64), 150],
    [settings("ogg_opus", 24_000, 64), 60],
  ])("of %o gives sound after %i ms", async (wanted, milliseconds) => {
    const encoder = await createEncoder({ ...wanted, streaming: true });
    const start = encoder.encode(noise(24 * milliseconds));
    expect((await decode(start, contentTypeOf(wanted.format))).samples.some((sample) => sample !== 0)).toBe(true);
  });
});
