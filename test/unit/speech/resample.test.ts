import { describe, expect, it } from "vitest";
import { createResampler } from "../../../src/speech/resample.ts";
import { tone } from "../../support/tones.ts";

async function resampled(samples: Int16Array, from: number, to: number, chunk = 3_001): Promise<Int16Array> {
  const resampler = await createResampler(from, to);
  const parts: Int16Array[] = [];
  for (let at = 0; at < samples.length; at += chunk)
    parts.push(resampler.process(samples.subarray(at, at + chunk)).slice());
  parts.push(resampler.flush());
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

/** How far a tone stands above everything else, in dB, in the middle of the signal. */
function purity(samples: Int16Array, rate: number, hertz: number): number {
  const middle = samples.subarray(2_000, samples.length - 2_000);
  const at = (i: number) => [Math.sin, Math.cos].map((f) => f((2 * Math.PI * hertz * i) / rate));
  let [s, c, total] = [0, 0, 0];
  middle.forEach((sample, i) => {
    const [sin, cos] = at(i);
    s += sample * sin!;
    c += sample * cos!;
  });
  const [a, b] = [(2 * s) / middle.length, (2 * c) / middle.length];
  middle.forEach((sample, i) => {
    const [sin, cos] = at(i);
    total += (sample - a * sin! - b * cos!) ** 2;
  });
  return 10 * Math.log10((a * a + b * b) / 2 / (total / middle.length));
}

const steady = (rate: number, length: number, hertz: number) =>
  Int16Array.from({ length }, (_, i) => Math.round(16_000 * Math.sin((2 * Math.PI * hertz * i) / rate)));

describe("the resampler", () => {
  it.each([
    [16_000, 8_000],
    [16_000, 11_025],
    [16_000, 22_050],
    [16_000, 24_000],
    [16_000, 44_100],
    [16_000, 48_000],
    [8_000, 48_000],
    [24_000, 16_000],
    [22_050, 12_345],
  ])("takes %i Hz to %i Hz with the exact length and a clean tone", async (from, to) => {
    for (const length of [0, 1, 100, 31_999]) {
      expect(await resampled(tone(from, length), from, to)).toHaveLength(Math.round((length * to) / from));
    }
    const hertz = 1_000;
    expect(purity(await resampled(steady(from, from, hertz), from, to), to, hertz)).toBeGreaterThan(70);
  });

  it("gives the same samples however they are divided", async () => {
    const whole = await resampled(tone(16_000, 20_000), 16_000, 44_100, 20_000);
    for (const chunk of [1, 160, 7_777]) {
      expect(Buffer.from((await resampled(tone(16_000, 20_000), 16_000, 44_100, chunk)).buffer)).toEqual(
        Buffer.from(whole.buffer),
      );
    }
  });

  it("moves no sound in time", async () => {
    const click = new Int16Array(16_000);
    click[8_000] = 20_000;
    const result = await resampled(click, 16_000, 48_000);
    const peak = result.indexOf(Math.max(...result));
    expect(Math.abs(peak - 24_000)).toBeLessThanOrEqual(1);
  });

  it("passes equal rates through", async () => {
    const samples = tone(16_000, 100);
    expect(await resampled(samples, 16_000, 16_000)).toEqual(samples);
  });

  it("keeps streams apart that run at the same time", async () => {
    const alone = await resampled(tone(16_000, 9_000), 16_000, 24_000);
    const [one] = await Promise.all([
      resampled(tone(16_000, 9_000), 16_000, 24_000, 100),
      resampled(steady(16_000, 9_000, 3_000), 16_000, 24_000, 130),
    ]);
    expect(one).toEqual(alone);
  });
});
