import { tagJobs } from "../../src/contract/library.ts";
import { operationTool } from "../tool.ts";

export default operationTool(tagJobs, {
  name: "tag_jobs",
  title: "Tag jobs",
  group: "library",
  effect: "write",
  idempotent: true,
  description: "Add tags to jobs and remove tags from them. Call list_jobs with a tag to find them again.",
  text: ({ updated }) => updated.map(({ job_id, tags }) => `- ${job_id}: ${tags.join(", ") || "no tags"}`).join("\n"),
});
