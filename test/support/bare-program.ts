import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";

const project = path.resolve(import.meta.dirname, "../..");

/**
 * The built program as an installation has it: beside it only what package.json lists as `dependencies`.
 * @param folder absolute; is made
 * @returns the path of its bin
 */
export function installBare(folder: string): string {
  const manifest = JSON.parse(readFileSync(path.join(project, "package.json"), "utf8"));
  const home = path.join(folder, "node_modules", ...manifest.name.split("/"));
  for (const part of ["package.json", "bin", "dist", "models"]) {
    cpSync(path.join(project, part), path.join(home, part), { recursive: true });
  }
  linkPackages(folder, Object.keys(manifest.dependencies));
  return path.join(home, "bin", "aittsm.js");
}

/** Has packages of this project stand in `folder`/node_modules as if they were installed there. */
export function linkPackages(folder: string, names: string[]): void {
  for (const name of names) {
    const link = path.join(folder, "node_modules", ...name.split("/"));
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(project, "node_modules", ...name.split("/")), link, "junction");
  }
}
