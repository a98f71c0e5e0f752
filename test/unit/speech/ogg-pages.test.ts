import { describe, expect, it } from "vitest";
import { createEncoder } from "../../../src/speech/encoders/index.ts";
import { OggPages } from "../../../src/speech/encoders/ogg-pages.ts";
import { encodeAll } from "../../support/encode.ts";
import { oggPages } from "../../support/ogg.ts";
import { noise } from "../../support/tones.ts";

const [FIRST, LAST] = [2, 4];
const make = (sampleRateHertz: number, samples: number) =>
  encodeAll({ format: "ogg_opus", sampleRateHertz, bitrateKbps: 64, streaming: false }, noise(samples));

/** Ogg's checksum bit by bit (RFC 3533 §6: polynomial 0x04c11db7, from 0, over the page with the field at 0). */
function checksum(page: Buffer): number {
  let crc = 0;
  for (const [i, byte] of page.entries()) {
    crc ^= (i >= 22 && i < 26 ? 0 : byte) << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

describe.each([8_000, 12_000, 16_000, 24_000, 48_000])("an Ogg Opus file from %i Hz", (rate) => {
  it("is one stream of whole pages in order, with the right checksums", async () => {
    const pages = oggPages(await make(rate, rate + 77));
    expect(pages.map(({ sequence }) => sequence)).toEqual(pages.map((_, i) => i));
    expect(new Set(pages.map(({ serial }) => serial)).size).toBe(1);
    expect(pages.map(({ flags }) => flags)).toEqual([FIRST, ...pages.slice(2).map(() => 0), LAST]);
    for (const page of pages) expect(page.checksum).toBe(checksum(page.bytes));
  });

  it("begins with RFC 7845's two headers, each alone on its page", async () => {
    const [head, tags] = oggPages(await make(rate, 100));
    expect([head!.packets.length, tags!.packets.length, head!.granule, tags!.granule]).toEqual([1, 1, 0, 0]);
    const bytes = head!.packets[0]!;
    expect(bytes.toString("latin1", 0, 8)).toBe("OpusHead");
    expect([bytes[8], bytes[9], bytes.readInt16LE(16), bytes[18], bytes.length]).toEqual([1, 1, 0, 0, 19]);
    // libopus holds 6.5 ms back
    expect(bytes.readUInt16LE(10)).toBe(312);
    expect(bytes.readUInt32LE(12)).toBe(rate);
    expect(tags!.packets[0]!.toString("latin1", 0, 8)).toBe("OpusTags");
  });

  it("counts samples at 48 kHz: 960 a packet, and on the last page the input's and pre-skip", async () => {
    for (const samples of [rate + 77, rate / 50, rate / 5]) {
      const audio = oggPages(await make(rate, samples)).slice(2);
      let packets = 0;
      for (const page of audio.slice(0, -1)) {
        packets += page.packets.length;
        expect(page.packets.length).toBeLessThanOrEqual(10);
        expect(page.granule).toBe(packets * 960);
      }
      const end = (samples * 48_000) / rate + 312;
      expect(audio.at(-1)!.granule).toBe(end);
      // No packet that is wholly cut off, and none missing
      expect(packets + audio.at(-1)!.packets.length).toBe(Math.ceil(end / 960));
    }
  });
});

describe("an Ogg Opus stream", () => {
  it("has another serial number each time", async () => {
    const serials = [await make(16_000, 100), await make(16_000, 100)].map((file) => oggPages(file)[0]!.serial);
    expect(serials[0]).not.toBe(serials[1]);
  });

  it("gives its headers at once, its first sound after 60 ms, and then a page every 200 ms", async () => {
    const encoder = await createEncoder({
      format: "ogg_opus",
      sampleRateHertz: 24_000,
      bitrateKbps: 64,
      streaming: true,
    });
    const pages = (milliseconds: number) => oggPages(Buffer.from(encoder.encode(noise(24 * milliseconds)))).length;
    expect(pages(0)).toBe(2);
    expect(pages(40)).toBe(0);
    expect(pages(20)).toBe(1);
    expect(pages(180)).toBe(0);
    expect(pages(20)).toBe(1);
    expect(pages(1_000)).toBe(5);
  });
});

describe("an Ogg page", () => {
  it.each([0, 1, 254, 255, 256, 510, 1_275])("keeps packets of %i bytes apart", (length) => {
    const packets = [Buffer.alloc(length, 1), Buffer.alloc(3, 2), Buffer.alloc(length, 3)];
    expect(oggPages(Buffer.from(new OggPages(7).page(packets, 960)))[0]!.packets).toEqual(packets);
  });
});
