import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { ModelManifest } from "../engines/kokoro/layout.ts";
import type { ModelEntry } from "./catalogue.ts";
import { syncEntry, syncTree, writeJson } from "./files.ts";
import { lock, tryLock } from "./lock.ts";
import { fromFileSystem } from "./refusal.ts";

const STAGING = ".staging-";
const SWAP = ".swap";

/** What is put in place together, by its name in a staging folder. */
type Part = "model" | "runtime" | "manifest";

/**
 * A model's folder, and how it is changed: what is new is made in a staging folder beside the old, then put in place.
 *
 * Putting in place takes several renames, so the staging folder, whole and on disk, first gets the name `.swap`: from then
 * on the new is what counts, and whoever comes next (`recover`) does what is still to be done. The manifest goes last. So
 * a process that dies at any moment leaves the old whole, or the new whole once the next command has run.
 */
export class ModelStore {
  readonly entry: ModelEntry;
  readonly modelDir: string;
  readonly root: string;

  constructor(entry: ModelEntry, modelDir: string) {
    this.entry = entry;
    this.modelDir = modelDir;
    this.root = entry.folder(modelDir);
  }

  get checksumsFile(): string {
    return path.join(this.root, "checksums.json");
  }

  get downloadDir(): string {
    return path.join(this.root, ".download");
  }

  get #swap(): string {
    return path.join(this.root, SWAP);
  }

  get #lockFile(): string {
    return path.join(this.root, ".lock");
  }

  /** Where a part is used from. */
  #placeOf(part: Part): string {
    if (part === "manifest") return this.entry.manifestFile(this.modelDir);
    return part === "model" ? this.entry.filesDir(this.modelDir) : this.entry.runtimeDir(this.modelDir);
  }

  /**
   * Runs what changes the folder, alone, after what an earlier process left has been finished or removed.
   * @throws AppError UNAVAILABLE while another process is at it, and what `run` throws
   */
  async change<T>(run: () => Promise<T>): Promise<T> {
    try {
      await mkdir(this.root, { recursive: true });
      const held = await lock(this.#lockFile);
      try {
        await this.#recover();
        return await run();
      } finally {
        await held.release();
      }
    } catch (error) {
      throw fromFileSystem(error, this.root);
    }
  }

  /** Before looking: finishes what an earlier process left, unless one is at it. */
  async settle(): Promise<void> {
    if (!existsSync(this.#swap)) return;
    const held = await tryLock(this.#lockFile);
    if (!held) return;
    try {
      await this.#recover();
    } catch (error) {
      throw fromFileSystem(error, this.root);
    } finally {
      await held.release();
    }
  }

  /** Runs what fills a new staging folder, which is gone afterwards, whatever happens. */
  async staged<T>(fill: (staging: string) => Promise<T>): Promise<T> {
    const staging = path.join(this.root, STAGING + randomBytes(6).toString("hex"));
    await mkdir(staging, { mode: 0o755 });
    try {
      return await fill(staging);
    } finally {
      await rm(staging, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  /** Puts the runtime of a staging folder (`runtime/`) in place of the old one. */
  async commitRuntime(staging: string): Promise<void> {
    await this.#commit(staging);
  }

  /** Puts the model of a staging folder (`model/`), whose files are on disk, in place of the old one. */
  async commitModel(staging: string, manifest: ModelManifest): Promise<void> {
    await syncTree(path.join(staging, "model"));
    await writeJson(path.join(staging, "manifest"), manifest);
    await this.#commit(staging);
  }

  /** Takes model and runtime away; the model counts as removed from the first moment. */
  async remove(): Promise<void> {
    await rm(this.#placeOf("manifest"), { force: true });
    await syncEntry(this.root);
    await this.staged(async (staging) => {
      for (const part of ["model", "runtime"] as const) {
        if (existsSync(this.#placeOf(part))) await rename(this.#placeOf(part), path.join(staging, part));
      }
    });
    await this.forgetDownload();
  }

  /** Removes a download, half or whole. */
  async forgetDownload(): Promise<void> {
    await rm(this.downloadDir, { recursive: true, force: true });
  }

  async #commit(staging: string): Promise<void> {
    await syncEntry(staging);
    await rename(staging, this.#swap);
    await syncEntry(this.root);
    await this.#finishSwap();
  }

  async #recover(): Promise<void> {
    if (existsSync(this.#swap)) await this.#finishSwap();
    for (const name of await readdir(this.root)) {
      if (name.startsWith(STAGING)) await rm(path.join(this.root, name), { recursive: true, force: true });
    }
  }

  /** Can be begun again at any point of it. */
  async #finishSwap(): Promise<void> {
    for (const part of ["runtime", "model", "manifest"] as const) {
      const from = path.join(this.#swap, part);
      if (!existsSync(from)) continue;
      const place = this.#placeOf(part);
      // A file is replaced by renaming, a folder is not.
      if (part !== "manifest" && existsSync(place)) {
        await rename(place, path.join(this.#swap, `old-${randomBytes(6).toString("hex")}`));
      }
      await rename(from, place);
      await syncEntry(this.root);
    }
    await rm(this.#swap, { recursive: true, force: true, maxRetries: 3 });
  }
}
