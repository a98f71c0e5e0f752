import { listBookmarks } from "../../src/contract/library.ts";
import { jobLine, pageText } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(listBookmarks, {
  name: "list_bookmarks",
  title: "List bookmarked jobs",
  group: "library",
  effect: "read",
  description: "List bookmarked jobs, newest first. Call get_audio_link for the audio of one.",
  text: (page) => pageText(page.jobs.map(jobLine), page, "bookmarked job"),
});
