import { getJobText } from "../../src/contract/jobs.ts";
import { operationTool } from "../tool.ts";

/** The text block repeats no more than this; the whole text is in the structured answer. */
const MAX_SHOWN_CHARS = 20_000;

export default operationTool(getJobText, {
  name: "get_job_text",
  title: "Get a job's text",
  group: "jobs",
  effect: "read",
  description: "Read the text that a job spoke, with its title, notes and metadata. Use it to quote or speak it again.",
  text: ({ job_id, text, chars }) => {
    const shown = text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}… (shortened here)`;
    return `Text of job ${job_id}, ${chars} characters:\n${shown}`;
  },
});
