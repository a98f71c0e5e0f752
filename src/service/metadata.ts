import { invalidField } from "../errors.ts";

/** Metadata's bounds, as published. */
const MAX_METADATA_KEYS = 50;
const MAX_METADATA_BYTES = 16_384;

/** @throws AppError INVALID_INPUT for more than 50 keys or 16 kB of JSON. */
export function checkMetadata(metadata: Record<string, string>): void {
  const keys = Object.keys(metadata).length;
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  if (keys > MAX_METADATA_KEYS) {
    throw invalidField("metadata", `metadata has ${keys} keys.`, `use at most ${MAX_METADATA_KEYS}`);
  }
  if (bytes > MAX_METADATA_BYTES) {
    throw invalidField("metadata", `metadata has ${bytes} bytes of JSON.`, `use at most ${MAX_METADATA_BYTES}`);
  }
}

/**
 * Metadata after a merge patch: given keys are set, removed ones go, the others stay.
 * @throws AppError INVALID_INPUT when the result is too large, or a key is both given and removed.
 */
export function mergeMetadata(
  before: Record<string, string>,
  given: Record<string, string> = {},
  removed: readonly string[] = [],
): Record<string, string> {
  const both = removed.find((key) => Object.hasOwn(given, key));
  if (both !== undefined) {
    throw invalidField("remove_metadata_keys", `"${both}" is also in metadata.`, "send a key in one of the two");
  }
  // Maps, because a key may be called __proto__.
  const merged = new Map([...Object.entries(before), ...Object.entries(given)]);
  for (const key of removed) merged.delete(key);
  const result = Object.fromEntries(merged);
  checkMetadata(result);
  return result;
}
