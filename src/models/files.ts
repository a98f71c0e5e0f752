import { createHash, type Hash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, stat, statfs } from "node:fs/promises";
import path from "node:path";
import type { ModelFile } from "../engines/kokoro/layout.ts";
import { AppError } from "../errors.ts";
import { refused } from "./refusal.ts";

/** Left free on the disk for everything else. */
const SPARE_BYTES = 64 * 2 ** 20;

/**
 * The SHA-256 of a file, hexadecimal.
 * @param onRead told how many of its bytes have been read
 * @throws the signal's reason
 */
export async function sha256Of(
  file: string,
  signal: AbortSignal,
  onRead: (bytes: number) => void = () => {},
): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    signal.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
    onRead(bytes);
  }
  return hash.digest("hex");
}

/** Writes a new file to disk and measures it. @param name as the manifest is to have it */
export async function writeMeasured(
  target: string,
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<ModelFile> {
  const handle = await open(target, "wx", 0o644).catch((error) => {
    if (error.code === "EEXIST") throw refused(`it holds ${JSON.stringify(name)} twice.`);
    throw error;
  });
  const hash: Hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      await writeAll(handle, chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { path: name, bytes, sha256: hash.digest("hex") };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
}

/** Replaces a JSON file so that a crash leaves the old or the new one. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = await open(temporary, "w", 0o644);
  try {
    await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncEntry(path.dirname(file));
}

/** Makes what was renamed in a folder durable, or a file. Windows can't open folders, and needs no such thing. */
export async function syncEntry(entry: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(entry, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and all below it durable. Not on Windows, which flushes only what is open for writing. */
export async function syncTree(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(at);
    else if (entry.isFile()) await syncEntry(at);
  }
  await syncEntry(folder);
}

/** Bytes of all files below a folder; 0 when there is none. Links are not followed. */
export async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let sum = 0;
  for (const entry of entries) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) sum += await bytesBelow(at);
    else if (entry.isFile()) sum += (await stat(at)).size;
  }
  return sum;
}

/** @throws AppError STORAGE_FULL when the disk of a folder lacks room for so many bytes more */
export async function requireRoom(folder: string, bytes: number, what: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Not every file system answers; then the write itself will tell.
  const disk = await statfs(folder).catch(() => undefined);
  const free = disk && disk.bavail * disk.bsize;
  if (free === undefined || free >= bytes + SPARE_BYTES) return;
  throw new AppError("STORAGE_FULL", `${what} takes ${megabytes(bytes)}; ${folder} has room for ${megabytes(free)}.`, {
    hint: "free some room, or set AITTSM_MODEL_DIR to a folder on another disk",
    details: { needed_bytes: bytes + SPARE_BYTES, free_bytes: free },
  });
}

/** Bytes for people. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
