import type { BlobStore } from "../blobs/blob-store.ts";
import type { Store } from "../store/database.ts";
import { scrub } from "./erasure.ts";
import { tidyOutbox } from "./webhooks/outbox.ts";

/** Stream tokens are kept this long after their end, so that a late reader learns why (410, not 404). */
const STREAM_MEMORY_MS = 24 * 60 * 60 * 1000;
/** SQLite's bound on parameters is far above; this keeps single statements short. */
const NAMES_PER_QUERY = 500;

/** Removes what killed processes left: files that no row names, tokens and deliveries long over, erased words. Safe beside working processes. */
export async function tidy(store: Store, blobs: BlobStore): Promise<void> {
  await store
    .deleteFrom("streams")
    .where("expires_at", "<", Date.now() - STREAM_MEMORY_MS)
    .execute();
  await tidyOutbox(store, NAMES_PER_QUERY);
  await blobs.sweep(async (names) => {
    const reserved = new Set<string>();
    for (let i = 0; i < names.length; i += NAMES_PER_QUERY) {
      const rows = await store
        .selectFrom("jobs")
        .select("blob_name")
        .where("blob_name", "in", names.slice(i, i + NAMES_PER_QUERY))
        .execute();
      for (const { blob_name } of rows) if (blob_name) reserved.add(blob_name);
    }
    return reserved;
  });
  await scrub(store);
}
