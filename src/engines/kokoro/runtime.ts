import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { RUNTIME_PACKAGE, runtimeDir } from "./layout.ts";

/**
 * The main file of the runtime: where `aittsm models pull` puts it, else beside this program; undefined when it is
 * nowhere. Never looked for in the working directory, whose code is not ours to run. Loads nothing.
 * @param from URL of the module from whose place it is looked for; default: this one
 */
export function runtimeFile(modelDir: string, from: string = import.meta.url): string | undefined {
  const pulled = path.join(runtimeDir(modelDir), "node_modules", RUNTIME_PACKAGE);
  // By its folder: resolving by name would go on to the folders above, too.
  const places: [from: string, name: string][] = [[from, RUNTIME_PACKAGE]];
  if (existsSync(path.join(pulled, "package.json"))) places.unshift([path.join(pulled, "package.json"), pulled]);
  for (const [place, name] of places) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // Not there, or not whole.
    }
  }
  return undefined;
}

/** The package that has the native code for this machine; the runtime's own naming. */
const NATIVE_PACKAGE = `sherpa-onnx-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** Whether the runtime comes with code for this machine. */
export function runsHere(runtime: string): boolean {
  try {
    return createRequire(runtime).resolve(`${NATIVE_PACKAGE}/package.json`) !== "";
  } catch {
    return false;
  }
}
