import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inspectModel, removeModel } from "../../../src/models/inspect.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { type ModelServer, startModelServer } from "../../support/model-server.ts";
import { ARCHIVE, KOKORO, modelArchive, newPlace, type Place } from "../../support/models.ts";
import { makeTar, makeTarGz, modelEntries, sha256 } from "../../support/tar.ts";

const base = temporaryFolder();
const FIXTURE = path.resolve(import.meta.dirname, "../../fixtures/models/tiny-model.tar.bz2");
const OLD = modelArchive("old voices");
const NEW = modelArchive("new voices");

let server: ModelServer;
let place: Place;
beforeEach(async () => {
  place = newPlace(base);
  server = await startModelServer({ [ARCHIVE]: { body: OLD, etag: '"old"' } });
});
afterEach(() => server.close());

const manifest = () => JSON.parse(readFileSync(path.join(place.root, "model.json"), "utf8"));
const pullHere = (options = {}) => place.pull({ baseUrl: server.url, ...options });
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("it worked"),
    (error) => error,
  );

describe("a pull", () => {
  it("installs runtime and model, notes where they came from, and leaves nothing else", async () => {
    expect(await pullHere()).toEqual({ runtime: "installed", model: "installed" });
    expect(place.names()).toEqual(["checksums.json", "model", "model.json", "runtime"]);
    expect(place.voices()).toBe("old voices");
    expect(manifest()).toMatchObject({
      format: 1,
      name: "kokoro-multi-lang-v1_0",
      source: `${server.url}/${ARCHIVE}`,
      archive_sha256: sha256(OLD),
      checksum: "first pull",
    });
    expect(manifest().files).toContainEqual({ path: "voices.bin", bytes: 10, sha256: sha256("old voices") });
    expect(manifest().files.map((file: { path: string }) => file.path)).toEqual([
      "espeak-ng-data/phontab",
      "model.onnx",
      "tokens.txt",
      "voices.bin",
    ]);
    expect(await place.problems()).toEqual([]);
    expect(place.said.at(-1)).toMatch(/No checksum is published .* noted at the first pull/);
  });

  it("does nothing the second time, and all of it with --again", async () => {
    await pullHere();
    const asked = server.requests.length;
    expect(await pullHere()).toEqual({ runtime: "already there", model: "already there" });
    expect([server.requests.length, place.npm.calls().length]).toEqual([asked, 1]);
    expect(await pullHere({ again: true })).toEqual({ runtime: "already there", model: "installed" });
    expect(server.requests.length).toBeGreaterThan(asked);
  });

  it("mends a model that lost a file", async () => {
    await pullHere();
    unlinkSync(path.join(place.root, "model", "tokens.txt"));
    expect(await place.problems()).toEqual([{ path: "tokens.txt", what: "missing" }]);
    expect(await pullHere()).toMatchObject({ model: "installed" });
    expect(await place.problems()).toEqual([]);
  });

  it("installs one of both when asked", async () => {
    expect(await pullHere({ only: "runtime" })).toEqual({ runtime: "installed", model: "not asked for" });
    expect(server.requests).toHaveLength(0);
    const other = newPlace(base);
    expect(await other.pull({ baseUrl: server.url, only: "model" })).toMatchObject({ runtime: "not asked for" });
    expect(other.npm.calls()).toEqual([]);
  });

  it("goes on with a download that another one left", async () => {
    const big = Buffer.alloc(300_000, "big voices");
    server.files[ARCHIVE] = { body: makeTar(modelEntries("m", big)), etag: '"big"', breakAfter: 200_000, breaks: 99 };
    const stop = new AbortController();
    const progress = (doing: string, done: number) => {
      server.received = done;
      if (doing.startsWith("Downloading") && done >= 200_000) stop.abort(new Error("Ctrl-C"));
    };
    await expect(pullHere({ signal: stop.signal, report: { say: () => {}, progress } })).rejects.toThrow("Ctrl-C");
    expect(place.names()).toEqual([".download", "runtime"]);
    expect((await inspectModel(KOKORO, place.modelDir)).downloadedBytes).toBeGreaterThanOrEqual(200_000);
    server.files[ARCHIVE]!.breaks = 0;
    const before = server.of(ARCHIVE).length;
    await pullHere();
    expect(server.of(ARCHIVE)[before]!.headers.range).toBe("bytes=200000-");
    expect(await place.problems()).toEqual([]);
    expect((await inspectModel(KOKORO, place.modelDir)).downloadedBytes).toBe(0);
  });
});

