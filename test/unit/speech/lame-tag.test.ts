import { describe, expect, it } from "vitest";
import { mp3Bitrates, SAMPLE_RATES_HERTZ } from "../../../src/speech/formats.ts";
import { encodeAll } from "../../support/encode.ts";
import { noise } from "../../support/tones.ts";

const RATES = { 3: [44_100, 48_000, 32_000], 2: [22_050, 24_000, 16_000], 0: [11_025, 12_000, 8_000] };

/** A frame's header by the tables of ISO 11172-3 and 13818-3, and the frame's length in bytes. */
function frameAt(file: Buffer, at: number) {
  expect(file.readUInt16BE(at) & 0xffe7).toBe(0xffe3); // sync, Layer III, no CRC
  const version = ((file[at + 1]! >> 3) & 3) as keyof typeof RATES;
  const rate = RATES[version][(file[at + 2]! >> 2) & 3]!;
  const index = (file[at + 2]! >> 4) - 1;
  const bitrate = (
    version === 3
      ? [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
      : [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
  )[index]!;
  const samples = version === 3 ? 1_152 : 576;
  const bytes = Math.floor((samples * bitrate * 125) / rate) + ((file[at + 2]! >> 1) & 1);
  return { rate, bitrate, samples, bytes, mono: file[at + 3]! >> 6 === 3, sideInfo: version === 3 ? 17 : 9 };
}

function framesOf(file: Buffer) {
  const frames: ReturnType<typeof frameAt>[] = [];
  for (let at = 0; at < file.length; at += frames.at(-1)!.bytes) frames.push(frameAt(file, at));
  expect(frames.reduce((sum, frame) => sum + frame.bytes, 0)).toBe(file.length);
  return frames;
}

/** CRC-16/ARC, bit by bit. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

const encode = (sampleRateHertz: number, bitrateKbps: number, samples: number, streaming = false) =>
  encodeAll({ format: "mp3", sampleRateHertz, bitrateKbps, streaming }, noise(samples));

it("has a right CRC-16 to compare with", () => {
  expect(crc16(Buffer.from("123456789"))).toBe(0xbb3d);
});

describe.each(SAMPLE_RATES_HERTZ)("an mp3 of %i Hz", (rate) => {
  it.each(mp3Bitrates(rate))("and %i kbit/s has a whole tag that agrees with its frames", async (bitrate) => {
    const length = 7_000;
    const file = await encode(rate, bitrate, length);
    const [first, ...music] = framesOf(file);
    for (const frame of music) expect(frame).toMatchObject({ rate, bitrate, mono: true });
    expect(first).toMatchObject({ rate, mono: true });

    const info = 4 + first!.sideInfo;
    expect(file.toString("latin1", info, info + 4)).toBe("Info");
    expect(file.readUInt32BE(info + 4)).toBe(0x0f); // frames, bytes, table of contents and quality are there
    expect(file.readUInt32BE(info + 8)).toBe(music.length);
    expect(file.readUInt32BE(info + 12)).toBe(file.length);
    const contents = [...file.subarray(info + 16, info + 116)];
    expect(contents).toEqual(contents.map((_, percent) => Math.floor(percent * 2.56)));

    const lame = info + 120;
    expect(file.toString("latin1", lame, lame + 9)).toBe("LAME3.100");
    expect(file[lame + 9]).toBe(1); // constant bitrate
    expect(file[lame + 20]).toBe(Math.min(255, bitrate));
    const [delay, padding] = [file.readUIntBE(lame + 21, 3) >> 12, file.readUIntBE(lame + 21, 3) & 0xfff];
    expect(delay).toBe(576);
    expect(delay + length + padding).toBe(music.length * first!.samples);
    expect(file.readUInt32BE(lame + 28)).toBe(file.length);
    expect(file.readUInt16BE(lame + 32)).toBe(crc16(file.subarray(first!.bytes)));
    expect(file.readUInt16BE(lame + 34)).toBe(crc16(file.subarray(0, lame + 34)));
    expect(lame + 36).toBeLessThanOrEqual(first!.bytes);
  });
});

describe("the tag of an mp3 stream", () => {
  it("tells the delay, and nothing that was not known", async () => {
    const file = await encode(16_000, 64, 32_000, true);
    const [first] = framesOf(file);
    const info = 4 + first!.sideInfo;
    expect(file.toString("latin1", info, info + 4)).toBe("Info");
    expect(file.readUInt32BE(info + 4)).toBe(0);
    const lame = info + 8; // what has no flag takes no place
    expect(file.toString("latin1", lame, lame + 9)).toBe("LAME3.100");
    expect(file.readUIntBE(lame + 21, 3)).toBe(576 << 12);
    expect(file.readUInt32BE(lame + 28)).toBe(0);
    expect(file.readUInt16BE(lame + 32)).toBe(0);
    expect(file.readUInt16BE(lame + 34)).toBe(crc16(file.subarray(0, lame + 34)));
  });

  it("stands before the same music as in a file", async () => {
    const [file, streamed] = [await encode(24_000, 64, 24_000), await encode(24_000, 64, 24_000, true)];
    const music = framesOf(file)[0]!.bytes;
    expect(streamed.length).toBe(file.length);
    expect(streamed.subarray(music).equals(file.subarray(music))).toBe(true);
  });
});
