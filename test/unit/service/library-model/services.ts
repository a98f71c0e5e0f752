import path from "node:path";
import { expect } from "vitest";
import type { BlobStore } from "../../../../src/blobs/blob-store.ts";
import { CollectionService } from "../../../../src/service/collections.ts";
import { completeJob, failJob } from "../../../../src/service/job-end.ts";
import { JobRecords } from "../../../../src/service/job-records.ts";
import type { ClaimedJob } from "../../../../src/service/job-row.ts";
import { indexJob } from "../../../../src/service/job-search.ts";
import { AccessCodeService } from "../../../../src/service/shares/access-codes.ts";
import { ShareLinks } from "../../../../src/service/shares/share-links.ts";
import { ShareService } from "../../../../src/service/shares/shares.ts";
import { StorageService } from "../../../../src/service/storage.ts";
import { TagService } from "../../../../src/service/tags.ts";
import { UsageService } from "../../../../src/service/usage.ts";
import { openStore } from "../../../../src/store/database.ts";
import { openSigner } from "../../../../src/store/secrets.ts";
import { temporaryFolder } from "../../../support/folders.ts";
import type { ModelJob } from "./model.ts";

/** The services that a sequence calls, over one database with a key of its own. */
export async function openServices() {
  const folder = temporaryFolder();
  const file = path.join(folder, "aittsm.db");
  const signer = await openSigner(folder, file);
  const store = openStore(file);
  /** As in the product: what is remembered must be forgotten at every change. */
  const silent = () => {};
  const log = { error: silent, warn: silent, info: silent, debug: silent };
  /** The names of the files that are kept. */
  const blobs = new Set<string>();
  const parts = {
    store,
    log,
    blobs: { remove: async (blob: string) => void blobs.delete(blob) } as unknown as BlobStore,
  };
  const origin = async () => "http://127.0.0.1:1";
  const links = new ShareLinks(signer, { audio: origin, stream: origin });
  return {
    store,
    blobs,
    records: new JobRecords(parts),
    storage: new StorageService(parts),
    usage: new UsageService(store),
    tags: new TagService(store),
    collections: new CollectionService(store),
    shares: new ShareService({ store, links, linkWarnings: [] }),
    codes: new AccessCodeService(store, signer),
    close: async () => {
      await store.destroy();
    },
  };
}
export type Services = Awaited<ReturnType<typeof openServices>>;

const OWNER = "p";

/** A job that is being spoken, as a worker's claim leaves it. */
export async function insertJob({ store }: Services, account: string, job: ModelJob): Promise<void> {
  await store.transaction().execute(async (trx) => {
    await trx
      .insertInto("jobs")
      .values({
        job_id: job.id,
        account_id: account,
        kind: "speech",
        status: "processing",
        ...{ priority: 0, voice_id: job.voice, speed: 1, output_format: "wav", sample_rate_hertz: 16_000 },
        ...{ streaming: 0, progress_total: 1, content_type: "audio/wav", title: job.title },
        ...{ owner_id: OWNER, attempt: 1, blob_name: `${job.id}.wav` },
        chars_charged: job.chars,
        created_at: job.createdAt,
      })
      .execute();
    await trx.insertInto("job_texts").values({ job_id: job.id, text: job.text! }).execute();
    await indexJob(trx, job.id, job.title, job.text!);
  });
}

/** The end of such a job: with so many bytes of audio, or without any. */
export async function endJob({ store, blobs }: Services, account: string, job: ModelJob, bytes: number): Promise<void> {
  const row = { job_id: job.id, attempt: 1, owner_id: OWNER, account_id: account, chars_charged: job.chars };
  await store.transaction().execute(async (trx) => {
    if (bytes === 0) return failJob(trx, row, { code: "GENERATION_FAILED", message: "It went wrong." });
    blobs.add(`${job.id}.wav`);
    const claim = { jobId: job.id, attempt: 1, blobName: `${job.id}.wav`, row } as unknown as ClaimedJob;
    expect(await completeJob(trx, claim, { bytes, durationSeconds: 1 })).toBe(true);
  });
}

/** Expects that a call is refused with this code. */
export const refused = async (call: Promise<unknown>, code: string): Promise<void> =>
  void (await expect(call).rejects.toMatchObject({ code }));
