/** One page of an Ogg file, as RFC 3533 §6 lays it out. */
export interface OggPage {
  flags: number;
  granule: number;
  serial: number;
  sequence: number;
  checksum: number;
  packets: Buffer[];
  bytes: Buffer;
}

/** The pages of an Ogg file with whole packets; throws when there is anything else in it. */
export function oggPages(file: Buffer): OggPage[] {
  const pages: OggPage[] = [];
  for (let at = 0; at < file.length; ) {
    if (file.toString("latin1", at, at + 4) !== "OggS" || file[at + 4] !== 0) throw new Error(`no page at ${at}`);
    const lacing = file.subarray(at + 27, at + 27 + file[at + 26]!);
    let end = at + 27 + lacing.length;
    const packets: Buffer[] = [];
    let start = end;
    for (const value of lacing) {
      end += value;
      if (value === 255) continue;
      packets.push(file.subarray(start, end));
      start = end;
    }
    if (start !== end || end > file.length) throw new Error(`the page at ${at} does not end with a packet`);
    pages.push({
      flags: file[at + 5]!,
      granule: Number(file.readBigInt64LE(at + 6)),
      serial: file.readUInt32LE(at + 14),
      sequence: file.readUInt32LE(at + 18),
      checksum: file.readUInt32LE(at + 22),
      packets,
      bytes: file.subarray(at, end),
    });
    at = end;
  }
  return pages;
}

/** A copy without serial numbers, which are random, and the checksums over them; a file that is no Ogg as it is. */
export function withoutSerials(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  if (copy.toString("latin1", 0, 4) !== "OggS") return copy;
  for (const { bytes } of oggPages(copy)) {
    bytes.fill(0, 14, 18);
    bytes.fill(0, 22, 26);
  }
  return copy;
}
