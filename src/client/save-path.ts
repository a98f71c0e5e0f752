import { lstat, mkdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { FILE_EXTENSIONS, formatOfFileName } from "../contract/file-extensions.ts";
import { AppError } from "../errors.ts";
import { type Format, formatOf } from "./download.ts";

/** Device names that Windows reserves in every folder, with any extension; files so named can't be copied there. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
const MAX_PATH_LENGTH = 1_024;

export function refused(message: string, hint: string, cause?: unknown): AppError {
  return new AppError("OUTPUT_PATH_REFUSED", message, { hint, cause });
}

/** What a failure of the file system means for a file in the output folder. */
export function fromFileSystem(error: unknown, target: string): unknown {
  const code = (error as NodeJS.ErrnoException)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new AppError("STORAGE_FULL", `There is no space left for ${target}.`, {
      hint: "free some space, or set AITTSM_OUTPUT_DIR to another disk",
      cause: error,
    });
  }
  if (
    code &&
    ["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "ENOENT", "EEXIST", "EINVAL"].includes(code)
  ) {
    return refused(
      `${target} can't be written (${code}).`,
      "use another name, or set AITTSM_OUTPUT_DIR to a folder that can be written",
      error,
    );
  }
  return error;
}

const isInside = (folder: string, file: string) => {
  const relative = path.relative(folder, file);
  return relative !== "" && !path.isAbsolute(relative) && relative.split(path.sep)[0] !== "..";
};

/** The real path of the deepest part of `folder` that exists. */
async function realAncestor(folder: string): Promise<string> {
  for (let current = folder; ; current = path.dirname(current)) {
    try {
      return await realpath(current);
    } catch (error) {
      const dangling = await lstat(current).catch(() => undefined);
      if (dangling || (error as NodeJS.ErrnoException).code !== "ENOENT" || path.dirname(current) === current)
        throw error;
    }
  }
}

function checkName(saveTo: string): void {
  const bad = (why: string) => refused(`save_to ${why}.`, 'give a plain file name such as "speech.mp3"');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(saveTo)) throw bad("holds a control character");
  if (saveTo.length > MAX_PATH_LENGTH) throw bad(`is longer than ${MAX_PATH_LENGTH} characters`);
  if (saveTo.trim() === "" || /[/\\]$/.test(saveTo)) throw bad("names a folder, not a file");
  if (path.sep === "/" && saveTo.includes("\\")) throw bad("holds a backslash, which is no separator on this system");
  if (path.sep === "\\" && /[<>"|?*]|:(?![\\/])/.test(saveTo)) throw bad("holds a character that Windows refuses");
  for (const part of saveTo.split(/[/\\]/)) {
    if (RESERVED.test(part)) throw bad(`holds "${part}", a device name on Windows`);
    if (/[. ]$/.test(part) && part !== "." && part !== "..") throw bad("holds a name that ends in a dot or space");
  }
}

export interface SaveTarget {
  /** Absolute, with links resolved. */
  path: string;
  format: Format;
}

export interface SaveOptions {
  /** Absolute; made when it doesn't exist. */
  outputDir: string;
  /** A file name, or a path inside outputDir. */
  saveTo: string;
  /** The audio's format, where it is settled; else its media type says it, else the name's extension decides. */
  format?: Format;
  contentType?: string;
  /** What it is when the name has no extension either. */
  fallback?: Format;
}

/** As `prepareFile`, for audio: the format decides the extension, or the extension the format. */
export async function prepareSave({ outputDir, saveTo, ...known }: SaveOptions): Promise<SaveTarget> {
  checkName(saveTo);
  const format = known.format ?? formatOf(known.contentType) ?? formatOfFileName(saveTo) ?? known.fallback ?? "mp3";
  const rule = { extensions: FILE_EXTENSIONS[format], what: `the audio is ${format}`, change: "change output_format" };
  return { path: await prepareFile({ outputDir, saveTo, ...rule }), format };
}

export interface FileOptions {
  /** Absolute; made when it doesn't exist. */
  outputDir: string;
  /** A file name, or a path inside outputDir. */
  saveTo: string;
  /** With the dot; a name without one gets the first. */
  extensions: readonly string[];
  /** What is to be saved, and what else the caller could change, for the error of a wrong extension. */
  what: string;
  change: string;
}

/**
 * Finds where `saveTo` leads and makes its folder. Nothing else is written, so it can run before anything is charged.
 * @returns the absolute path, with links resolved
 * @throws AppError OUTPUT_PATH_REFUSED (outside the folder, bad name, wrong extension), FILE_EXISTS
 */
export async function prepareFile({ outputDir, saveTo, extensions, what, change }: FileOptions): Promise<string> {
  checkName(saveTo);
  const home = /^~[\\/]/.test(saveTo) ? path.join(homedir(), saveTo.slice(2)) : saveTo;
  const wanted = path.resolve(outputDir, home);
  const extension = path.extname(wanted).toLowerCase();
  if (extension !== "" && !extensions.includes(extension)) {
    throw refused(
      `save_to ends in ${extension}, but ${what}.`,
      `end the name in ${extensions.join(" or ")}, or ${change}`,
    );
  }
  const named = extension === "" ? wanted + extensions[0] : wanted;
  try {
    await mkdir(outputDir, { recursive: true });
    const root = await realpath(outputDir);
    const outside = () =>
      refused(
        "save_to leads outside the output folder.",
        `give a file name; files go to ${outputDir} (AITTSM_OUTPUT_DIR)`,
      );
    const folder = path.dirname(named);
    // Before folders are made: a link on the way must not lead them elsewhere.
    const ancestor = await realAncestor(folder);
    if (ancestor !== root && !isInside(root, ancestor)) throw outside();
    await mkdir(folder, { recursive: true });
    const target = path.join(await realpath(folder), path.basename(named));
    if (!isInside(root, target)) throw outside();
    if (await exists(target)) {
      throw new AppError("FILE_EXISTS", `${target} exists already.`, {
        hint: `save_to never overwrites; use another name such as "${await freeName(target)}"`,
      });
    }
    return target;
  } catch (error) {
    throw fromFileSystem(error, named);
  }
}

/** A link that leads nowhere exists too. */
async function exists(file: string): Promise<boolean> {
  return (await lstat(file).catch(ignoreMissing)) !== undefined;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

async function freeName(target: string): Promise<string> {
  const { dir, name, ext } = path.parse(target);
  for (let number = 2; number < 100; number++) {
    const candidate = `${name}-${number}${ext}`;
    if (!(await exists(path.join(dir, candidate)))) return candidate;
  }
  return `${name}-${Date.now()}${ext}`;
}
