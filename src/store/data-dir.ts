import { constants } from "node:fs";
import { access, lstat, mkdir } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { AppError } from "../errors.ts";

export interface DataDir {
  path: string;
  /** Set when the wished folder can't be written and another stands in: belongs into every answer. */
  warning?: string;
}

/**
 * Makes sure of a folder that can be written. When the wished one can't be, a temporary folder of this user stands in,
 * so that a client on a read-only system still speaks.
 * @param standIn false: none may stand in
 * @throws AppError CONFIG_INVALID when neither can be used.
 */
export async function openDataDir(wished: string, { standIn: mayStandIn = true } = {}): Promise<DataDir> {
  const problem = await tryFolder(wished);
  if (!problem) return { path: wished };
  if (!mayStandIn) {
    throw new AppError("CONFIG_INVALID", `The data folder ${wished} can't be used (${problem}).`, {
      hint: "set AITTSM_DATA_DIR to a folder that can be written",
      details: { setting: "AITTSM_DATA_DIR" },
    });
  }
  const standIn = path.join(tmpdir(), `aittsm-${userInfo().uid === -1 ? userInfo().username : userInfo().uid}`);
  const standInProblem = (await tryFolder(standIn)) ?? (await notPrivate(standIn));
  if (standInProblem) {
    throw new AppError("CONFIG_INVALID", `The data folder ${wished} can't be used (${problem}).`, {
      hint: `set AITTSM_DATA_DIR to a folder that can be written (${standIn} can't stand in: ${standInProblem})`,
      details: { setting: "AITTSM_DATA_DIR" },
    });
  }
  return {
    path: standIn,
    warning: `The data folder ${wished} can't be written (${problem}); ${standIn} is used instead and may be cleared by the system. Set AITTSM_DATA_DIR to a folder that can be written.`,
  };
}

async function tryFolder(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown error";
  }
}

/** Why a folder in a place where others may write can't be trusted; undefined when it can. */
async function notPrivate(folder: string): Promise<string | undefined> {
  const info = await lstat(folder);
  if (!info.isDirectory()) return "it is a link or not a folder";
  if (process.platform === "win32") return undefined;
  if (info.uid !== process.getuid?.()) return "it belongs to another user";
  return (info.mode & 0o077) === 0 ? undefined : "other users can open it";
}

/** Refuses a folder for secrets that is a link, another user's, or open to others. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  const problem = await notPrivate(folder);
  if (problem) {
    throw new AppError("CONFIG_INVALID", `The folder ${folder} can't hold secrets: ${problem}.`, {
      hint: `make it a plain folder of your own with mode 0700 (chmod 700), or set AITTSM_DATA_DIR to another folder`,
      details: { setting: "AITTSM_DATA_DIR" },
    });
  }
}
