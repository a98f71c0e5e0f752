import { createHash } from "node:crypto";
import { existsSync, type Stats } from "node:fs";
import { lstat, mkdir, readdir, rename, stat } from "node:fs/promises";
import path from "node:path";
import { MANIFEST_FORMAT, type ModelFile, type ModelManifest } from "../engines/kokoro/layout.ts";
import { AppError, invalidField } from "../errors.ts";
import { unpack } from "./archive.ts";
import { BOUNDS, type Bounds, type ModelEntry, nameOf } from "./catalogue.ts";
import { judgeChecksum, NotedChecksums, type PublishedChecksum, publishedAt, publishedBeside } from "./checksums.ts";
import { download } from "./download.ts";
import { megabytes, requireRoom, sha256Of } from "./files.ts";
import { copyFiles, filesBelow } from "./folder.ts";
import { Http } from "./http.ts";
import type { Npm } from "./npm.ts";
import { refused } from "./refusal.ts";
import { installRuntime, runtimeState } from "./runtime.ts";
import { ModelStore } from "./store.ts";

/** Model files hardly shrink: what an archive needs unpacked is guessed as so many times its size. */
const UNPACKED_PER_ARCHIVE_BYTE = 1.3;

/** Told what is being done. */
export interface Reporter {
  say(sentence: string): void;
  /** @param total undefined while it is not known */
  progress(doing: string, doneBytes: number, totalBytes: number | undefined): void;
}

export interface PullOptions {
  entry: ModelEntry;
  modelDir: string;
  signal: AbortSignal;
  report: Reporter;
  /** The folder of a mirror; default: the publisher's. */
  baseUrl?: string;
  /** An offline copy, absolute: the archive, or the folder that it unpacks to. */
  from?: string;
  only?: "runtime" | "model";
  /** Also when the model is installed. */
  again?: boolean;
  /** Takes an archive with another digest than at the first pull. */
  acceptChanged?: boolean;
  npm?: Npm;
  http?: Http;
  bounds?: Bounds;
  /** See `Download`. */
  pauseMs?: number;
}

/** What a pull came to. */
export interface Pulled {
  runtime: "installed" | "already there" | "not asked for";
  model: "installed" | "already there" | "not asked for";
}

/**
 * Installs a runtime and a model, or what is missing of them. Whatever fails, what was there before still works, and a
 * half download is kept for the next time.
 * @throws AppError that says what is wrong; the signal's reason
 */
export async function pull(options: PullOptions): Promise<Pulled> {
  const { entry, modelDir, only, from } = options;
  if (from !== undefined) await statOf(from);
  const store = new ModelStore(entry, modelDir);
  return store.change(async () => ({
    runtime: only === "model" ? "not asked for" : await pullRuntime(store, options),
    model: only === "runtime" ? "not asked for" : await pullModel(store, options),
  }));
}

async function pullRuntime(store: ModelStore, { entry, modelDir, npm, signal, report }: PullOptions) {
  const { ready, version } = await runtimeState(entry, entry.runtimeDir(modelDir));
  if (ready) {
    report.say(`The runtime (${entry.runtimePackage} ${version}) is there already.`);
    return "already there";
  }
  report.say(`Installing the runtime (${entry.runtimePackage} ${version}) with npm …`);
  await store.staged(async (staging) => {
    await installRuntime(entry, path.join(staging, "runtime"), { npm, signal });
    await store.commitRuntime(staging);
  });
  return "installed";
}

async function pullModel(store: ModelStore, options: PullOptions) {
  const { entry, modelDir, from, again, report } = options;
  const present = from === undefined && !again ? await usable(store) : undefined;
  if (present) {
    report.say(
      `The model (${present.name}) is there already; \`aittsm models verify ${entry.id}\` checks it, --again installs it anew.`,
    );
    return "already there";
  }
  const http = options.http ?? new Http();
  try {
    if (from === undefined) await pullFromServer(store, http, options);
    else await pullFromDisk(store, from, options);
  } finally {
    if (!options.http) await http.close();
  }
  const manifest = (await entry.readManifest(modelDir))!;
  report.say(`Installed ${manifest.name} in ${entry.filesDir(modelDir)}. ${checksumSentence(manifest)}`);
  return "installed";
}

