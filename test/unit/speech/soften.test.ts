import { describe, expect, it } from "vitest";
import { SilenceJoiner } from "../../../src/speech/silence.ts";
import { softenEnds } from "../../../src/speech/soften.ts";

const RATE = 24_000;
const loud = (length: number) => new Int16Array(length).fill(20_000);

describe("the ends of an utterance", () => {
  it("swell and fade where they are abrupt, within 3 ms", () => {
    const samples = loud(2_400);
    softenEnds(samples, RATE);
    expect(samples[0]).toBe(0);
    expect(samples.at(-1)).toBe(0);
    const steps = samples.map((sample, i) => Math.abs(sample - (samples[i - 1] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(300);
    expect(samples.filter((sample) => sample === 20_000)).toHaveLength(2_400 - 2 * 72);
  });

  it("do so also where a wave crosses zero just there", () => {
    const wave = Int16Array.from({ length: 2_400 }, (_, i) => 20_000 * Math.sin((2 * Math.PI * i * 1_000) / RATE));
    const before = wave.slice();
    softenEnds(wave, RATE);
    expect(Math.abs(wave[6]!)).toBeLessThan(Math.abs(before[6]!) / 10);
  });

  it("stay as they are where they are silent, and where there is nothing", () => {
    const samples = Int16Array.from([...Array<number>(24).fill(60), ...loud(100), ...Array<number>(24).fill(-60)]);
    const before = samples.slice();
    softenEnds(samples, RATE);
    expect(samples).toEqual(before);
    for (const length of [0, 1, 2, 3]) softenEnds(loud(length), RATE);
  });
});

describe("a pause with noise in it", () => {
  const noisy = (length: number) => Array.from({ length }, (_, i) => (i % 2 ? 190 : -190));
  const part = () => Int16Array.from([...noisy(4_800), ...loud(2_400), ...noisy(4_800)]);
  const around = { sampleRateHertz: RATE, speed: 1 } as const;

  it("is soft where it was cut, and as it was beside the voice", () => {
    const joiner = new SilenceJoiner();
    const [first] = joiner.add({ samples: part(), ...around, boundary: "space" });
    const [before, after] = joiner
      .add({ samples: part(), ...around, boundary: "paragraph" })
      .map(({ samples }) => samples);
    const [last] = joiner.finish();
    expect([first!.samples[0], first!.samples.at(-1)]).toEqual([expect.closeTo(0), 190]);
    expect([before![0], before!.at(-1)]).toEqual([-190, expect.closeTo(0)]);
    expect([after![0], after!.at(-1)]).toEqual([expect.closeTo(0), 190]);
    expect([last!.samples[0], last!.samples.at(-1)]).toEqual([-190, expect.closeTo(0)]);
    expect(before!.length + after!.length).toBe(1_200);
  });
});
