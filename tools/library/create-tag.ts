import { createTag } from "../../src/contract/library.ts";
import { count } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(createTag, {
  name: "create_tag",
  title: "Create a tag",
  group: "library",
  effect: "write",
  idempotent: true,
  description: "Make a tag, or change the color of one. tag_jobs makes missing tags by itself.",
  text: ({ tag, color, job_count }) => `Tag "${tag}"${color ? ` (${color})` : ""}, on ${count(job_count, "job")}.`,
});
