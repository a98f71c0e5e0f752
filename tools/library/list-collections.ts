import { listCollections } from "../../src/contract/library.ts";
import { count, pageText } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(listCollections, {
  name: "list_collections",
  title: "List collections",
  group: "library",
  effect: "read",
  description: "List collections of jobs, by name. Call list_jobs with a collection_id for the jobs in one.",
  text: (page) =>
    pageText(
      page.collections.map((one) => `- ${one.collection_id}: "${one.name}", ${count(one.job_count, "job")}`),
      page,
      "collection",
    ),
});