describe("the checksum", () => {
  it.each([
    ["in a file of its own", `${ARCHIVE}.sha256`, `${sha256(OLD)}  ${ARCHIVE}\n`],
    ["in the release's list", "checksum.txt", `other.tar.bz2\t${sha256(NEW)}\n${ARCHIVE}\t${sha256(OLD)}\n`],
  ])("is the published one when there is one, %s", async (_where, name, body) => {
    server.files[name] = { body };
    await pullHere();
    expect(manifest()).toMatchObject({ checksum: "published", archive_sha256: sha256(OLD) });
    expect(place.said.at(-1)).toContain("the published one");
    expect(place.names()).not.toContain("checksums.json");
  });

  it("that is published and differs: the archive is refused, the old model stays, and nothing of it is kept", async () => {
    await pullHere();
    server.files[ARCHIVE] = { body: NEW, etag: '"new"' };
    server.files["checksum.txt"] = { body: `${ARCHIVE}\t${sha256(OLD)}\n` };
    const error = await failure(pullHere({ again: true, acceptChanged: true }));
    expect([error.code, error.message]).toEqual(["INVALID_INPUT", expect.stringContaining(sha256(NEW))]);
    expect(error.message).toContain(sha256(OLD));
    expect([place.voices(), await place.problems()]).toEqual(["old voices", []]);
    expect((await inspectModel(KOKORO, place.modelDir)).downloadedBytes).toBe(0);
    // Put right, it is taken.
    server.files["checksum.txt"] = { body: `${ARCHIVE}\t${sha256(NEW)}\n` };
    await pullHere({ again: true });
    expect(place.voices()).toBe("new voices");
  });

  it("of the first pull is compared with later, also after a removal, unless the change is wanted", async () => {
    await pullHere();
    await removeModel(KOKORO, place.modelDir);
    server.files[ARCHIVE] = { body: NEW, etag: '"new"' };
    const error = await failure(pullHere());
    expect(error.message).toContain(sha256(OLD));
    expect(error.message).toContain(sha256(NEW));
    expect(error.hint).toContain("--accept-changed");
    expect(await place.problems()).toBe("NOT_FOUND");
    await pullHere({ acceptChanged: true });
    expect(place.voices()).toBe("new voices");
    await pullHere({ again: true });
  });

  it("is not noted of an archive that was refused", async () => {
    server.files[ARCHIVE] = { body: makeTarGz(modelEntries("m").slice(0, 3)), etag: '"bad"' };
    await failure(pullHere());
    server.files[ARCHIVE] = { body: OLD, etag: '"old"' };
    await pullHere();
    expect(place.voices()).toBe("old voices");
  });

  it("can't be gone round by a server that fails to tell it", async () => {
    server.files["checksum.txt"] = { status: 500 };
    expect(await failure(pullHere())).toMatchObject({ code: "UNAVAILABLE" });
    delete server.files["checksum.txt"];
    server.files[`${ARCHIVE}.sha256`] = { body: "<html>" };
    expect(await failure(pullHere())).toMatchObject({ code: "PROVIDER_ERROR" });
    expect(server.of(ARCHIVE)).toHaveLength(0);
  });
});

describe("a bad archive", () => {
  it.each<[string, Buffer, RegExp]>([
    ["with a link", modelArchive("new", [{ path: "x/evil", type: "SymbolicLink", linkpath: "/" }]), /SymbolicLink/],
    ["with a path that leads out", modelArchive("new", [{ path: "../../evil", content: "x" }]), /leads out/],
    ["without a needed file", makeTarGz(modelEntries("m").slice(0, 5)), /no espeak-ng-data\/phontab/],
    ["with an empty one", modelArchive(""), /no voices\.bin/],
    [
      "of something else",
      makeTarGz([
        { path: "a/readme", content: "x" },
        { path: "b/readme", content: "y" },
      ]),
      /no model\.onnx/,
    ],
    ["that is cut off", NEW.subarray(0, NEW.length - 30), /damaged/],
    ["that is none", Buffer.from("not an archive".repeat(99)), /damaged/],
  ])("%s leaves the old model working, and no trace", async (_name, body, why) => {
    await pullHere();
    const before = place.names();
    server.files[ARCHIVE] = { body, etag: '"bad"' };
    const error = await failure(pullHere({ again: true, acceptChanged: true }));
    expect([error.code, error.message]).toEqual(["INVALID_INPUT", expect.stringMatching(why)]);
    expect([place.voices(), await place.problems(), place.names()]).toEqual(["old voices", [], before]);
    expect(existsSync(path.join(place.modelDir, "evil"))).toBe(false);
    expect((await inspectModel(KOKORO, place.modelDir)).downloadedBytes).toBe(0);
  });

  it("is refused past the bounds", async () => {
    const bounds = { archiveBytes: 1e6, entries: 100, fileBytes: 1e6, totalBytes: 20 };
    expect(await failure(pullHere({ bounds }))).toMatchObject({
      message: expect.stringContaining("more than 20 bytes"),
    });
    expect(await place.problems()).toBe("NOT_FOUND");
  });
});

