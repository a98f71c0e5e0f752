import { describe, expect, it } from "vitest";
import type { Boundary } from "../../../src/speech/plan/plan.ts";
import { SilenceJoiner, softenEnds } from "../../../src/speech/silence.ts";

const RATE = 1_000;
const SOUND = 500;

/** Silence, sound, silence; lengths in milliseconds. Silence counts up, so that what was kept can be told. */
function chunk(leadMs: number, soundMs: number, tailMs: number): Int16Array {
  const ramp = (length: number) => Array.from({ length }, (_, i) => i % 100);
  return Int16Array.from([...ramp(leadMs), ...Array<number>(soundMs).fill(SOUND), ...ramp(tailMs)]);
}

function join(parts: [samples: Int16Array, boundary: Boundary][], speed = 1): number[] {
  const joiner = new SilenceJoiner(speed);
  const out = parts.flatMap(([samples, boundary]) => joiner.add(samples, RATE, boundary));
  return [...out, joiner.finish()].flatMap((samples) => [...samples]);
}

const pauseIn = (samples: number[]) =>
  samples.slice(samples.indexOf(SOUND), samples.lastIndexOf(SOUND)).filter((sample) => sample !== SOUND).length;

describe("joining chunks", () => {
  it("trims the silence around a job to what soft sounds need", () => {
    const samples = join([[chunk(300, 50, 400), "paragraph"]]);
    expect(samples.indexOf(SOUND)).toBe(120);
    expect(samples.length - 1 - samples.lastIndexOf(SOUND)).toBe(140);
    expect(samples.filter((sample) => sample === SOUND)).toHaveLength(50);
  });

  it("keeps the whole pause between sentences", () => {
    expect(
      pauseIn(
        join([
          [chunk(0, 10, 150), "sentence"],
          [chunk(180, 10, 0), "paragraph"],
        ]),
      ),
    ).toBe(330);
  });

  it.each([
    ["clause", 1, 220],
    ["space", 1, 50],
    ["inside", 1, 10],
    ["clause", 2, 110],
  ] as const)("shortens the pause where a sentence was cut (%s, speed %d)", (boundary, speed, expected) => {
    expect(
      pauseIn(
        join(
          [
            [chunk(0, 10, 150), boundary],
            [chunk(180, 10, 0), "paragraph"],
          ],
          speed,
        ),
      ),
    ).toBe(expected);
  });

  it("leaves short pauses as they are", () => {
    expect(
      pauseIn(
        join([
          [chunk(0, 10, 20), "clause"],
          [chunk(30, 10, 0), "paragraph"],
        ]),
      ),
    ).toBe(50);
  });

  it("takes nothing from a chunk of silence, at the end neither", () => {
    const silence = new Int16Array(5_000);
    const samples = join([
      [chunk(0, 10, 100), "sentence"],
      [silence, "sentence"],
      [chunk(50, 10, 200), "sentence"],
      [silence, "paragraph"],
    ]);
    expect(pauseIn(samples)).toBe(150);
    expect(samples.length - 1 - samples.lastIndexOf(SOUND)).toBe(140);
  });

  it("takes a floor of noise for silence", () => {
    const noisy = chunk(0, 20, 0).map((_, i) => (i < 10 ? 150 : 20_000));
    expect(join([[new Int16Array([...new Int16Array(500).fill(150), ...noisy]), "paragraph"]])).toHaveLength(120 + 10);
  });

  it("gives nothing when nothing sounds", () => {
    expect(join([[new Int16Array(1_000), "paragraph"]])).toEqual([]);
  });
});

describe("the ends of an utterance", () => {
  const loud = (length: number) => new Int16Array(length).fill(20_000);

  it("swell and fade where they are abrupt, within 3 ms", () => {
    const samples = loud(2_400);
    softenEnds(samples, 24_000);
    expect(samples[0]).toBe(0);
    expect(samples.at(-1)).toBe(0);
    const steps = samples.map((sample, i) => Math.abs(sample - (samples[i - 1] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(300);
    expect(samples.filter((sample) => sample === 20_000)).toHaveLength(2_400 - 2 * 72);
  });

  it("do so also where a wave crosses zero just there", () => {
    const wave = Int16Array.from({ length: 2_400 }, (_, i) => 20_000 * Math.sin((2 * Math.PI * i * 1_000) / 24_000));
    const before = wave.slice();
    softenEnds(wave, 24_000);
    expect(Math.abs(wave[6]!)).toBeLessThan(Math.abs(before[6]!) / 10);
  });

  it("stay as they are where they are silent, and where there is nothing", () => {
    const samples = Int16Array.from([...Array<number>(24).fill(60), ...loud(100), ...Array<number>(24).fill(-60)]);
    const before = samples.slice();
    softenEnds(samples, 24_000);
    expect(samples).toEqual(before);
    for (const length of [0, 1, 2, 3]) softenEnds(loud(length), 24_000);
  });

  it("are soft where a noisy pause was cut", () => {
    const noisy = (length: number) => Array.from({ length }, (_, i) => (i % 2 ? 190 : -190));
    const part = () => Int16Array.from([...noisy(2_400), ...loud(2_400), ...noisy(2_400)]);
    const joiner = new SilenceJoiner(1);
    joiner.add(part(), 24_000, "space");
    const [before, after] = joiner.add(part(), 24_000, "paragraph");
    expect([before![0], before!.at(-1), after![0], after!.at(-1)]).toEqual(
      [-190, 0, 0, 190].map((value) => expect.closeTo(value)),
    );
    expect(before!.length + after!.length).toBe(1_200);
    expect(joiner.finish().at(-1)).toBeCloseTo(0);
  });
});
