import { setBookmark } from "../../src/contract/library.ts";
import { operationTool } from "../tool.ts";

export default operationTool(setBookmark, {
  name: "toggle_bookmark",
  title: "Bookmark a job",
  group: "library",
  effect: "write",
  idempotent: true,
  description: "Bookmark a job, or with bookmarked false take the bookmark away. Call list_bookmarks to see them.",
  text: ({ job_id, bookmarked }) => `Job ${job_id} is ${bookmarked ? "" : "not "}bookmarked.`,
});
