import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unpack } from "../../../src/models/archive.ts";
import { BOUNDS } from "../../../src/models/catalogue.ts";
import { entryPath } from "../../../src/models/entry-path.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { makeTar, makeTarGz, modelEntries, sha256, type TarEntry } from "../../support/tar.ts";

const root = temporaryFolder();
const FIXTURE = path.resolve(import.meta.dirname, "../../fixtures/models/tiny-model.tar.bz2");
const { signal } = new AbortController();

/** Unpacks bytes into a fresh folder beside which nothing may appear. */
async function unpackBytes(bytes: Buffer, bounds: Partial<typeof BOUNDS> = {}, stop = signal) {
  const folder = mkdtempSync(path.join(root, "u-"));
  const archive = path.join(folder, "archive");
  const into = path.join(folder, "into");
  writeFileSync(archive, bytes);
  mkdirSync(into);
  const files = await unpack(archive, { into, bounds: { ...BOUNDS, ...bounds }, signal: stop }).finally(() => {
    expect(readdirSync(folder).sort()).toEqual(["archive", "into"]);
  });
  return { files, into };
}

const refusal = async (entries: TarEntry[], bounds = {}) => {
  const error = await unpackBytes(makeTarGz(entries), bounds).catch((thrown) => thrown);
  expect(error.code, String(error)).toBe("INVALID_INPUT");
  return error.message as string;
};

