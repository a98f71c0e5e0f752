import { deleteTag } from "../../src/contract/library.ts";
import { destroyTool } from "../destroy-tool.ts";
import { count } from "../job-lines.ts";

export default destroyTool(deleteTag, {
  name: "delete_tag",
  title: "Delete a tag",
  group: "library",
  description: "Delete a tag from the library and from every job; the jobs stay.",
  text: ({ tag, jobs_untagged }, would) =>
    `Tag "${tag}" ${would ? "would be deleted" : "deleted"}; it was on ${count(jobs_untagged, "job")}.`,
});
