import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { OUTPUT_FORMATS } from "../../../src/speech/encoders/encoder.ts";
import {
  contentTypeOf,
  estimateBytes,
  extensionOf,
  maxContainerBytes,
  mp3Bitrates,
  resolveAudioSettings,
  SAMPLE_RATES_HERTZ,
} from "../../../src/speech/formats.ts";
import { encodeAll } from "../../support/encode.ts";
import { noise } from "../../support/tones.ts";

const base = { nativeSampleRateHertz: 16_000, streaming: false } as const;
const refusal = (wish: object): AppError => {
  try {
    resolveAudioSettings({ ...base, ...wish } as never);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error("it was not refused");
};

describe("audio settings", () => {
  it("default to the voice's own rate and the format's bitrate", () => {
    expect(resolveAudioSettings({ ...base, format: "wav" })).toEqual({
      format: "wav",
      sampleRateHertz: 16_000,
      streaming: false,
    });
    expect(resolveAudioSettings({ ...base, format: "mp3" })).toMatchObject({
      sampleRateHertz: 16_000,
      bitrateKbps: 128,
    });
    expect(resolveAudioSettings({ ...base, format: "ogg_opus" })).toMatchObject({ bitrateKbps: 64 });
  });

  it("fit a default bitrate to what the sample rate has", () => {
    expect(resolveAudioSettings({ ...base, format: "mp3", sampleRateHertz: 8_000 })).toMatchObject({ bitrateKbps: 64 });
  });

  it("take the next higher rate when the format lacks the voice's own", () => {
    const settings = resolveAudioSettings({ ...base, format: "ogg_opus", nativeSampleRateHertz: 22_050 });
    expect(settings.sampleRateHertz).toBe(24_000);
  });

  it.each([
    [{ format: "wav", bitrateKbps: 128 }, "output_bitrate_kbps", []],
    [{ format: "wav", sampleRateHertz: 7_999 }, "sample_rate_hertz", [8_000]],
    [{ format: "wav", sampleRateHertz: 48_001 }, "sample_rate_hertz", [48_000]],
    [{ format: "mp3", sampleRateHertz: 20_000 }, "sample_rate_hertz", [16_000, 22_050]],
    [{ format: "mp3", sampleRateHertz: 8_000, bitrateKbps: 128 }, "output_bitrate_kbps", [64]],
    [{ format: "mp3", sampleRateHertz: 24_000, bitrateKbps: 192 }, "output_bitrate_kbps", [160]],
    [{ format: "mp3", sampleRateHertz: 44_100, bitrateKbps: 24 }, "output_bitrate_kbps", [32]],
    [{ format: "mp3", sampleRateHertz: 16_000, bitrateKbps: 100 }, "output_bitrate_kbps", [96, 112]],
    [{ format: "ogg_opus", sampleRateHertz: 44_100 }, "sample_rate_hertz", [24_000, 48_000]],
    [{ format: "ogg_opus", bitrateKbps: 5 }, "output_bitrate_kbps", [6]],
    [{ format: "ogg_opus", bitrateKbps: 511 }, "output_bitrate_kbps", [510]],
  ])("refuse %o, naming %s and the nearest that work", (wish, field, nearest) => {
    expect(refusal(wish)).toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      details: { fields: [{ field }], nearest },
      hint: expect.stringContaining(nearest.length > 0 ? String(nearest[0]) : "leave"),
    });
  });

  it("are refused or can be made as they are, and what is named as nearest can be made", () => {
    const wish = fc.record({
      format: fc.constantFrom(...OUTPUT_FORMATS),
      sampleRateHertz: fc.option(
        fc.oneof(fc.constantFrom(...SAMPLE_RATES_HERTZ), fc.integer({ min: 1, max: 99_999 })),
        {
          nil: undefined,
        },
      ),
      bitrateKbps: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(wish, (given) => {
        try {
          const settings = resolveAudioSettings({ ...base, ...given });
          expect(settings.sampleRateHertz).toBe(given.sampleRateHertz ?? 16_000);
          if (given.bitrateKbps !== undefined) expect(settings.bitrateKbps).toBe(given.bitrateKbps);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          const { fields, nearest } = error.details as { fields: { field: string }[]; nearest: number[] };
          const key = fields[0]!.field === "sample_rate_hertz" ? "sampleRateHertz" : "bitrateKbps";
          for (const value of nearest) {
            const mended = { ...base, ...given, bitrateKbps: undefined, [key]: value };
            expect(resolveAudioSettings(mended)).toMatchObject({ [key]: value });
          }
        }
      }),
    );
  });
});

describe("the bitrates of mp3", () => {
  it.each([
    [8_000, 8, 64],
    [12_000, 8, 64],
    [16_000, 8, 160],
    [24_000, 8, 160],
    [32_000, 32, 320],
    [48_000, 32, 320],
  ])("are those of the MPEG version at %i Hz: %i to %i", (rate, lowest, highest) => {
    expect([mp3Bitrates(rate)[0], mp3Bitrates(rate).at(-1)]).toEqual([lowest, highest]);
  });
});

describe("names of formats", () => {
  it("are a media type and an extension each", () => {
    expect(OUTPUT_FORMATS.map((format) => [contentTypeOf(format), extensionOf(format)])).toEqual([
      ["audio/wav", "wav"],
      ["audio/mpeg", "mp3"],
      ["audio/ogg", "ogg"],
    ]);
  });
});

describe("sizes", () => {
  it.each(OUTPUT_FORMATS)("of %s are estimated within a tenth", async (format) => {
    const settings = resolveAudioSettings({ ...base, format });
    const file = await encodeAll(settings, noise(160_000));
    expect(file.length / estimateBytes(10, settings)).toBeGreaterThan(0.9);
    expect(file.length / estimateBytes(10, settings)).toBeLessThan(1.1);
  });

  it("of wav are known to the byte", async () => {
    const settings = resolveAudioSettings({ ...base, format: "wav", sampleRateHertz: 22_050 });
    expect((await encodeAll(settings, noise(22_050))).length).toBe(estimateBytes(1, settings));
  });

  it("of Opus count no bits that one channel can't use", async () => {
    const settings = resolveAudioSettings({ ...base, format: "ogg_opus", bitrateKbps: 510 });
    const file = await encodeAll(settings, noise(160_000));
    expect(file.length / estimateBytes(10, settings)).toBeGreaterThan(0.9);
  });

  it("end at 4 GiB for wav only", () => {
    const dayFits = OUTPUT_FORMATS.map((format) => {
      const settings = resolveAudioSettings({ ...base, format, sampleRateHertz: 48_000 });
      return estimateBytes(24 * 3_600, settings) <= maxContainerBytes(settings);
    });
    expect(dayFits).toEqual([false, true, true]);
    expect(maxContainerBytes(resolveAudioSettings({ ...base, format: "wav" }))).toBe(2 ** 32 - 1);
    expect(maxContainerBytes(resolveAudioSettings({ ...base, format: "mp3" }))).toBe(Number.POSITIVE_INFINITY);
  });
});
