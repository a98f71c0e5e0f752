import { updateJob } from "../../src/contract/jobs.ts";
import { jobLine } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(updateJob, {
  name: "update_job_metadata",
  title: "Update a job's title, notes and metadata",
  group: "jobs",
  effect: "write",
  idempotent: true,
  description: "Change a job's title, notes and metadata; what you leave out stays as it is.",
  text: (job) => `Updated:\n${jobLine(job)}`,
});
