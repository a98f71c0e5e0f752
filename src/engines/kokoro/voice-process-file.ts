import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AppError } from "../../errors.ts";

/**
 * The built program of a voice process: beside this code in the bundle, in `dist` when this runs from its TypeScript
 * source. @throws AppError UNAVAILABLE when it is not built
 */
export function voiceProcessFile(from = import.meta.url): string {
  // Loaders of TypeScript may add a query.
  const inSource = new URL(from).pathname.endsWith(".ts");
  const name = "kokoro-voice.js";
  const file = fileURLToPath(new URL(inSource ? `../../../dist/${name}` : `./${name}`, from));
  if (!existsSync(file)) {
    throw new AppError("UNAVAILABLE", "The program that speaks with Kokoro's voices is missing.", {
      hint: inSource ? "run `npm run build`" : "install the package again",
      details: { file },
    });
  }
  return file;
}
