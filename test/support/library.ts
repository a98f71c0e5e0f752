import { expect } from "vitest";
import { indexJob, unindexJob } from "../../src/service/job-search.ts";
import { TagService } from "../../src/service/tags.ts";
import type { TestBackend } from "./backends.ts";

/** A spoken job, finished, with what the test wants said of it. */
export async function makeJob(service: TestBackend, text: string, more: object = {}): Promise<string> {
  const { answer } = await service.client.submit({ text, output_format: "wav", ...more });
  const { job } = await service.client.wait(answer.job_id, { seconds: 30 });
  expect(job.status).toBe("completed");
  return answer.job_id;
}

/** A job of the account "other", finished, with audio. The row is made by hand: embedded has one account only. */
export async function makeOthersJob(service: TestBackend, text: string): Promise<string> {
  const jobId = await makeJob(service, text);
  const { store } = service.backend;
  await store.updateTable("jobs").set({ account_id: "other" }).where("job_id", "=", jobId).execute();
  // Found by its new account's searches only.
  await unindexJob(store, jobId);
  await store.deleteFrom("search_entries").where("job_id", "=", jobId).execute();
  await indexJob(store, jobId, undefined, text);
  await new TagService(store).tagJobs("other", [jobId], ["theirs"], []);
  return jobId;
}

/** The code of the error that a call ends with; fails when it ends well. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: { code?: string }) => thrown,
  );
  expect(error).toBeDefined();
  return error!.code!;
}
