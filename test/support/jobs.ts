import { randomUUID } from "node:crypto";
import path from "node:path";
import { FsBlobStore } from "../../src/blobs/fs-blob-store.ts";
import { LOCAL_ACCOUNT_ID } from "../../src/service/accounts.ts";
import { JobLeases } from "../../src/service/job-leases.ts";
import type { JobRow } from "../../src/service/job-row.ts";
import { JobWork } from "../../src/service/job-work.ts";
import { LiveJobs } from "../../src/service/live-jobs.ts";
import { insertJob } from "../../src/service/submit.ts";
import type { SpeechPipeline } from "../../src/speech/pipeline.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import { temporaryFolder } from "./folders.ts";

type Run = SpeechPipeline["run"];

/** The job runner's parts on a fresh data directory, with a pipeline that the test writes. */
export function jobsWorkbench(options: { credits?: number } = {}) {
  const folder = temporaryFolder();
  const store: Store = openStore(path.join(folder, "aittsm.db"));
  const blobs = new FsBlobStore(path.join(folder, "audio"));
  const live = new LiveJobs();
  const silent = () => {};
  const log = { error: silent, warn: silent, info: silent, debug: silent };
  const speech = { run: (async () => ({ durationSeconds: 1, patches: [] })) as Run, close: async () => {} };
  const work = new JobWork({
    store,
    blobs,
    speech: { run: (...args) => speech.run(...args), close: speech.close },
    live,
    log,
  });
  return {
    folder,
    audioFolder: path.join(folder, "audio"),
    store,
    blobs,
    live,
    work,
    speech,
    leases: (processId: string) => new JobLeases(store, processId, (voiceId) => voiceId.startsWith("cloud:")),
    async submit(text: string, provider = "test"): Promise<string> {
      if (options.credits !== undefined) {
        const set = { unlimited: 0, credit_balance: options.credits };
        await store.updateTable("accounts").set(set).where("account_id", "=", LOCAL_ACCOUNT_ID).execute();
      }
      const voiceId = `${provider}:${randomUUID()}`;
      const { answer } = await insertJob(
        store,
        {
          accountId: LOCAL_ACCOUNT_ID,
          kind: "speech",
          charsCharged: text.length,
          planned: {
            voice: { voiceId } as never,
            source: { text, voiceId, speed: 1 },
            said: text,
            settings: { format: "wav", sampleRateHertz: 16_000, streaming: false },
            charsCharged: text.length,
            warnings: [],
          },
        },
        undefined,
      );
      return answer.jobId;
    },
    row: (jobId: string): Promise<JobRow> =>
      store.selectFrom("jobs").selectAll().where("job_id", "=", jobId).executeTakeFirstOrThrow(),
    async balance(): Promise<number> {
      const row = await store
        .selectFrom("accounts")
        .select("credit_balance")
        .where("account_id", "=", LOCAL_ACCOUNT_ID)
        .executeTakeFirstOrThrow();
      return row.credit_balance;
    },
  };
}
