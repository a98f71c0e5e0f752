import type * as z from "zod";
import { OutputFormat } from "./common.ts";

type Format = z.output<typeof OutputFormat>;

/** The first is added when a name has none. .oga is what RFC 5334 suggests beside .ogg and .opus (RFC 7845 §9). */
export const FILE_EXTENSIONS: Record<Format, readonly string[]> = {
  mp3: [".mp3"],
  wav: [".wav", ".wave"],
  ogg_opus: [".ogg", ".opus", ".oga"],
};

/** The format whose extension a file's name has, in any case; undefined for none or an unknown one. */
export function formatOfFileName(name: string): Format | undefined {
  const lower = name.toLowerCase();
  return OutputFormat.options.find((format) => FILE_EXTENSIONS[format].some((extension) => lower.endsWith(extension)));
}
