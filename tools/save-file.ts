import { invalidField } from "../src/errors.ts";
import type { ToolContext } from "./tool.ts";

/** What save_to may be called, and what the caller could change instead. */
export interface FileRule {
  extensions: readonly string[];
  /** Completes "…, but". */
  what: string;
  change: string;
}

/** The output folder. @throws AppError INVALID_INPUT where this server does not run on the caller's machine. */
export function outputDirOf({ config }: ToolContext, instead: string): string {
  if (config.outputDir !== undefined) return config.outputDir;
  throw invalidField("save_to", "save_to works only where this server runs on your machine.", instead);
}

/** Where save_to leads, checked before anything is asked of the service; undefined when it wasn't given. */
export async function planFile(
  saveTo: string | undefined,
  context: ToolContext,
  rule: FileRule,
): Promise<string | undefined> {
  if (saveTo === undefined) return undefined;
  return context.client.prepareFile({ outputDir: outputDirOf(context, "take data"), saveTo, ...rule });
}
