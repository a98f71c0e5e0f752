import { bulkDeleteAudio } from "../../src/contract/storage.ts";
import { destroyTool } from "../destroy-tool.ts";
import { count, sharesText } from "../job-lines.ts";

/** As many as a model reads; the structured answer has them all. */
const MAX_SHOWN = 20;

export default destroyTool(bulkDeleteAudio, {
  name: "bulk_delete_audio",
  title: "Delete the audio of many jobs",
  group: "storage",
  description:
    "Delete the audio of the jobs named by job_ids, or of all that match every filter sent; the jobs stay listed. " +
    "Without confirm it tells what would go.",
  text: ({ deleted, bytes_freed, texts_erased, shares_affected, skipped }, would) => {
    const erased = texts_erased === undefined ? "" : `, ${count(texts_erased, "text")} erased`;
    const head = `${would ? "Would delete" : "Deleted"} the audio of ${count(deleted, "job")}: ${bytes_freed} bytes${erased}.`;
    const lines = skipped.slice(0, MAX_SHOWN).map(({ job_id, reason }) => `- skipped ${job_id}: ${reason}`);
    const more = skipped.length > MAX_SHOWN ? [`- and ${skipped.length - MAX_SHOWN} more`] : [];
    return [head + sharesText(shares_affected, would), ...lines, ...more].join("\n");
  },
});
