import { listTags } from "../../src/contract/library.ts";
import { count, pageText } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(listTags, {
  name: "list_tags",
  title: "List tags",
  group: "library",
  effect: "read",
  description: "List tags and how many jobs have each. Call list_jobs with a tag for the jobs.",
  text: (page) =>
    pageText(
      page.tags.map(({ tag, job_count }) => `- ${tag}: ${count(job_count, "job")}`),
      page,
      "tag",
    ),
});
