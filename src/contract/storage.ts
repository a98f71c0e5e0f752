import * as z from "zod";
import { DryRun, JobId } from "./common.ts";
import { CollectionId, Tag } from "./jobs.ts";
import { op } from "./operation.ts";

export const getStorage = op({
  method: "GET",
  path: "/storage",
  scope: "storage:read",
  retry: "safe",
  success: 200,
  summary: "Bytes and files of the audio kept, in all and by group; bytes_limit is absent when there is none.",
  input: z.object({ group_by: z.enum(["provider", "voice", "collection", "month"]).optional() }),
  output: z.object({
    bytes_used: z.number(),
    bytes_limit: z.number().optional(),
    files: z.number(),
    groups: z
      .array(z.object({ group: z.string(), name: z.string().optional(), bytes: z.number(), files: z.number() }))
      .optional()
      .describe("the 100 largest"),
  }),
});

export const bulkDeleteAudio = op({
  method: "POST",
  path: "/storage/bulk-delete",
  scope: "storage:write",
  retry: "never",
  success: 200,
  summary: "Delete the audio of many jobs, named by job_ids or by a filter; the jobs stay.",
  input: z.object({
    job_ids: z.array(JobId).min(1).max(1_000).optional().describe("or a filter:"),
    older_than_days: z.number().int().min(1).max(36_500).optional(),
    collection_id: CollectionId.optional(),
    tag: Tag.optional(),
    unbookmarked_only: z.boolean().optional(),
    erase_text: z.boolean().optional().describe("also texts, titles, notes and metadata, for good"),
    dry_run: DryRun,
  }),
  output: z.object({
    deleted: z.number(),
    bytes_freed: z.number(),
    texts_erased: z.number().optional(),
    shares_affected: z.array(z.string()),
    skipped: z.array(z.object({ job_id: z.string(), reason: z.string() })),
  }),
});
