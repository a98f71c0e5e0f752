import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import type { ModelManifest } from "../engines/kokoro/layout.ts";
import { AppError } from "../errors.ts";
import type { ModelEntry } from "./catalogue.ts";
import { bytesBelow, sha256Of } from "./files.ts";
import { type RuntimeState, runtimeState } from "./runtime.ts";
import { ModelStore } from "./store.ts";

/** What there is of a model. */
export interface ModelState {
  id: string;
  runtime: RuntimeState;
  manifest?: ModelManifest;
  /** Why the manifest can't be used. */
  problem?: string;
  /** Of a download that can go on. */
  downloadedBytes: number;
}

/** Looks at what is installed; reads no model file. */
export async function inspectModel(entry: ModelEntry, modelDir: string): Promise<ModelState> {
  const store = new ModelStore(entry, modelDir);
  await store.settle();
  const state: ModelState = {
    id: entry.id,
    runtime: await runtimeState(entry, entry.runtimeDir(modelDir)),
    downloadedBytes: await bytesBelow(store.downloadDir),
  };
  try {
    return { ...state, manifest: await entry.readManifest(modelDir) };
  } catch (error) {
    if (error instanceof AppError) return { ...state, problem: error.message };
    throw error;
  }
}

/** A file that is not as it was installed. */
export interface Difference {
  path: string;
  what: "missing" | "changed" | "not part of the model" | "can't be read";
}

/**
 * Compares every file of an installed model with its manifest, by SHA-256.
 * @returns what differs
 * @throws AppError NOT_FOUND when none is installed, PROVIDER_DISABLED when its manifest can't be used
 */
export async function verifyModel(
  entry: ModelEntry,
  modelDir: string,
  { signal, onBytes }: { signal: AbortSignal; onBytes(done: number, total: number): void },
): Promise<{ manifest: ModelManifest; differences: Difference[] }> {
  await new ModelStore(entry, modelDir).settle();
  const manifest = await entry.readManifest(modelDir);
  if (!manifest) {
    throw new AppError("NOT_FOUND", `The model of ${entry.id} is not installed.`, {
      hint: `run: aittsm models pull ${entry.id}`,
    });
  }
  const folder = entry.filesDir(modelDir);
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const differences: Difference[] = [];
  let done = 0;
  for (const { path: name, bytes, sha256 } of manifest.files) {
    const file = path.join(folder, name);
    const info = await lstat(file).catch(() => undefined);
    if (!info) differences.push({ path: name, what: "missing" });
    else if (!info.isFile() || info.size !== bytes) differences.push({ path: name, what: "changed" });
    else {
      const digest = await sha256Of(file, signal).catch((error) => {
        signal.throwIfAborted();
        if (error.syscall) return undefined;
        throw error;
      });
      if (digest === undefined) differences.push({ path: name, what: "can't be read" });
      else if (digest !== sha256) differences.push({ path: name, what: "changed" });
    }
    done += bytes;
    onBytes(done, total);
  }
  // Engines take what they find by name, also what nobody installed.
  const listed = new Set(manifest.files.map((file) => file.path));
  for (const name of await namesBelow(folder)) {
    if (!listed.has(name)) differences.push({ path: name, what: "not part of the model" });
  }
  return { manifest, differences };
}

/** All but folders, with slashes. */
async function namesBelow(folder: string, below = ""): Promise<string[]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true }).catch(() => []);
  const names: string[] = [];
  for (const entry of entries) {
    const name = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) names.push(...(await namesBelow(folder, name)));
    else names.push(name);
  }
  return names;
}

/**
 * Removes a model, its runtime and a half download. What was noted of checksums stays.
 * @returns the bytes that were freed
 * @throws AppError UNAVAILABLE while another process is at it
 */
export async function removeModel(entry: ModelEntry, modelDir: string): Promise<number> {
  const store = new ModelStore(entry, modelDir);
  return store.change(async () => {
    const before = await bytesBelow(store.root);
    await store.remove();
    return before - (await bytesBelow(store.root));
  });
}
