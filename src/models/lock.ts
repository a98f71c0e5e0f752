import { open, readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../errors.ts";
import { isCertainlyGone, makeProcessId } from "../store/process-id.ts";

/** A file without content is one whose owner died between making and writing it, once it is this old. */
const UNWRITTEN_AFTER_MS = 10_000;

/** A lock that is held. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes a lock file; that of a process that is gone is taken over.
 * @returns undefined while another process has it
 */
export async function tryLock(file: string): Promise<Lock | undefined> {
  const me = makeProcessId();
  if (!(await create(file, me)) && !(await takeOver(file, me))) return undefined;
  return {
    release: async () => {
      if ((await ownerOf(file)) === me) await rm(file, { force: true });
    },
  };
}

/** As `tryLock`. @throws AppError UNAVAILABLE while another process has it */
export async function lock(file: string): Promise<Lock> {
  const taken = await tryLock(file);
  if (taken) return taken;
  const owner = (await ownerOf(file)) ?? "";
  throw new AppError(
    "UNAVAILABLE",
    `Another aittsm (process ${owner.split("/")[1] ?? "unknown"}) is changing ${path.dirname(file)}.`,
    {
      hint: `wait until it is done; if there is none, delete ${file}`,
    },
  );
}

async function create(file: string, me: string): Promise<boolean> {
  const handle = await open(file, "wx").catch((error) => {
    if (error.code === "EEXIST") return undefined;
    throw error;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(me);
  } finally {
    await handle.close();
  }
  return true;
}

/**
 * Only who holds a second file may remove another's lock: of two that find the same dead owner, the slower one would
 * else remove the quicker one's fresh lock.
 */
async function takeOver(file: string, me: string): Promise<boolean> {
  if (!(await isLeft(file))) return false;
  const right = `${file}-takeover`;
  if (!(await create(right, me))) {
    if (await isLeft(right)) await rm(right, { force: true });
    if (!(await create(right, me))) return false;
  }
  try {
    if (await isLeft(file)) await rm(file, { force: true });
    return await create(file, me);
  } finally {
    await rm(right, { force: true });
  }
}

const ownerOf = (file: string) => readFile(file, "utf8").catch(() => undefined);

async function isLeft(file: string): Promise<boolean> {
  const owner = await ownerOf(file);
  if (owner) return isCertainlyGone(owner);
  const info = await stat(file).catch(() => undefined);
  return info === undefined || Date.now() - info.mtimeMs > UNWRITTEN_AFTER_MS;
}
