import * as z from "zod";
import { JobId, WaitSeconds } from "../../src/contract/common.ts";
import { jobFailed } from "../../src/contract/job-failure.ts";
import { JobAnswer, jobAnswer, jobText } from "../job-answer.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  name: "get_job_status",
  title: "Get a speech job's status",
  group: "generation",
  scopes: ["tts:status"],
  effect: "read",
  description:
    "Read a speech job's status and, once completed, where its audio is. Use it after generate_speech said the job is " +
    "still running; wait_seconds 45 returns as soon as the job ends. Call get_audio_link to save the audio.",
  input: z.object({ job_id: JobId, wait_seconds: WaitSeconds.default(0) }),
  output: JobAnswer,
  run: async ({ job_id, wait_seconds }, context) => {
    const { signal, hurry, progress } = context;
    const { job } = await context.client.wait(job_id, {
      seconds: wait_seconds,
      signal,
      hurry,
      onProgress:
        progress && ((running) => running.progress && progress(running.progress.done, running.progress.total)),
    });
    if (job.status === "failed") throw jobFailed(job);
    const answer = jobAnswer(job, context);
    return { data: answer, text: jobText(answer) };
  },
});