/** How the archive's digest was known, in a sentence. */
export function checksumSentence({ archive_sha256: digest, checksum }: ModelManifest): string {
  return checksum === "published"
    ? `Its SHA-256 is the published one (${digest}).`
    : `No checksum is published for it; its SHA-256 was noted at the first pull and is compared with from now on (${digest}).`;
}

/** The manifest of a model whose files are all there with their sizes. */
async function usable({ entry, modelDir }: ModelStore): Promise<ModelManifest | undefined> {
  try {
    const manifest = await entry.readManifest(modelDir);
    for (const file of manifest?.files ?? []) {
      const { size } = await stat(path.join(entry.filesDir(modelDir), file.path));
      if (size !== file.bytes) return undefined;
    }
    return manifest;
  } catch {
    return undefined;
  }
}

async function pullFromServer(store: ModelStore, http: Http, options: PullOptions): Promise<void> {
  const { entry, signal, report, pauseMs, bounds = BOUNDS } = options;
  const { archive } = entry;
  const baseUrl = (options.baseUrl ?? entry.baseUrl).replace(/\/+$/, "");
  const url = `${baseUrl}/${archive}`;
  const published = await publishedAt(http, baseUrl, archive, signal);
  const file = path.join(store.downloadDir, `${archive}.part`);
  await download(http, {
    url,
    file,
    signal,
    pauseMs,
    maxBytes: bounds.archiveBytes,
    onBytes: (done, total) => report.progress(`Downloading ${archive}`, done, total),
    requireRoom: (missing, total) =>
      requireRoom(store.root, missing + unpackedBytes(total), `The model, with its archive,`),
  });
  try {
    await installArchive(store, file, { archive, source: url, published }, options);
  } catch (error) {
    // A whole archive that is refused would be refused again; going on from it would not mend it.
    if (error instanceof AppError && error.code === "INVALID_INPUT") await store.forgetDownload();
    throw error;
  }
  await store.forgetDownload();
}

const unpackedBytes = (archiveBytes: number) => Math.ceil(archiveBytes * UNPACKED_PER_ARCHIVE_BYTE);

/** @throws AppError INVALID_INPUT when it is neither file nor folder */
async function statOf(from: string): Promise<Stats> {
  const hint = "name the archive, or the folder that it unpacks to";
  const info = await lstat(from).catch((error) => {
    throw invalidField("from", `--from ${from} can't be read (${error.code}).`, hint);
  });
  if (info.isFile() || info.isDirectory()) return info;
  throw invalidField("from", `--from ${from} is a link or device.`, hint);
}

async function pullFromDisk(store: ModelStore, from: string, options: PullOptions): Promise<void> {
  const info = await statOf(from);
  if (info.isDirectory()) return installFolder(store, from, options);
  const archive = path.basename(from);
  await requireRoom(store.root, unpackedBytes(info.size), "The model");
  await installArchive(store, from, { archive, source: from, published: await publishedBeside(from) }, options);
}

interface Origin {
  archive: string;
  source: string;
  published?: PublishedChecksum;
}

