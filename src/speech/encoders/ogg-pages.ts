import { randomBytes } from "node:crypto";

/** Ogg pages with whole packets (RFC 3533). A packet is never split over pages: Opus packets are far too small for that. */

/** A number for a logical stream, so that streams can be put one after the other (RFC 3533 §4). */
export const randomStreamSerial = (): number => randomBytes(4).readUInt32LE();

const HEADER_BYTES = 27;
const FIRST_PAGE = 0x02;
const LAST_PAGE = 0x04;

/** CRC-32 with polynomial 0x04c11db7, neither reflected nor inverted (RFC 3533 §6). */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000_0000 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  return crc >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ byte) & 0xff]!) >>> 0;
  return crc;
}

/** The pages of one logical stream, in order. */
export class OggPages {
  readonly #serial: number;
  #sequence = 0;

  constructor(serial: number) {
    this.#serial = serial;
  }

  /**
   * One page.
   * @param packets at most 255 lacing values' worth (one a 255 bytes begun)
   * @param granule for Opus: samples at 48 kHz up to the end of the page, pre-skip included (RFC 7845 §4)
   */
  page(packets: readonly Uint8Array[], granule: number, last = false): Uint8Array {
    const lacing = packets.flatMap((packet) => [
      ...Array(Math.floor(packet.length / 255)).fill(255),
      packet.length % 255,
    ]);
    const header = Buffer.alloc(HEADER_BYTES + lacing.length);
    header.write("OggS", 0, "latin1");
    header[5] = (this.#sequence === 0 ? FIRST_PAGE : 0) | (last ? LAST_PAGE : 0);
    header.writeBigUInt64LE(BigInt(granule), 6);
    header.writeUInt32LE(this.#serial, 14);
    header.writeUInt32LE(this.#sequence++, 18);
    header[26] = lacing.length;
    header.set(lacing, HEADER_BYTES);
    const page = Buffer.concat([header, ...packets]);
    page.writeUInt32LE(crc32(page), 22);
    return page;
  }
}
