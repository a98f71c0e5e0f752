import { mkdtempSync } from "node:fs";
import path from "node:path";
import { inject } from "vitest";

/** A fresh folder that is removed when the run has ended. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(inject("temporaryRoot"), "t-"));
}
