import { createRequire } from "node:module";
import qrcode from "qrcode";
import { describe, expect, it } from "vitest";
import { drawQrCode } from "../../../src/service/shares/qr-code.ts";

// It comes with qrcode, which has no types for it.
const { PNG } = createRequire(createRequire(import.meta.url).resolve("qrcode"))("pngjs");

const URLS = [
  "http://127.0.0.1:40123/s/abcdefghijklmnopqrstuvwx",
  "https://speech.example.com/s/ZYXWVUTSRQPONMLKJIHGFEDC#code=23456-ABCDE",
  `https://${"long.".repeat(30)}example.com/s/abcdefghijklmnopqrstuvwx`,
];
const QUIET = 4;

/** Which modules are dark, with the quiet zone around them. */
function modulesOf(url: string): boolean[][] {
  const { size, data } = qrcode.create(url, { errorCorrectionLevel: "M" }).modules;
  const dark = (row: number, column: number) =>
    row >= 0 && column >= 0 && row < size && column < size && data[row * size + column] === 1;
  const line = Array.from({ length: size + 2 * QUIET }, (_, i) => i - QUIET);
  return line.map((row) => line.map((column) => dark(row, column)));
}

describe.each(URLS)("a QR code of %s", (url) => {
  const expected = modulesOf(url);

  it.each([128, 185, 331, 512, 1_000, 2_048])("as a png of %i pixels has every module in its place", async (size) => {
    const { width, height, data } = PNG.sync.read(Buffer.from(await drawQrCode(url, "png", size), "base64"));
    expect([width, height]).toEqual([size, size]);
    // The middle of each module: what a scanner looks at.
    const pitch = size / expected.length;
    const brightness = (row: number, column: number) =>
      data[4 * (Math.floor((row + 0.5) * pitch) * size + Math.floor((column + 0.5) * pitch))];
    const seen = expected.map((line, row) => line.map((_, column) => brightness(row, column) < 128));
    expect(seen).toEqual(expected);
  });

  it("as an svg of any size has every module in its place", async () => {
    const svg = await drawQrCode(url, "svg", 700);
    expect(svg).toMatch(/^<svg [^>]*width="700" height="700"/);
    expect(svg).not.toMatch(/<script|href|on\w+=/);
    const [, side] = /viewBox="0 0 (\d+) \1"/.exec(svg)!;
    expect(Number(side)).toBe(expected.length);
    const seen = expected.map((line) => line.map(() => false));
    // A path of strokes one module high: absolute and relative moves, and horizontal lines.
    const path = /stroke="#000000" d="([^"]*)"/.exec(svg)![1]!;
    let [x, y] = [0, 0];
    for (const [, command, numbers] of path.matchAll(/([Mmh])([-\d. ]+)/g)) {
      const [first, second] = numbers!.trim().split(/ /).map(Number) as [number, number];
      if (command === "M") [x, y] = [first, second];
      if (command === "m") [x, y] = [x + first, y + second];
      if (command === "h") for (const end = x + first; x < end; x++) seen[Math.floor(y)]![x] = true;
    }
    expect(seen).toEqual(expected);
  });

  it("for a terminal is plain text with every module in its place", async () => {
    const text = await drawQrCode(url, "terminal", 512);
    expect(text).toMatch(/^[ ▀▄█\n]+$/);
    const lines = text.split("\n");
    // Two rows of modules a line; the last one may have no second row.
    const seen = lines.flatMap((line) => [
      [...line].map((half) => half === "▀" || half === "█"),
      [...line].map((half) => half === "▄" || half === "█"),
    ]);
    expect(lines).toHaveLength(Math.ceil(expected.length / 2));
    expect(seen.slice(0, expected.length)).toEqual(expected);
  });
});