describe("an offline copy", () => {
  const copyOf = (name: string, bytes: Buffer) => {
    const file = path.join(path.dirname(place.modelDir), name);
    writeFileSync(file, bytes);
    return file;
  };

  it("is an archive, whose name the digest is noted by; bzip2 as it comes from the publisher", async () => {
    await place.pull({ from: FIXTURE });
    expect(manifest()).toMatchObject({ name: "tiny-model", source: FIXTURE, checksum: "first pull" });
    expect(await place.problems()).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  it("is compared with the checksum beside it", async () => {
    const file = copyOf("my.tar.gz", OLD);
    const list = copyOf("checksum.txt", Buffer.from(`${sha256(NEW)}  my.tar.gz\n`));
    expect(await failure(place.pull({ from: file }))).toMatchObject({ message: expect.stringContaining(list) });
    copyOf("checksum.txt", Buffer.from(`${sha256(OLD)}  my.tar.gz\n`));
    await place.pull({ from: file });
    expect(manifest()).toMatchObject({ checksum: "published", name: "my" });
    expect(existsSync(file)).toBe(true);
  });

  it("is a folder, itself or around it; its own files stay as they are", async () => {
    await place.pull({ from: FIXTURE });
    const around = path.join(path.dirname(place.modelDir), "around");
    mkdirSync(path.join(around, "tiny", "espeak-ng-data"), { recursive: true });
    for (const name of ["model.onnx", "voices.bin", "tokens.txt", "espeak-ng-data/phontab"]) {
      writeFileSync(path.join(around, "tiny", name), `of the folder: ${name}`);
    }
    for (const from of [around, path.join(around, "tiny")]) {
      await place.pull({ from });
      expect(manifest()).toMatchObject({ name: "tiny", source: path.join(around, "tiny"), checksum: "first pull" });
      expect(place.voices()).toBe("of the folder: voices.bin");
      expect(await place.problems()).toEqual([]);
    }
    writeFileSync(path.join(around, "tiny", "voices.bin"), "other voices");
    expect(await failure(place.pull({ from: around }))).toMatchObject({
      hint: expect.stringContaining("--accept-changed"),
    });
    expect(place.voices()).toBe("of the folder: voices.bin");
    // Its own copy: what happens to the folder does not matter.
    expect(statSync(path.join(place.root, "model", "voices.bin")).ino).not.toBe(
      statSync(path.join(around, "tiny", "voices.bin")).ino,
    );
  });

  it.skipIf(process.platform === "win32")("with a link in it, or that is one, is refused", async () => {
    await place.pull({ from: FIXTURE });
    const folder = path.join(path.dirname(place.modelDir), "linked");
    mkdirSync(path.join(folder, "espeak-ng-data"), { recursive: true });
    for (const name of ["model.onnx", "tokens.txt", "espeak-ng-data/phontab"])
      writeFileSync(path.join(folder, name), name);
    symlinkSync("/etc/hostname", path.join(folder, "voices.bin"));
    expect(await failure(place.pull({ from: folder }))).toMatchObject({
      message: expect.stringContaining("is a link"),
    });
    symlinkSync(folder, `${folder}-too`);
    expect(await failure(place.pull({ from: `${folder}-too` }))).toMatchObject({ code: "INVALID_INPUT" });
    expect(await place.problems()).toEqual([]);
  });

  it("that is not there is refused by name", async () => {
    const error = await failure(place.pull({ from: path.join(base, "nowhere.tar") }));
    expect([error.code, error.message]).toEqual(["INVALID_INPUT", expect.stringContaining("nowhere.tar")]);
  });
});

describe("a removal", () => {
  it("takes everything but what was noted of checksums, and counts the bytes", async () => {
    expect(await removeModel(KOKORO, place.modelDir)).toBe(0);
    await pullHere();
    expect(await removeModel(KOKORO, place.modelDir)).toBeGreaterThan(30);
    expect(place.names()).toEqual(["checksums.json"]);
    expect(await inspectModel(KOKORO, place.modelDir)).toMatchObject({
      runtime: { ready: false },
      manifest: undefined,
    });
  });
});

describe("a check", () => {
  it("names every file that is not as it was installed", async () => {
    await pullHere();
    const model = path.join(place.root, "model");
    writeFileSync(path.join(model, "voices.bin"), "OLD voices"); // as long as before
    writeFileSync(path.join(model, "lexicon-zh.txt"), "");
    unlinkSync(path.join(model, "espeak-ng-data", "phontab"));
    expect(await place.problems()).toEqual([
      { path: "espeak-ng-data/phontab", what: "missing" },
      { path: "voices.bin", what: "changed" },
      { path: "lexicon-zh.txt", what: "not part of the model" },
    ]);
  });
});
