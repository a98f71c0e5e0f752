import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { KokoroEngine } from "../../../../src/engines/kokoro/index.ts";
import { manifestFile, modelFilesDir, readManifest } from "../../../../src/engines/kokoro/layout.ts";
import { runtimeFile } from "../../../../src/engines/kokoro/runtime.ts";
import { temporaryFolder } from "../../../support/folders.ts";
import {
  installKokoroModel,
  linkKokoroRuntime,
  type MadeUpModel,
  PUBLISHED_SPEAKERS,
} from "../../../support/kokoro-model.ts";

const COMMAND = "aittsm models pull kokoro";
const BELLA = "kokoro:en-US-Kokoro-Bella";

let modelDir: string;
/** A program in whose place there is no runtime. */
let elsewhere: string;
beforeEach(() => {
  modelDir = temporaryFolder();
  elsewhere = pathToFileURL(path.join(temporaryFolder(), "program.js")).href;
});

const engineHere = (runtimeFrom?: string) => new KokoroEngine({ modelDir }, runtimeFrom);

async function refusal(engine: KokoroEngine): Promise<string> {
  const status = await engine.status();
  const [bella] = (await engine.voices()).filter(({ voiceId }) => voiceId === BELLA);
  expect(status).toEqual({ available: false, whyUnavailable: bella!.whyUnavailable, hint: `run: ${COMMAND}` });
  expect((await engine.voices()).every(({ available }) => !available)).toBe(true);
  await expect(engine.workerData()).rejects.toMatchObject({ code: "PROVIDER_DISABLED", hint: `run: ${COMMAND}` });
  expect(bella!.whyUnavailable).toContain(COMMAND);
  return bella!.whyUnavailable!;
}

describe("Kokoro without its model", () => {
  it("lists its voices, says what is missing, and how to get it", async () => {
    expect(await refusal(engineHere())).toBe(`Kokoro's model is not installed; run ${COMMAND}.`);
    installKokoroModel(modelDir);
    expect(await refusal(engineHere(elsewhere))).toBe(`Kokoro's runtime is not installed; run ${COMMAND}.`);
  });

  it("finds both as soon as another process has installed them, and misses them when they are removed", async () => {
    const engine = engineHere(elsewhere);
    await refusal(engine);
    installKokoroModel(modelDir);
    await refusal(engine);
    linkKokoroRuntime(modelDir);
    expect(await engine.status()).toEqual({ available: true });
    rmSync(manifestFile(modelDir));
    await refusal(engine);
  });

  it("does not take a half-installed model for one", async () => {
    installKokoroModel(modelDir);
    rmSync(manifestFile(modelDir));
    expect(existsSync(path.join(modelFilesDir(modelDir), "model.onnx"))).toBe(true);
    expect(await refusal(engineHere())).toContain("is not installed");
  });

  it.each<[what: string, spoil: () => void, says: string]>([
    ["a manifest that is no JSON", () => writeFileSync(manifestFile(modelDir), "{"), "is no JSON"],
    ["a manifest of a later program", () => writeFileSync(manifestFile(modelDir), '{"format":2}'), "newer version"],
    ["a voices' file of another model", () => appendFileSync(inModel("voices.bin"), "more"), "voices.bin has"],
    ["a model that is none", () => writeFileSync(inModel("model.onnx"), "<html>not found</html>"), "no ONNX model"],
    [
      "a model that was cut off",
      () => writeFileSync(inModel("model.onnx"), Buffer.from([0x3a, 0xff, 0x01, 0])),
      "too soon",
    ],
    ["missing data of espeak-ng", () => rmSync(inModel("espeak-ng-data/phontab")), "phontab is missing"],
  ])("refuses %s and says so", async (_, spoil, says) => {
    installKokoroModel(modelDir);
    spoil();
    expect(await refusal(engineHere())).toContain(says);
  });

  it.each<[MadeUpModel, string]>([
    [{ metadata: { sample_rate: 22_050 } }, "speaks at 22050 Hz"],
    [{ metadata: { speaker_names: "" } }, "does not name its speakers"],
    [{ metadata: { n_speakers: 11 } }, "does not name its speakers"],
  ])("refuses a model whose metadata has %j", async (made, says) => {
    installKokoroModel(modelDir, made);
    expect(await refusal(engineHere())).toContain(says);
  });
});

const inModel = (name: string) => path.join(modelFilesDir(modelDir), name);

describe("Kokoro with a model", () => {
  it("offers the voices that the model has, and says of the others that it has them not", async () => {
    const { name, archive_sha256 } = installKokoroModel(modelDir);
    const voices = await engineHere().voices();
    const missing = voices.filter(({ available }) => !available);
    expect(missing.map(({ voiceId, whyUnavailable }) => [voiceId, whyUnavailable])).toEqual([
      ["kokoro:es-ES-Kokoro-Santa", `The installed model ${name} does not have this voice.`],
    ]);
    expect(voices.find(({ available }) => available)!.revision).toBe(archive_sha256);
  });

  it("goes by the names in the model, wherever they stand", async () => {
    installKokoroModel(modelDir, { speakers: ["em_santa", "af_bella", "somebody_else"] });
    const available = (await engineHere().voices()).filter((voice) => voice.available);
    expect(available.map(({ voiceId }) => voiceId).sort()).toEqual([BELLA, "kokoro:es-ES-Kokoro-Santa"]);
  });

  it("has other revisions for other models, so that samples are made anew", async () => {
    const engine = engineHere();
    installKokoroModel(modelDir);
    const [before] = await engine.voices();
    installKokoroModel(modelDir, { speakers: PUBLISHED_SPEAKERS.slice(0, 11) });
    const [after] = await engine.voices();
    expect(after!.revision).not.toBe(before!.revision);
  });

  it("can't offer the Chinese voices without a Chinese lexicon", async () => {
    installKokoroModel(modelDir);
    rmSync(inModel("lexicon-zh.txt"));
    const voices = await engineHere().voices();
    const chinese = voices.filter(({ language }) => language === "cmn-CN");
    expect(chinese).toHaveLength(8);
    for (const { whyUnavailable } of chinese) expect(whyUnavailable).toContain("no lexicon for Chinese");
    expect(voices.find(({ voiceId }) => voiceId === BELLA)!.available).toBe(true);
  });

  it("takes the runtime of its own folder before that beside the program", () => {
    const beside = runtimeFile(modelDir);
    expect(beside).toContain("sherpa-onnx-node");
    linkKokoroRuntime(modelDir);
    expect(runtimeFile(modelDir, elsewhere)).toBe(beside); // through the link
    expect(runtimeFile(temporaryFolder(), elsewhere)).toBeUndefined();
  });
});

describe("the manifest", () => {
  it("is read back as it was written", async () => {
    expect(await readManifest(modelDir)).toBeUndefined();
    expect(await readManifest(path.join(manifestFile(modelDir), "below a file"))).toBeUndefined();
    const manifest = installKokoroModel(modelDir);
    expect(await readManifest(modelDir)).toEqual(manifest);
  });

  it.each([
    ["name", 7],
    ["archive_sha256", "abc"],
    ["checksum", "invented"],
    ["files", []],
    ["files", [{ path: "../model.onnx", bytes: 1, sha256: "0".repeat(64) }]],
  ])("with a wrong %s is refused", async (member, value) => {
    const manifest = installKokoroModel(modelDir);
    writeFileSync(manifestFile(modelDir), JSON.stringify({ ...manifest, [member]: value }));
    await expect(readManifest(modelDir)).rejects.toMatchObject({
      code: "PROVIDER_DISABLED",
      hint: expect.stringContaining(COMMAND),
    });
  });
});
