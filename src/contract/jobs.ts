import * as z from "zod";
import { DryRun, JobId, Metadata, Page, Time, VoiceId } from "./common.ts";
import { op } from "./operation.ts";

export const JobStatus = z.enum(["pending", "processing", "completed", "failed"]);
export const Tag = z.string().min(1).max(64);
export const CollectionId = z.string().min(1).max(64);

/** A job as lists show it. */
export const JobItem = z.object({
  job_id: z.string(),
  status: JobStatus,
  title: z.string().optional(),
  voice_id: z.string(),
  created_at: Time,
  duration_seconds: z.number().optional(),
  bytes: z.number().optional(),
  content_type: z.string().optional(),
  audio_deleted: z.boolean().optional(),
  bookmarked: z.boolean(),
  tags: z.array(z.string()),
});

export const listJobs = op({
  method: "GET",
  path: "/jobs",
  scope: "jobs:read",
  retry: "safe",
  success: 200,
  summary: "List speech jobs, newest first.",
  input: z.object({
    status: JobStatus.optional(),
    voice_id: VoiceId.optional(),
    provider: z.string().max(64).optional(),
    query: z.string().min(1).max(200).optional().describe("words of title or text"),
    collection_id: CollectionId.optional(),
    tag: Tag.optional(),
    bookmarked: z.boolean().optional(),
    created_after: Time.max(40).optional().describe("ISO 8601"),
    created_before: Time.max(40).optional(),
    ...Page,
  }),
  output: z.object({ jobs: z.array(JobItem), total: z.number(), next_cursor: z.string().optional() }),
});

export const getJobText = op({
  method: "GET",
  path: "/jobs/{job_id}/text",
  scope: "jobs:read",
  retry: "safe",
  success: 200,
  summary: "The text of a job as it was sent, with its title, notes and metadata.",
  input: z.object({ job_id: JobId }),
  output: z.object({
    job_id: z.string(),
    text: z.string(),
    format: z.enum(["text", "ssml", "markup"]),
    chars: z.number(),
    title: z.string().optional(),
    notes: z.string().optional(),
    metadata: Metadata.optional(),
  }),
});

export const updateJob = op({
  method: "PATCH",
  path: "/jobs/{job_id}",
  scope: "jobs:write",
  retry: "safe",
  success: 200,
  summary: "Change a job's title, notes and metadata; what is not sent stays.",
  input: z.object({
    job_id: JobId,
    title: z.string().max(200).optional().describe("empty clears"),
    notes: z.string().max(10_000).optional().describe("empty clears"),
    metadata: Metadata.optional().describe("merged into what is there"),
    remove_metadata_keys: z.array(z.string().max(64)).max(50).optional(),
  }),
  output: JobItem.extend({ notes: z.string().optional(), metadata: Metadata.optional() }),
});

export const deleteJobAudio = op({
  method: "DELETE",
  path: "/jobs/{job_id}/audio",
  scope: "jobs:write",
  retry: "safe",
  success: 200,
  summary: "Delete a job's audio; the job stays. erase_text also removes its words for good.",
  input: z.object({
    job_id: JobId,
    erase_text: z.boolean().optional().describe("also text, title, notes and metadata, for good"),
    dry_run: DryRun,
  }),
  output: z.object({
    job_id: z.string(),
    deleted: z.boolean().describe("audio was removed"),
    text_erased: z.boolean().optional(),
    bytes_freed: z.number(),
    shares_affected: z.array(z.string()).describe("share_ids that lose a track"),
  }),
});
