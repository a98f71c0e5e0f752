import path from "node:path";
import { openDataDir } from "./data-dir.ts";
import { openStore, type Store } from "./database.ts";
import { DATABASE_FILE } from "./files.ts";

/** The database of a data directory (or of its stand-in), for a process that needs nothing else of it. */
export async function openOwnStore(dataDir: string): Promise<Store> {
  return openStore(path.join((await openDataDir(dataDir)).path, DATABASE_FILE));
}
