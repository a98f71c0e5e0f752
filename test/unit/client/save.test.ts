import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { saveAudio } from "../../../src/client/save.ts";
import { prepareSave } from "../../../src/client/save-path.ts";
import { temporaryFolder } from "../../support/folders.ts";

let root: string;
let outputDir: string;
beforeEach(() => {
  root = temporaryFolder();
  outputDir = path.join(root, "out");
});
const prepare = (saveTo: string, format?: "wav" | "mp3" | "ogg_opus") => prepareSave({ outputDir, saveTo, format });
const source = (text: string, contentType = "audio/mpeg") => ({ contentType, body: new Blob([text]).stream() });

describe("the place of a file", () => {
  it("is inside the output folder, which is made", async () => {
    expect(await prepare("a.mp3")).toEqual({ path: path.join(outputDir, "a.mp3"), format: "mp3" });
    expect(await prepare("deep/er/a.mp3")).toMatchObject({ path: path.join(outputDir, "deep", "er", "a.mp3") });
    expect(existsSync(path.join(outputDir, "deep", "er"))).toBe(true);
    expect(await prepare(path.join(outputDir, "b.mp3"))).toMatchObject({ path: path.join(outputDir, "b.mp3") });
  });

  it("gets the format's extension when the name has none", async () => {
    expect((await prepare("a", "wav")).path).toMatch(/a\.wav$/);
    expect((await prepare("a", "ogg_opus")).path).toMatch(/a\.ogg$/);
    expect((await prepare("a")).path).toMatch(/a\.mp3$/);
  });

  it("decides the format by its extension when nothing else does", async () => {
    expect((await prepare("a.WAV")).format).toBe("wav");
    expect((await prepare("a.opus")).format).toBe("ogg_opus");
  });

  it.each([
    ["a.wav", "mp3"],
    ["a.txt", undefined],
    ["a.mp3.exe", undefined],
    ["a.mp3", "wav"],
  ] as const)("%s is refused for the format %s", async (name, format) => {
    await expect(prepare(name, format)).rejects.toMatchObject({
      code: "OUTPUT_PATH_REFUSED",
      hint: expect.stringContaining(format === "wav" ? ".wav" : ".mp3"),
    });
  });

  it.each([
    ["../a.mp3"],
    ["x/../../a.mp3"],
    ["/etc/a.mp3"],
    ["/tmp/a.mp3"],
    ["~/a.mp3"],
    ["..\\a.mp3"],
    ["C:\\a.mp3"],
    ["a\0.mp3"],
    ["a\n.mp3"],
    [""],
    [" "],
    ["."],
    [".."],
    ["folder/"],
    ["CON"],
    ["nul.mp3"],
    ["x/com1.mp3"],
    ["a. /b.mp3"],
    ["a".repeat(300)],
    ["a/".repeat(600)],
  ])("%j is refused", async (name) => {
    await expect(prepare(name)).rejects.toMatchObject({ code: "OUTPUT_PATH_REFUSED", hint: expect.any(String) });
    expect(readdirSync(root).filter((entry) => entry !== "out")).toEqual([]);
  });

  it("is refused over an existing file, naming a free one", async () => {
    mkdirSync(outputDir);
    writeFileSync(path.join(outputDir, "a.mp3"), "old");
    writeFileSync(path.join(outputDir, "a-2.mp3"), "old");
    const error = { code: "FILE_EXISTS", hint: expect.stringContaining("a-3.mp3") };
    await expect(prepare("a.mp3")).rejects.toMatchObject(error);
    await expect(prepare("a")).rejects.toMatchObject(error);
  });

  it("is refused through a link that leads out of the folder", async () => {
    mkdirSync(path.join(root, "secret"));
    mkdirSync(outputDir);
    symlinkSync(path.join(root, "secret"), path.join(outputDir, "link"));
    await expect(prepare("link/a.mp3")).rejects.toMatchObject({ code: "OUTPUT_PATH_REFUSED" });
    await expect(prepare("link/new/a.mp3")).rejects.toMatchObject({ code: "OUTPUT_PATH_REFUSED" });
    expect(readdirSync(path.join(root, "secret"))).toEqual([]);
  });

  it("is refused over a link, even one that leads nowhere", async () => {
    mkdirSync(outputDir);
    symlinkSync(path.join(root, "elsewhere.mp3"), path.join(outputDir, "a.mp3"));
    await expect(prepare("a.mp3")).rejects.toMatchObject({ code: "FILE_EXISTS" });
    symlinkSync(path.join(root, "nowhere"), path.join(outputDir, "b"));
    await expect(prepare("b/a.mp3")).rejects.toMatchObject({ code: "OUTPUT_PATH_REFUSED" });
    expect(existsSync(path.join(root, "nowhere"))).toBe(false);
  });

  it("may be in an output folder that is a link itself", async () => {
    mkdirSync(path.join(root, "real"));
    symlinkSync(path.join(root, "real"), outputDir);
    expect((await prepare("a.mp3")).path).toBe(path.join(root, "real", "a.mp3"));
    expect((await prepare(path.join(outputDir, "a.mp3"))).path).toBe(path.join(root, "real", "a.mp3"));
  });

  it("is refused where the output folder is a file", async () => {
    writeFileSync(outputDir, "");
    await expect(prepare("a.mp3")).rejects.toMatchObject({ hint: expect.stringContaining("AITTSM_OUTPUT_DIR") });
  });
});

describe("saving", () => {
  it("writes the whole audio under the name and nothing else", async () => {
    const target = await prepare("a.mp3");
    expect(await saveAudio(source("sound"), target)).toBe(5);
    expect(readFileSync(target.path, "utf8")).toBe("sound");
    expect(readdirSync(outputDir)).toEqual(["a.mp3"]);
  });

  it("leaves nothing of audio that breaks off", async () => {
    async function* broken() {
      yield Buffer.from("half");
      throw new Error("gone");
    }
    const target = await prepare("a.mp3");
    const saving = saveAudio({ contentType: "audio/mpeg", body: ReadableStream.from(broken()) }, target);
    await expect(saving).rejects.toThrow("gone");
    expect(readdirSync(outputDir)).toEqual([]);
  });

  it("doesn't overwrite a file that came meanwhile", async () => {
    const target = await prepare("a.mp3");
    writeFileSync(target.path, "theirs");
    await expect(saveAudio(source("mine"), target)).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect(readFileSync(target.path, "utf8")).toBe("theirs");
    expect(readdirSync(outputDir)).toEqual(["a.mp3"]);
  });

  it("lets one of two calls with the same name win", async () => {
    const targets = await Promise.all([prepare("a.mp3"), prepare("a.mp3")]);
    const results = await Promise.allSettled(targets.map((target, i) => saveAudio(source(`by ${i}`), target)));
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  it("refuses audio of another format than the name says", async () => {
    const target = await prepare("a.mp3");
    await expect(saveAudio(source("x", "audio/wav"), target)).rejects.toMatchObject({ code: "OUTPUT_PATH_REFUSED" });
    expect(readdirSync(outputDir)).toEqual([]);
  });

  it("refuses a folder that was swapped for a link", async () => {
    const target = await prepare("sub/a.mp3");
    const { renameSync } = await import("node:fs");
    renameSync(path.join(outputDir, "sub"), path.join(root, "moved"));
    symlinkSync(path.join(root, "moved"), path.join(outputDir, "sub"));
    await expect(saveAudio(source("x"), target)).rejects.toMatchObject({ code: "OUTPUT_PATH_REFUSED" });
    expect(readdirSync(path.join(root, "moved"))).toEqual([]);
  });
});
