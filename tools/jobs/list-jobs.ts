import { listJobs } from "../../src/contract/jobs.ts";
import { jobLine, pageText } from "../job-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(listJobs, {
  name: "list_jobs",
  title: "List speech jobs",
  group: "jobs",
  effect: "read",
  description:
    "List earlier speech jobs, newest first. Use it to find audio again, by words of its title or text, tag, " +
    "collection or time. Call get_audio_link for the audio, get_job_text for the text.",
  text: (page) => pageText(page.jobs.map(jobLine), page, "job"),
});
