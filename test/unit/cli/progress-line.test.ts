import { describe, expect, it } from "vitest";
import { ProgressLine } from "../../../src/cli/progress-line.ts";

/** A line on a made-up output, with a clock that the test sets. */
function newLine(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const line = new ProgressLine({ isTTY, columns, write: (text) => written.push(text) }, () => clock.ms);
  return { line, clock, written, all: () => written.join("") };
}

describe("progress on a terminal", () => {
  it("is a bar that is drawn over, with share, size and pace", () => {
    const { line, clock, written, all } = newLine(true);
    line.show("Downloading a.tar", 0, 200_000_000);
    clock.ms = 2_000;
    line.show("Downloading a.tar", 100_000_000, 200_000_000);
    expect(written[1]).toBe(`\r\x1b[2KDownloading a.tar: [${"#".repeat(12)}${".".repeat(12)}] 50 % of 200 MB, 50 MB/s`);
    line.say("Done.");
    expect(all().endsWith("50 MB/s\nDone.\n")).toBe(true);
  });

  it("is drawn ten times a second at most, and at its end", () => {
    const { line, clock, written } = newLine(true);
    for (clock.ms = 0; clock.ms < 1_000; clock.ms++) line.show("Unpacking", clock.ms, 1_000);
    line.show("Unpacking", 1_000, 1_000);
    expect(written).toHaveLength(11);
    expect(written.at(-1)).toContain("100 %");
  });

  it("is never wider than the terminal", () => {
    const { line, written } = newLine(true, 40);
    line.show(`Downloading ${"long-".repeat(20)}`, 1, 2);
    expect(written[0]!.replace("\r\x1b[2K", "").length).toBeLessThan(40);
  });
});

describe("progress elsewhere", () => {
  it("is a line now and then, without a bar", () => {
    const { line, clock, written } = newLine(false);
    for (clock.ms = 0; clock.ms <= 60_000; clock.ms += 100) line.show("Downloading", clock.ms * 1_000, undefined);
    expect(written).toHaveLength(5);
    expect(written[1]).toBe("Downloading: 15 MB, 1.0 MB/s\n");
    for (const drawing of ["\r", "\x1b", "#"]) expect(written.join("")).not.toContain(drawing);
  });
});
