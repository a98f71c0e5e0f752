import { afterEach, describe, expect, it, vi } from "vitest";
import { createResampler } from "../../../src/speech/resample.ts";
import { noise, steady, tone } from "../../support/tones.ts";

async function resampled(samples: Int16Array, from: number, to: number, chunk = 3_001): Promise<Int16Array> {
  const resampler = await createResampler(from, to);
  const parts: Int16Array[] = [];
  for (let at = 0; at < samples.length; at += chunk) parts.push(resampler.process(samples.subarray(at, at + chunk)));
  parts.push(resampler.flush());
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

/** Power of `wanted` over the power of what `got` has otherwise, in dB: sensitive to level and time. */
function likeness(wanted: Int16Array, got: Int16Array): number {
  let [signal, error] = [0, 0];
  for (const [i, sample] of wanted.entries()) {
    signal += sample ** 2;
    error += (sample - got[i]!) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

const PAIRS = [
  [16_000, 8_000],
  [16_000, 11_025],
  [16_000, 22_050],
  [16_000, 24_000],
  [16_000, 44_100],
  [16_000, 48_000],
  [8_000, 48_000],
  [24_000, 16_000],
  [48_000, 44_100],
  [22_050, 12_345],
] as const;

describe.each(PAIRS)("the resampler from %i Hz to %i Hz", (from, to) => {
  it.each([0, 1, 2, 79, 80, 81, 8_192, 31_999])("makes of %i samples as many as last as long", async (length) => {
    expect(await resampled(noise(length), from, to)).toHaveLength(Math.round((length * to) / from));
  });

  it("gives the very tone that the other rate has, from the first sample to the last", async () => {
    const made = await resampled(tone(from, from, 1_000), from, to);
    // Two roundings to whole numbers alone allow 90 dB here; a shift of one 48 kHz sample leaves 18.
    expect(likeness(tone(to, to, 1_000), made)).toBeGreaterThan(80);
  });

  it("keeps full scale, with no sample wrapped around", async () => {
    const square = Int16Array.from({ length: from / 5 }, (_, i) => (i % (from / 50) < from / 100 ? 32_767 : -32_768));
    const made = await resampled(square, from, to);
    // The middle of each half wave: around its edges a filter rings.
    for (let wave = 0; wave < 10; wave++) {
      expect(made[Math.round((wave + 0.25) * (to / 50))]).toBeGreaterThan(32_000);
      expect(made[Math.round((wave + 0.75) * (to / 50))]).toBeLessThan(-32_000);
    }
  });
});

describe("the resampler", () => {
  it("lets nothing through that the lower rate has no room for", async () => {
    const made = await resampled(steady(48_000, 48_000, 6_000), 48_000, 8_000);
    const middle = made.subarray(1_000, 7_000);
    expect(Math.max(...middle.map(Math.abs))).toBeLessThanOrEqual(2);
  });

  it.each([
    [16_000, 44_100],
    [24_000, 16_000],
  ])("gives the same samples however those from %i Hz to %i Hz are divided", async (from, to) => {
    const whole = await resampled(noise(20_000), from, to, 20_000);
    for (const chunk of [1, 160, 7_777, 8_193]) {
      expect(Buffer.from((await resampled(noise(20_000), from, to, chunk)).buffer)).toEqual(Buffer.from(whole.buffer));
    }
  });

  it("moves no sound in time", async () => {
    const click = new Int16Array(16_000);
    click[8_000] = 20_000;
    const made = await resampled(click, 16_000, 48_000);
    expect(made.indexOf(Math.max(...made))).toBe(24_000);
  });

  it("passes equal rates through", async () => {
    expect(await resampled(noise(100), 16_000, 16_000)).toEqual(noise(100));
  });

  it("keeps streams apart that run at the same time", async () => {
    const [one, other] = [await createResampler(16_000, 24_000), await createResampler(16_000, 24_000)];
    const parts: Int16Array[] = [];
    for (let at = 0; at < 9_000; at += 100) {
      parts.push(one.process(noise(9_000).subarray(at, at + 100)));
      other.process(steady(16_000, 130, 3_000));
    }
    other.flush();
    parts.push(one.flush());
    expect(Int16Array.from(parts.flatMap((part) => [...part]))).toEqual(await resampled(noise(9_000), 16_000, 24_000));
  });

  it("frees its memory once: a second flush gives nothing and harms no other", async () => {
    const dropped = await createResampler(16_000, 44_100);
    dropped.process(noise(1_000));
    dropped.flush();
    const next = await createResampler(16_000, 44_100);
    const start = next.process(noise(10_000).subarray(0, 5_000));
    expect(dropped.flush()).toHaveLength(0);
    expect(() => dropped.process(noise(10))).toThrow("flushed");
    await createResampler(16_000, 44_100); // would take freed memory
    const made = [...start, ...next.process(noise(10_000).subarray(5_000)), ...next.flush()];
    expect(Int16Array.from(made)).toEqual(await resampled(noise(10_000), 16_000, 44_100));
  });

  it("gives memory back, however many there were", async () => {
    const before = process.memoryUsage().external;
    for (let i = 0; i < 4_000; i++) (await createResampler(24_000, 44_100)).flush();
    expect((process.memoryUsage().external - before) / 1e6).toBeLessThan(20);
  });
});

describe("on a processor without SIMD", () => {
  afterEach(() => {
    vi.doUnmock("@echogarden/speex-resampler-wasm/simd");
    vi.resetModules();
  });

  it("the resampler takes its plain build, which gives the same sound", async () => {
    const refused = vi.fn(() => Promise.reject(new Error("no SIMD here")));
    vi.doMock("@echogarden/speex-resampler-wasm/simd", () => ({ default: refused }));
    vi.resetModules();
    const plain = await import("../../../src/speech/resample.ts");
    const resampler = await plain.createResampler(16_000, 24_000);
    const made = [...resampler.process(tone(16_000, 16_000, 1_000)), ...resampler.flush()];
    expect(refused).toHaveBeenCalled();
    expect(likeness(tone(24_000, 24_000, 1_000), Int16Array.from(made))).toBeGreaterThan(80);
  });
});
