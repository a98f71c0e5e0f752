import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of all temporary folders of this run. */
    temporaryRoot: string;
  }
}

/** One folder for the whole run, removed at its end: also what tests made while they ran, and killed processes left. */
export default function setup(project: TestProject): () => void {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "aittsm-test-")));
  project.provide("temporaryRoot", root);
  return () => rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}
