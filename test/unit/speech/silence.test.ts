import { describe, expect, it } from "vitest";
import type { Boundary } from "../../../src/speech/plan/plan.ts";
import { type ChunkSound, SilenceJoiner, type Sound } from "../../../src/speech/silence.ts";

const RATE = 1_000;
const SOUND = 500;

/** Silence, sound, silence; lengths in milliseconds. Silence counts up, so that what was kept can be told. */
function chunk(leadMs: number, soundMs: number, tailMs: number): Int16Array {
  const ramp = (length: number) => Array.from({ length }, (_, i) => i % 100);
  return Int16Array.from([...ramp(leadMs), ...Array<number>(soundMs).fill(SOUND), ...ramp(tailMs)]);
}

type Around = Partial<Pick<ChunkSound, "pause" | "pauseBefore" | "volumeDb" | "sampleRateHertz">>;

function joinSounds(parts: [samples: Int16Array, boundary: Boundary, around?: Around][], speed = 1): Sound[] {
  const joiner = new SilenceJoiner();
  const sounds = parts.flatMap(([samples, boundary, around]) =>
    joiner.add({ samples, sampleRateHertz: RATE, boundary, speed, ...around }),
  );
  return [...sounds, ...joiner.finish()];
}

const join = (...args: Parameters<typeof joinSounds>) => joinSounds(...args).flatMap(({ samples }) => [...samples]);

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

  describe("around pauses that a script asks for", () => {
    const pauseOf = (milliseconds: number, boundary: Boundary, exact = false) =>
      pauseIn(
        join([
          [chunk(0, 10, 150), boundary, { pause: { milliseconds, exact } }],
          [chunk(180, 10, 0), "paragraph"],
        ]),
      );

    it("makes a pause as long as asked, within a sentence and after one", () => {
      expect(pauseOf(700, "space")).toBe(700);
      expect(pauseOf(700, "sentence")).toBe(700);
    });

    it("leaves a longer pause of the voice, unless it is to be exact", () => {
      expect(pauseOf(100, "sentence")).toBe(330);
      expect(pauseOf(100, "sentence", true)).toBe(100);
      expect(pauseOf(0, "sentence", true)).toBe(0);
    });

    it("begins and ends with the pauses that stand there", () => {
      const silent = new Int16Array(40);
      const samples = join([
        [
          silent,
          "space",
          { pauseBefore: { milliseconds: 500, exact: false }, pause: { milliseconds: 100, exact: false } },
        ],
        [chunk(10, 10, 20), "sentence", { pause: { milliseconds: 400, exact: false } }],
        [silent, "paragraph", { pause: { milliseconds: 50, exact: false } }],
      ]);
      expect(samples.indexOf(SOUND)).toBe(600);
      expect(samples.length - 1 - samples.lastIndexOf(SOUND)).toBe(450);
    });

    it("counts pauses between voices of different rates in time", () => {
      const sounds = joinSounds([
        [chunk(0, 10, 100), "sentence", { pause: { milliseconds: 1_000, exact: false } }],
        [chunk(200, 20, 0), "paragraph", { sampleRateHertz: 2 * RATE }],
      ]);
      const silent = sounds.filter(({ samples }) => !samples.includes(SOUND));
      expect(silent.reduce((ms, { samples, sampleRateHertz }) => ms + samples.length / sampleRateHertz, 0)).toBeCloseTo(
        1,
      );
    });
  });

  it("makes a chunk softer without taking it for silence, and louder as far as it goes without clipping", () => {
    const loudest = (volumeDb: number) => Math.max(...join([[chunk(20, 50, 20), "paragraph", { volumeDb }]]));
    expect(loudest(6)).toBe(Math.round(SOUND * 10 ** (6 / 20)));
    expect(loudest(-20)).toBe(SOUND / 10);
    expect(loudest(60)).toBeLessThan(32_000);
    expect(loudest(60)).toBeGreaterThan(31_000);
  });
});
