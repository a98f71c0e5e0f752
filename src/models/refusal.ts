import { AppError } from "../errors.ts";

/** An archive or folder that is not installed: what is wrong with it. Nothing was changed. */
export function refused(what: string, hint = "get the archive anew, or another one", cause?: unknown): AppError {
  return new AppError("INVALID_INPUT", `The model was not installed: ${what}`, { hint, cause });
}

/** What a file operation failed with, as an error that people can act on. */
export function fromFileSystem(error: unknown, doing: string): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !("syscall" in error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new AppError("STORAGE_FULL", `There is no room on the disk for ${doing} (${code}).`, {
      hint: "free some room, or set AITTSM_MODEL_DIR to a folder on another disk",
      cause: error,
    });
  }
  const busy = ["EBUSY", "EPERM", "EACCES"].includes(code ?? "") && process.platform === "win32";
  return new AppError("UNAVAILABLE", `${doing}: ${message}.`, {
    hint: busy
      ? "end the programs that use the model (aittsm in clients, aittsm serve), then run the command again"
      : "check the folder and who may write to it; AITTSM_MODEL_DIR sets another one",
    cause: error,
  });
}
