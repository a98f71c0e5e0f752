import { constants } from "node:fs";
import { lstat, mkdir, open, readdir } from "node:fs/promises";
import path from "node:path";
import type { ModelFile } from "../engines/kokoro/layout.ts";
import type { Bounds } from "./catalogue.ts";
import { entryPath } from "./entry-path.ts";
import { writeMeasured } from "./files.ts";
import { refused } from "./refusal.ts";

/** A regular file below a folder. */
export interface FoundFile {
  /** Relative, with slashes. */
  path: string;
  bytes: number;
}

/**
 * The regular files below a folder, by path.
 * @throws AppError INVALID_INPUT for links, devices and the like, and past the bounds
 */
export async function filesBelow(folder: string, bounds: Bounds): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  let entries = 0;
  let bytes = 0;
  const visit = async (below: string): Promise<void> => {
    for (const name of (await readdir(path.join(folder, below))).sort()) {
      if (++entries > bounds.entries) throw refused(`the folder holds more than ${bounds.entries} files and folders.`);
      const relative = below ? `${below}/${name}` : name;
      entryPath(relative);
      const info = await lstat(path.join(folder, relative));
      if (info.isDirectory()) {
        await visit(relative);
        continue;
      }
      if (!info.isFile()) throw refused(`${path.join(folder, relative)} is a link or device and no regular file.`);
      bytes += info.size;
      if (info.size > bounds.fileBytes) throw refused(`${relative} has more than ${bounds.fileBytes} bytes.`);
      if (bytes > bounds.totalBytes) throw refused(`the folder's files have more than ${bounds.totalBytes} bytes.`);
      found.push({ path: relative, bytes: info.size });
    }
  };
  await visit("");
  return found;
}

/**
 * Copies files from one folder to another and measures the copies.
 * @throws AppError INVALID_INPUT when one has become a link, or changed its size
 */
export async function copyFiles(
  files: readonly FoundFile[],
  { from, into, signal, onRead }: { from: string; into: string; signal: AbortSignal; onRead: (bytes: number) => void },
): Promise<ModelFile[]> {
  const copied: ModelFile[] = [];
  let read = 0;
  for (const { path: name, bytes } of files) {
    const target = path.join(into, name);
    await mkdir(path.dirname(target), { recursive: true });
    // O_NOFOLLOW is not there on Windows.
    const handle = await open(path.join(from, name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(
      (error) => {
        if (error.code === "ELOOP") throw refused(`${path.join(from, name)} is a link.`);
        throw error;
      },
    );
    const chunks = async function* () {
      for await (const chunk of handle.createReadStream({ highWaterMark: 2 ** 20 })) {
        read += chunk.length;
        onRead(read);
        yield chunk;
      }
    };
    const file = await writeMeasured(target, name, chunks(), signal);
    if (file.bytes !== bytes) throw refused(`${path.join(from, name)} changed while it was copied.`, "try again");
    copied.push(file);
  }
  return copied;
}