async function installArchive(store: ModelStore, file: string, origin: Origin, options: PullOptions): Promise<void> {
  const { signal, report, acceptChanged, bounds = BOUNDS } = options;
  const { archive, source, published } = origin;
  const before = await stat(file);
  if (before.size > bounds.archiveBytes) throw refused(`${archive} has more than ${bounds.archiveBytes} bytes.`);
  const onRead = (bytes: number) => report.progress(`Checking ${archive}`, bytes, before.size);
  const digest = await sha256Of(file, signal, onRead);
  const noted = new NotedChecksums(store.checksumsFile);
  const checksum = judgeChecksum(archive, digest, { published, noted: await noted.get(archive), acceptChanged });
  await store.staged(async (staging) => {
    const unpacked = path.join(staging, "unpacked");
    await mkdir(unpacked);
    const onUnpacked = (bytes: number) => report.progress(`Unpacking ${archive}`, bytes, before.size);
    const files = await unpack(file, { into: unpacked, bounds, signal, onRead: onUnpacked });
    const after = await stat(file);
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs || after.ino !== before.ino) {
      throw refused(`${file} changed while it was read.`, "try again");
    }
    const top = await topFolder(unpacked, store.entry);
    await rename(path.join(unpacked, top), path.join(staging, "model"));
    const manifest = manifestOf(store.entry, {
      name: nameOf(archive),
      source,
      digest,
      checksum,
      files: below(top, files),
    });
    if (checksum === "first pull") await noted.note(archive, digest);
    await store.commitModel(staging, manifest);
  });
}

async function installFolder(store: ModelStore, from: string, options: PullOptions): Promise<void> {
  const { signal, report, acceptChanged, bounds = BOUNDS } = options;
  const folder = path.join(from, await topFolder(from, store.entry));
  const found = await filesBelow(folder, bounds);
  const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  await requireRoom(store.root, total, "The model");
  await store.staged(async (staging) => {
    const into = path.join(staging, "model");
    await mkdir(into);
    const onRead = (bytes: number) => report.progress(`Copying ${folder}`, bytes, total);
    const files = await copyFiles(found, { from: folder, into, signal, onRead });
    const name = path.basename(folder);
    const digest = digestOf(files);
    const noted = new NotedChecksums(store.checksumsFile);
    // With a slash: an archive of the same name has another digest.
    const key = `${name}/`;
    const checksum = judgeChecksum(key, digest, { noted: await noted.get(key), acceptChanged });
    const manifest = manifestOf(store.entry, { name, source: folder, digest, checksum, files });
    await noted.note(key, digest);
    await store.commitModel(staging, manifest);
  });
}

/** Of a folder: the SHA-256 of what `sha256sum` prints for its files, by path. */
function digestOf(files: readonly ModelFile[]): string {
  const lines = sorted(files).map(({ path: name, sha256 }) => `${sha256}  ${name}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}

const sorted = (files: readonly ModelFile[]) => [...files].sort((a, b) => (a.path < b.path ? -1 : 1));

/** The folder below that has the model: itself (`.`), or the only one in it. */
async function topFolder(folder: string, { requiredFiles }: ModelEntry): Promise<string> {
  if (existsSync(path.join(folder, requiredFiles[0]!))) return ".";
  const [only, ...others] = await readdir(folder, { withFileTypes: true });
  if (only?.isDirectory() && others.length === 0) return only.name;
  throw refused(`it has no ${requiredFiles[0]}, neither at its top nor in a single folder there.`);
}

const below = (top: string, files: readonly ModelFile[]): ModelFile[] =>
  top === "." ? [...files] : files.map((file) => ({ ...file, path: file.path.slice(top.length + 1) }));

function manifestOf(
  { requiredFiles, id }: ModelEntry,
  found: { name: string; source: string; digest: string; checksum: ModelManifest["checksum"]; files: ModelFile[] },
): ModelManifest {
  const missing = requiredFiles.find((name) => !found.files.some((file) => file.path === name && file.bytes > 0));
  if (missing) throw refused(`it has no ${missing}, so it is no model of ${id}.`);
  return {
    format: MANIFEST_FORMAT,
    name: found.name,
    source: found.source,
    archive_sha256: found.digest,
    checksum: found.checksum,
    installed_at: new Date().toISOString(),
    files: sorted(found.files),
  };
}

/** What the files of a model weigh, for people. */
export const weightOf = ({ files }: ModelManifest): string =>
  megabytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