describe("unpacking", () => {
  it("takes bzip2 of several blocks, and measures the files", async () => {
    const { files, into } = await unpackBytes(readFileSync(FIXTURE));
    expect(files.map((file) => file.path).sort()).toEqual([
      "tiny-model/espeak-ng-data/phontab",
      "tiny-model/model.onnx",
      "tiny-model/tokens.txt",
      "tiny-model/voices.bin",
    ]);
    const voices = Buffer.alloc(300_000, "a row of a made-up style\n");
    expect(readFileSync(path.join(into, "tiny-model/voices.bin")).equals(voices)).toBe(true);
    expect(files.find((file) => file.path.endsWith("voices.bin"))).toMatchObject({
      bytes: 300_000,
      sha256: sha256(voices),
    });
  });

  it.each([
    ["plain tar", makeTar],
    ["gzip", makeTarGz],
  ])("takes %s", async (_name, make) => {
    const big = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251));
    const { files, into } = await unpackBytes(make(modelEntries("m", big)));
    expect(files).toHaveLength(4);
    expect(readFileSync(path.join(into, "m/voices.bin")).equals(big)).toBe(true);
  });

  it("takes names that are too long for a plain header", async () => {
    const long = `m/${"long-name-".repeat(15)}.txt`;
    // A record of pax begins with its own length: three digits, a space, the text, a line's end.
    const pax = `${3 + 1 + "path=".length + long.length + 1} path=${long}\n`;
    const header = makeTar([{ path: "PaxHeader", content: pax }], { ended: false });
    header.write("x", 156); // the type; the header's sum is made right below
    header.write("        ", 148);
    const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    const { files } = await unpackBytes(Buffer.concat([header, makeTar([{ path: "short", content: "here" }])]));
    expect(files).toEqual([{ path: long, bytes: 4, sha256: sha256("here") }]);
  });

  it("refuses links, devices and pipes", async () => {
    for (const type of ["SymbolicLink", "Link"] as const) {
      expect(await refusal([{ path: "m/evil", type, linkpath: "/etc/passwd" }])).toContain(type);
    }
    for (const type of ["CharacterDevice", "FIFO"] as const) {
      expect(await refusal([{ path: "m/evil", type }])).toContain(type);
    }
  });

  it("refuses paths that lead out of the folder", async () => {
    for (const evil of ["../evil", "m/../../evil", "/evil", "C:/evil", "m\\..\\evil", "m/.. /evil", "m/a:b"]) {
      expect(await refusal([{ path: evil, content: "x" }]), evil).toMatch(/it holds the path/);
    }
    expect(await refusal([{ path: "../evil/", type: "Directory" }])).toContain("leads out");
  });

  it("refuses a file that comes twice, also under another spelling of its path", async () => {
    const twice = (again: string) =>
      refusal([
        { path: "m/a", content: "1" },
        { path: again, content: "2" },
      ]);
    expect(await twice("m/a")).toContain("twice");
    expect(await twice("./m//a")).toContain("twice");
    expect(await twice("m/a/b")).toContain("a file where m/a/b needs a folder");
  });

  it("refuses what is past the bounds, before it is written", async () => {
    const three = [1, 2, 3].map((i) => ({ path: `m/${i}`, content: "12345" }));
    expect(await refusal(three, { entries: 2 })).toContain("more than 2 files");
    expect(await refusal(three, { fileBytes: 4 })).toContain("more than 4");
    expect(await refusal(three, { totalBytes: 14 })).toContain("more than 14 bytes together");
    expect(await refusal([{ path: "m/huge", size: 3 * 2 ** 30 }])).toContain(`more than ${2 ** 30}`);
    expect((await unpackBytes(makeTarGz(three), { entries: 3, fileBytes: 5, totalBytes: 15 })).files).toHaveLength(3);
  });

  it("refuses archives that are cut off, wherever", async () => {
    const tar = makeTar(modelEntries("m", Buffer.alloc(5_000, 1)));
    for (const bytes of [512, 1_000, 2_048, 4_000, tar.length - 1_024]) {
      const error = await unpackBytes(tar.subarray(0, bytes)).catch((thrown) => thrown);
      expect([bytes, error.code]).toEqual([bytes, "INVALID_INPUT"]);
    }
    const bz2 = readFileSync(FIXTURE);
    const gz = gzipSync(tar);
    for (const whole of [bz2, gz]) {
      for (const part of [0.1, 0.5, 0.9]) {
        const error = await unpackBytes(whole.subarray(0, whole.length * part)).catch((thrown) => thrown);
        expect([part, error.code]).toEqual([part, "INVALID_INPUT"]);
      }
    }
  });

  it("refuses archives that are damaged or none", async () => {
    const bz2 = readFileSync(FIXTURE);
    bz2[400]! ^= 0x10;
    const tar = makeTar(modelEntries("m"));
    tar[512 + 3]! ^= 0x10; // in a header
    for (const bytes of [bz2, tar, Buffer.from("<html>Not found</html>".repeat(100)), Buffer.alloc(0)]) {
      const error = await unpackBytes(bytes).catch((thrown) => thrown);
      expect(error.code, String(error)).toBe("INVALID_INPUT");
      expect(error.hint).toBeTruthy();
    }
  });

  it.runIf(process.platform === "linux")("keeps no file open, sound or not", async () => {
    const open = () => readdirSync("/proc/self/fd").length;
    const tar = makeTar(modelEntries("m", Buffer.alloc(500_000, 1)));
    const before = open();
    for (let i = 0; i < 5; i++) {
      await unpackBytes(tar.subarray(0, 200_000)).catch(() => {});
      await unpackBytes(gzipSync(tar).subarray(0, 900)).catch(() => {});
      await unpackBytes(tar);
    }
    expect(open()).toBeLessThanOrEqual(before + 1);
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    await expect(unpackBytes(makeTarGz(modelEntries("m")), {}, stop.signal)).rejects.toThrow("enough");
  });
});

describe("the path of an entry", () => {
  it("stays below its folder on every system, whatever it was", () => {
    const part = fc.constantFrom("..", ".", "...", ".. ", "a", "é", "C:", "\\", "\0", "", " ", "con");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(part, { maxLength: 6 }).map((parts) => parts.join("/")),
          fc.string(),
        ),
        (raw) => {
          let found: string | undefined;
          try {
            found = entryPath(raw);
          } catch {
            return;
          }
          if (found === undefined) return;
          for (const system of [path.posix, path.win32]) {
            const base = system === path.posix ? "/base" : "C:\\base";
            expect(system.resolve(base, found).startsWith(base + system.sep)).toBe(true);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
