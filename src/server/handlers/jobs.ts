import type { JobRecords } from "../../service/job-records.ts";
import type { Handlers } from "./handler.ts";

type JobHandlers = Pick<Handlers, "listJobs" | "getJobText" | "updateJob" | "deleteJobAudio">;

export function jobHandlers(records: JobRecords): JobHandlers {
  return {
    listJobs: async (input, { principal }) => ({ output: await records.list(principal.accountId, input) }),
    getJobText: async ({ jobId }, { principal }) => ({ output: await records.text(principal.accountId, jobId) }),
    updateJob: async ({ jobId, ...patch }, { principal }) => ({
      output: await records.update(principal.accountId, jobId, patch),
    }),
    deleteJobAudio: async ({ jobId, ...options }, { principal }) => ({
      output: await records.deleteAudio(principal.accountId, jobId, options),
    }),
  };
}
