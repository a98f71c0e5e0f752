import { deleteJobAudio } from "../../src/contract/jobs.ts";
import { destroyTool } from "../destroy-tool.ts";
import { sharesText } from "../job-lines.ts";

export default destroyTool(deleteJobAudio, {
  name: "delete_job_audio",
  title: "Delete a job's audio",
  group: "jobs",
  idempotent: true,
  description:
    "Delete a job's audio; the job stays listed. Without confirm it tells what would go, shares that lose a track too. " +
    "For many jobs call bulk_delete_audio.",
  text: ({ job_id, text_erased, bytes_freed, shares_affected }, would) => {
    const text = text_erased === undefined ? "" : `, its text ${would ? "would be " : ""}erased`;
    const audio = would ? "would be deleted" : "deleted";
    return `Audio of job ${job_id} ${audio}: ${bytes_freed} bytes${text}.${sharesText(shares_affected, would)}`;
  },
});
