import { randomBytes } from "node:crypto";
import { link, open, realpath, rename, unlink } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../errors.ts";
import { type AudioSource, formatOf } from "./download.ts";
import { fromFileSystem, refused, type SaveTarget } from "./save-path.ts";

/**
 * Writes audio to a prepared place, as `saveFile`.
 * @throws AppError OUTPUT_PATH_REFUSED for audio of another format, or what reading it failed with
 */
export async function saveAudio(source: AudioSource, target: SaveTarget): Promise<number> {
  try {
    const format = formatOf(source.contentType) ?? target.format;
    if (format !== target.format) throw refused(`The audio is ${format}.`, `end the name of save_to for ${format}`);
    return await saveFile(source.body, target.path);
  } finally {
    // A body that nobody reads to its end would hold its connection.
    if (!source.body.locked) await source.body.cancel().catch(() => {});
  }
}

/**
 * Writes to a path that `prepareFile` gave: a temporary file beside it, synced, then given its name without
 * overwriting. A failure at any point leaves no file under that name, whole or half.
 * @param mode who may read it (POSIX)
 * @returns the bytes written
 * @throws AppError FILE_EXISTS, OUTPUT_PATH_REFUSED, STORAGE_FULL, or what reading failed with
 */
export async function saveFile(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: string,
  mode = 0o644,
): Promise<number> {
  const folder = path.dirname(target);
  const temporary = path.join(folder, `.aittsm-${randomBytes(8).toString("hex")}.part`);
  try {
    const handle = await open(temporary, "wx", mode);
    let bytes = 0;
    try {
      // A folder that was swapped for a link since it was checked would lead elsewhere.
      if ((await realpath(folder)) !== folder) throw refused("The folder of save_to was replaced.", "use another name");
      for await (const chunk of body) {
        await handle.writeFile(chunk);
        bytes += chunk.byteLength;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await giveName(temporary, target);
    return bytes;
  } catch (error) {
    throw fromFileSystem(error, target);
  } finally {
    // Gone already when it was renamed.
    await unlink(temporary).catch(() => {});
  }
}

async function giveName(temporary: string, target: string): Promise<void> {
  try {
    // A hard link fails when the name is taken, where rename would overwrite.
    await link(temporary, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EEXIST") throw fileExists(target);
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code)) throw error;
    // No hard links here (FAT, some network drives): reserve the name, then replace our own empty file.
    await (
      await open(target, "wx").catch((taken: NodeJS.ErrnoException) => {
        throw taken.code === "EEXIST" ? fileExists(target) : taken;
      })
    ).close();
    await rename(temporary, target);
  }
}

function fileExists(target: string): AppError {
  return new AppError("FILE_EXISTS", `${target} exists already.`, {
    hint: "save_to never overwrites; use another name",
  });
}
