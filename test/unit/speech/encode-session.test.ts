import { describe, expect, it } from "vitest";
import { EncodeSession } from "../../../src/speech/encode-session.ts";
import type { AudioSettings } from "../../../src/speech/encoders/encoder.ts";

const RATE = 16_000;

/** Two seconds of a tone, as one spoken chunk. */
const chunk = () => {
  const tone = Int16Array.from({ length: 2 * RATE }, (_, i) => Math.round(9_000 * Math.sin(i / 9)));
  return { parts: [tone], sampleRateHertz: RATE, boundary: "sentence" as const, speed: 1 };
};

describe.each<AudioSettings>([
  { format: "wav", sampleRateHertz: 16_000, streaming: true },
  { format: "mp3", sampleRateHertz: 44_100, bitrateKbps: 128, streaming: true },
  { format: "ogg_opus", sampleRateHertz: 24_000, bitrateKbps: 64, streaming: true },
])("an encode session of $format", (settings) => {
  it("gives a first moment early, and in the end the same bytes as at once", async () => {
    const once = await (await EncodeSession.open(settings)).encode([chunk(), chunk()], true);
    const session = await EncodeSession.open(settings);
    const early = await session.encodeUpTo(0.25, [chunk()]);
    const rest = await session.encode([], false);
    const last = await session.encode([chunk()], true);
    expect(early.length).toBeGreaterThan(0);
    expect(early.length).toBeLessThan(once.bytes.length / 8);
    expect(rest.bytes.length).toBeGreaterThan(early.length);
    const all = Buffer.concat([early, rest.bytes, last.bytes]);
    // Another serial number in each Ogg stream, and with it other checksums.
    if (settings.format === "ogg_opus") expect(all.length).toBe(once.bytes.length);
    else expect(all.equals(once.bytes)).toBe(true);
    expect(last.end).toEqual(once.end);
  });
});
