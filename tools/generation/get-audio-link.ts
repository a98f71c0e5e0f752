import * as z from "zod";
import { JobId } from "../../src/contract/common.ts";
import { jobFailed } from "../../src/contract/job-failure.ts";
import { getSpeech } from "../../src/contract/tts.ts";
import { AppError } from "../../src/errors.ts";
import {
  attach,
  audioLines,
  JobAnswer,
  jobAnswer,
  nextStatusCall,
  planSave,
  saveJob,
  warned,
  warningLines,
} from "../job-answer.ts";
import { defineTool, Include, SaveTo } from "../tool.ts";

export default defineTool({
  name: "get_audio_link",
  title: "Get a job's audio",
  group: "generation",
  scopes: ["tts:status"],
  effect: "write",
  idempotent: true,
  description:
    "Get a fresh link to a completed job's audio, and with save_to a file of it. Use it when an audio_url is over, or to " +
    "save audio after generate_speech. If the job still runs, call get_job_status with wait_seconds 45 first.",
  input: z.object({ job_id: JobId, save_to: SaveTo, include: Include }),
  output: JobAnswer.pick({
    audio_endpoint: true,
    audio_url: true,
    audio_url_expires_at: true,
    file_path: true,
    content_type: true,
    bytes: true,
    duration_seconds: true,
    warnings: true,
  }),
  run: async ({ job_id, save_to, include }, context) => {
    const { data: job } = await context.client.call(getSpeech, { job_id }, { signal: context.signal });
    if (job.status === "failed") throw jobFailed(job);
    if (job.status !== "completed") {
      throw new AppError("JOB_NOT_COMPLETED", `Job ${job_id} is ${job.status}.`, { hint: nextStatusCall(job_id) });
    }
    if (job.audio_deleted) {
      throw new AppError("AUDIO_DELETED", `The audio of job ${job_id} was deleted.`, {
        hint: `call get_job_text with job_id "${job_id}", then generate_speech to make it again`,
      });
    }
    const target = await planSave(save_to, context, { contentType: job.content_type });
    const saved = target && (await saveJob(job, target, context));
    const { attachments, warnings } = await attach(include, job, context);
    const data = { ...jobAnswer(job, context), ...saved, ...warned(job.warnings, warnings) };
    const text = [`Audio of job ${job_id}.`, ...audioLines(data), ...warningLines(data.warnings)].join("\n");
    return { data, text, attachments };
  },
});
