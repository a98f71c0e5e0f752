import type { AudioSettings } from "../../src/speech/encoders/encoder.ts";
import { createEncoder } from "../../src/speech/encoders/index.ts";

/** Encodes samples in chunks of a size, applies the patches, and gives the file. */
export async function encodeAll(settings: AudioSettings, samples: Int16Array, chunk = 4_801): Promise<Buffer> {
  const encoder = await createEncoder(settings);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < samples.length; at += chunk) parts.push(encoder.encode(samples.subarray(at, at + chunk)));
  const { bytes, patches } = encoder.finish();
  const file = Buffer.concat([...parts, bytes]);
  for (const patch of patches) file.set(patch.bytes, patch.offset);
  return file;
}
