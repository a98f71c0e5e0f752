import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { BlobReader, BlobStore, BlobWriter } from "./blob-store.ts";

const PARTIAL = ".part";

/** That there is room is believed for so long, or until a write fails: it is an estimate anyhow. */
const FREE_LIFE_MS = 1_000;
const UNKNOWN = { askedAt: 0, bytes: undefined };

/** Blobs as files of one folder: temporary name, fsync, rename, fsync of the folder. */
export class FsBlobStore implements BlobStore {
  readonly #folder: string;
  #free: { askedAt: number; bytes: number | undefined } = UNKNOWN;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async create(name: string): Promise<BlobWriter> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const target = this.#path(name);
    const partial = target + PARTIAL;
    const file = await open(partial, "w", 0o600);
    let size = 0;
    return {
      write: async (bytes) => {
        // A write may take less than all of it (a nearly full disk); the next one then throws.
        try {
          for (let done = 0; done < bytes.length; ) {
            done += (await file.write(bytes, done, bytes.length - done, size + done)).bytesWritten;
          }
        } catch (error) {
          this.#free = UNKNOWN;
          throw error;
        }
        size += bytes.length;
      },
      patch: async (offset, bytes) => {
        await file.write(bytes, 0, bytes.length, offset);
      },
      commit: async () => {
        await file.sync();
        await file.close();
        await rename(partial, target);
        await syncFolder(this.#folder);
        return size;
      },
      discard: async () => {
        await file.close().catch(() => {});
        await rm(partial, { force: true });
      },
      reader: () => openReader(partial),
    };
  }

  async read(name: string, range?: { start: number; end: number }) {
    const size = await this.sizeBytes(name);
    if (size === undefined) return undefined;
    const file = await open(this.#path(name), "r");
    const stream = createReadStream("", { fd: file, ...range, highWaterMark: 256 * 1024 });
    return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  }

  async sizeBytes(name: string): Promise<number | undefined> {
    try {
      return (await stat(this.#path(name))).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
    await rm(this.#path(name) + PARTIAL, { force: true });
  }

  async sweep(isReserved: (names: string[]) => Promise<Set<string>>): Promise<number> {
    // Files first, rows second: whoever makes a file reserved its name before, so a name unknown now was given up.
    const files = await readdir(this.#folder).catch((error) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const names = new Map(files.map((file) => [file, file.endsWith(PARTIAL) ? file.slice(0, -PARTIAL.length) : file]));
    const reserved = await isReserved([...new Set(names.values())]);
    const lost = files.filter((file) => !reserved.has(names.get(file)!));
    for (const file of lost) await rm(path.join(this.#folder, file), { force: true });
    return lost.length;
  }

  localPath(name: string): string {
    return this.#path(name);
  }

  async freeBytes(needed: number): Promise<number | undefined> {
    const { askedAt, bytes } = this.#free;
    const now = performance.now();
    if (bytes !== undefined && bytes >= needed && now - askedAt <= FREE_LIFE_MS) return bytes;
    this.#free = { askedAt: now, bytes: await this.#askFreeBytes() };
    return this.#free.bytes;
  }

  async #askFreeBytes(): Promise<number | undefined> {
    // The folder is made with the first blob; until then the one around it is on the same disk.
    for (const folder of [this.#folder, path.dirname(this.#folder)]) {
      try {
        const { bavail, bsize } = await statfs(folder);
        return bavail * bsize;
      } catch {
        // not every file system answers; then the write itself will tell
      }
    }
    return undefined;
  }

  #path(name: string): string {
    if (path.basename(name) !== name) throw new Error("a blob's name has no folders");
    return path.join(this.#folder, name);
  }
}

async function openReader(file: string): Promise<BlobReader> {
  const handle = await open(file, "r");
  return {
    read: async (offset, maxBytes) => {
      const buffer = new Uint8Array(maxBytes);
      const { bytesRead } = await handle.read(buffer, 0, maxBytes, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => handle.close(),
  };
}

/** Makes a rename durable. Windows can't open folders, and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";
