import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../errors.ts";
import type { ModelEntry } from "./catalogue.ts";
import { syncTree } from "./files.ts";
import { findNpm, type Npm, runNpm } from "./npm.ts";

const PROJECT_FILES = ["package.json", "package-lock.json"] as const;

/** The runtime that this version of the program wants, and what is there. */
export interface RuntimeState {
  package: string;
  /** The version that the shipped lockfile pins. */
  version: string;
  /** The version that is there; undefined when none is. */
  installed?: string;
  /** Whether it is that version, with its code for this machine. */
  ready: boolean;
}

interface LockedPackage {
  version: string;
  os?: string[];
  cpu?: string[];
  optional?: boolean;
}

/** The npm project of a runtime, as it comes with this program. dist/ and src/models/ stand at different depths below it. */
function shippedProject({ id }: ModelEntry): string {
  const found = ["../models/", "../../models/"]
    .map((up) => fileURLToPath(new URL(`${up}${id}/`, import.meta.url)))
    .find((folder) => PROJECT_FILES.every((name) => existsSync(path.join(folder, name))));
  if (found) return found;
  throw new AppError("CONFIG_INVALID", `This installation of aittsm lacks its models/${id}.`, {
    hint: "install aittsm again",
  });
}

async function lockedPackages(entry: ModelEntry): Promise<Map<string, LockedPackage>> {
  const file = path.join(shippedProject(entry), "package-lock.json");
  const { packages } = JSON.parse(await readFile(file, "utf8")) as { packages: Record<string, LockedPackage> };
  const prefix = "node_modules/";
  return new Map(
    Object.entries(packages).flatMap(([place, locked]) =>
      place.startsWith(prefix) ? [[place.slice(prefix.length), locked] as const] : [],
    ),
  );
}

/** Whether npm would install a package on this machine. */
const fits = ({ os, cpu }: LockedPackage) =>
  (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true);

/** What of the locked packages is in a project's node_modules, as name → version. */
async function installedIn(folder: string, names: Iterable<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    try {
      const text = await readFile(path.join(folder, "node_modules", name, "package.json"), "utf8");
      found.set(name, JSON.parse(text).version);
    } catch {
      // Not there, or not whole.
    }
  }
  return found;
}

/** What runtime is wanted and which is there. */
export async function runtimeState(entry: ModelEntry, folder: string): Promise<RuntimeState> {
  const locked = await lockedPackages(entry);
  const wanted = [...locked].filter(([, pack]) => fits(pack));
  const installed = await installedIn(folder, locked.keys());
  return {
    package: entry.runtimePackage,
    version: locked.get(entry.runtimePackage)!.version,
    installed: installed.get(entry.runtimePackage),
    ready: wanted.every(([name, { version }]) => installed.get(name) === version),
  };
}

/**
 * Installs a runtime into an empty folder by `npm ci`: exactly what the shipped lockfile says, checked against its
 * digests, without running scripts.
 * @throws the signal's reason; AppError PROVIDER_DISABLED when there is none for this machine, or no npm; NETWORK_ERROR or
 *   UNAVAILABLE when npm fails
 */
export async function installRuntime(
  entry: ModelEntry,
  folder: string,
  { npm = findNpm(), signal }: { npm?: Npm; signal: AbortSignal },
): Promise<void> {
  const project = shippedProject(entry);
  const native = [...(await lockedPackages(entry)).values()].filter(({ os }) => os !== undefined);
  if (native.length > 0 && !native.some(fits)) {
    throw new AppError(
      "PROVIDER_DISABLED",
      `${entry.runtimePackage} has no code for ${process.platform} on ${process.arch}.`,
      {
        hint: "use another voice: `aittsm voices --available` lists those that work here",
      },
    );
  }
  const wayOut = `copy the folder ${path.basename(folder)} of another machine of the same kind to ${entry.id} in AITTSM_MODEL_DIR`;
  if (!npm) {
    throw new AppError("PROVIDER_DISABLED", `npm was not found; it installs ${entry.runtimePackage}.`, {
      hint: `install Node.js with npm from https://nodejs.org, or ${wayOut}`,
    });
  }
  await mkdir(folder);
  for (const name of PROJECT_FILES) await copyFile(path.join(project, name), path.join(folder, name));
  // Said here, each stands above what files and variables of the user's would set.
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--include=optional", "--no-update-notifier"];
  const result = await runNpm(npm, ["ci", ...flags, "--prefix", folder], folder, signal).catch((error) => {
    signal.throwIfAborted();
    return { code: null, said: String(error.message) };
  });
  if (result.code !== 0) {
    throw new AppError("NETWORK_ERROR", `npm could not install ${entry.runtimePackage}: ${sentenceOf(result.said)}`, {
      hint: `check that \`npm ping\` works (a registry mirror: \`npm config set registry\`) and try again; or ${wayOut}`,
      details: { npm_output: result.said },
    });
  }
  // What is optional may be missing without a word: npm goes on when it can't get it.
  if (!(await runtimeState(entry, folder)).ready) {
    throw new AppError(
      "UNAVAILABLE",
      `npm left out a part of ${entry.runtimePackage} for ${process.platform} on ${process.arch}.`,
      {
        hint: `try again; or ${wayOut}`,
        details: { npm_output: result.said },
      },
    );
  }
  await syncTree(folder);
}

/** The lines in which npm says what was wrong, without its marks and where its log is. */
function sentenceOf(said: string): string {
  const lines = said
    .split(/\r?\n/)
    .map((line) => line.replace(/^npm (error|ERR!)\s*/i, "").trim())
    .filter((line) => line !== "" && !/complete log of this run|^npm warn/i.test(line));
  return `${lines.slice(0, 3).join(" ").slice(0, 400) || "it said nothing"}${lines.length > 3 ? " …" : ""}`;
}
