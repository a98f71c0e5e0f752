import { refused } from "./refusal.ts";

const MOST_CHARACTERS = 300;
const MOST_PARTS = 16;

/**
 * The path of an archive's entry, as one that stays in its folder on every system: relative, with slashes, without `.`.
 * @returns undefined for the folder itself
 * @throws AppError INVALID_INPUT for a path that is absolute, leads out, or means something else on another system
 */
export function entryPath(raw: string): string | undefined {
  const shown = JSON.stringify(raw.slice(0, 100));
  if (raw.length > MOST_CHARACTERS) throw refused(`it holds a path of more than ${MOST_CHARACTERS} characters.`);
  // The drives and streams of Windows have colons, its folders backslashes.
  if (/[\\:\0]/.test(raw) || raw.startsWith("/"))
    throw refused(`it holds the path ${shown}, which could lead elsewhere.`);
  const parts = raw.split("/").filter((part) => part !== "" && part !== ".");
  // Windows takes `.. ` for `..`.
  if (parts.some((part) => /^[. ]+$/.test(part))) throw refused(`it holds the path ${shown}, which leads out of it.`);
  if (parts.length > MOST_PARTS) throw refused(`it holds folders more than ${MOST_PARTS} deep.`);
  return parts.length === 0 ? undefined : parts.join("/");
}
