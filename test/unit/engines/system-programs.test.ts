import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runChild } from "../../../src/engines/system/child.ts";
import { locate } from "../../../src/engines/system/locate.ts";
import { eventually } from "../../support/eventually.ts";
import { temporaryFolder } from "../../support/folders.ts";

const live = new AbortController().signal;
const LIMITS = { timeoutMs: 10_000, maxBytes: 1_000_000 };
/** A Node program of one line, as a child. */
const node = (line: string, more: object = {}) =>
  runChild({ path: process.execPath, args: ["-e", line], ...LIMITS, ...more }, live);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a program that speaks", () => {
  it("is ended when it takes too long, and says so", async () => {
    const file = path.join(temporaryFolder(), "pid");
    const hangs = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1e3);
      require("node:fs").writeFileSync(${JSON.stringify(file)}, String(process.pid));`;
    await expect(node(hangs, { timeoutMs: 1_500 })).rejects.toThrow(/took longer than 1.5 s/);
    const pid = Number(readFileSync(file, "utf8"));
    await eventually("the program is gone", () => !isRunning(pid));
  });

  it("gets its input whole, and may end without reading it", async () => {
    const input = "é".repeat(500_000);
    const count = "let n = 0; process.stdin.on('data', (d) => (n += d.length)).on('end', () => console.log(n))";
    expect(String(await node(count, { input })).trim()).toBe("1000000");
    expect(String(await node("process.stdout.write('done', () => process.exit())", { input }))).toBe("done");
  });

  it("that fails is told of with what it said, in short", async () => {
    const failing = "process.stderr.write('no such voice ' + 'x'.repeat(1e5), () => process.exit(3))";
    const error = await node(failing).catch((thrown: Error) => thrown);
    expect((error as Error).message).toMatch(/ended with code 3: no such voice x/);
    expect((error as Error).message.length).toBeLessThan(3_000);
  });

  it("that is not there, or can't run, is an error", async () => {
    await expect(runChild({ path: "/nowhere/speak", args: [], ...LIMITS }, live)).rejects.toThrow("ENOENT");
  });

  it("sees no variable but those that programs need", async () => {
    process.env.AITTSM_TEST_SECRET = "s3cret";
    try {
      const seen = JSON.parse(String(await node("console.log(JSON.stringify(process.env))"))) as Record<string, string>;
      expect(seen.PATH).toBe(process.env.PATH);
      expect(Object.keys(seen).filter((name) => /AITTSM|NODE|KEY|SECRET|TOKEN/i.test(name))).toEqual([]);
    } finally {
      delete process.env.AITTSM_TEST_SECRET;
    }
  });
});

describe("looking for a program", () => {
  const before = { path: process.env.PATH, folder: process.cwd() };
  afterEach(() => {
    process.env.PATH = before.path;
    process.chdir(before.folder);
  });
  const unset = { name: "AITTSM_SPEAK_PATH", value: undefined };

  function place(folder: string, mode = 0o755): string {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, "speak");
    writeFileSync(file, "#!/bin/sh\n");
    chmodSync(file, mode);
    return file;
  }

  it("takes known places before PATH, and gives an absolute path", async () => {
    const root = temporaryFolder();
    const [known, found] = [place(path.join(root, "known")), place(path.join(root, "bin"))];
    process.env.PATH = path.join(root, "bin");
    expect(await locate(unset, ["/nowhere/speak", known], "speak")).toBe(known);
    expect(await locate(unset, ["/nowhere/speak"], "speak")).toBe(found);
  });

  it("runs nothing from the working directory", async () => {
    const root = temporaryFolder();
    place(root);
    place(path.join(root, "bin"));
    process.chdir(root);
    process.env.PATH = [".", "bin", ""].join(path.delimiter);
    expect(await locate(unset, [], "speak")).toBeUndefined();
    await expect(locate({ ...unset, value: "./speak" }, [], "speak")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("leaves out what is no program", async () => {
    const root = temporaryFolder();
    mkdirSync(path.join(root, "folder", "speak"), { recursive: true });
    process.env.PATH = [path.join(root, "folder"), path.join(root, "nothing")].join(path.delimiter);
    expect(await locate(unset, [], "speak")).toBeUndefined();
  });
});
