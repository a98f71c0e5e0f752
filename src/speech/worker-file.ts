import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AppError } from "../errors.ts";

/**
 * The built worker: beside this code in the bundle, in `dist` when this runs from its TypeScript source.
 * @throws AppError UNAVAILABLE when it is not built
 */
export function speechWorkerFile(from = import.meta.url): string {
  const inSource = from.endsWith(".ts");
  const file = fileURLToPath(new URL(inSource ? "../../dist/speech-worker.js" : "./speech-worker.js", from));
  if (!existsSync(file)) {
    throw new AppError("UNAVAILABLE", "The speech worker is missing.", {
      hint: inSource ? "run `npm run build`" : "install the package again",
      details: { file },
    });
  }
  return file;
}
