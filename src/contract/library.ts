import * as z from "zod";
import { DryRun, JobId, Page } from "./common.ts";
import { CollectionId, JobItem, Tag } from "./jobs.ts";
import { op } from "./operation.ts";

const JobIds = z.array(JobId).min(1).max(100);
const Name = z.string().min(1).max(200);
const Description = z.string().max(2_000);
const Query = z.string().max(200).optional();

export const Collection = z.object({
  collection_id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  job_count: z.number(),
});
export const TagItem = z.object({ tag: z.string(), color: z.string().optional(), job_count: z.number() });

export const listCollections = op({
  method: "GET",
  path: "/collections",
  scope: "library:read",
  retry: "safe",
  success: 200,
  summary: "List collections by name.",
  input: z.object({ query: Query.describe("part of the name"), ...Page }),
  output: z.object({ collections: z.array(Collection), total: z.number(), next_cursor: z.string().optional() }),
});

export const createCollection = op({
  method: "POST",
  path: "/collections",
  scope: "library:write",
  retry: "never",
  success: 201,
  summary: "Make a collection, with jobs in it when job_ids are sent. Names are unique.",
  input: z.object({ name: Name, description: Description.optional(), job_ids: JobIds.optional() }),
  output: Collection,
});

export const updateCollection = op({
  method: "PATCH",
  path: "/collections/{collection_id}",
  scope: "library:write",
  retry: "safe",
  success: 200,
  summary: "Rename a collection or describe it anew; an empty description clears it.",
  input: z.object({ collection_id: CollectionId, name: Name.optional(), description: Description.optional() }),
  output: Collection,
});

export const deleteCollection = op({
  method: "DELETE",
  path: "/collections/{collection_id}",
  scope: "library:write",
  retry: "never",
  success: 200,
  summary: "Delete a collection; its jobs stay.",
  input: z.object({ collection_id: CollectionId, dry_run: DryRun }),
  output: Collection.extend({ deleted: z.boolean() }),
});

export const addToCollection = op({
  method: "POST",
  path: "/collections/{collection_id}/jobs",
  scope: "library:write",
  retry: "safe",
  success: 200,
  summary: "Put jobs into a collection; those in it stay as they are.",
  input: z.object({ collection_id: CollectionId, job_ids: JobIds }),
  output: Collection,
});

export const removeFromCollection = op({
  method: "POST",
  path: "/collections/{collection_id}/jobs/remove",
  scope: "library:write",
  retry: "safe",
  success: 200,
  summary: "Take jobs out of a collection; the jobs stay.",
  input: z.object({ collection_id: CollectionId, job_ids: JobIds }),
  output: Collection,
});

export const listTags = op({
  method: "GET",
  path: "/tags",
  scope: "library:read",
  retry: "safe",
  success: 200,
  summary: "List tags by name.",
  input: z.object({ query: Query.describe("part of the tag"), ...Page }),
  output: z.object({ tags: z.array(TagItem), total: z.number(), next_cursor: z.string().optional() }),
});

export const createTag = op({
  method: "POST",
  path: "/tags",
  scope: "library:write",
  retry: "safe",
  success: 201,
  otherSuccess: 200,
  summary: "Make a tag, or give one another color; 200 when it was there.",
  input: z.object({ tag: Tag, color: z.string().max(7).optional().describe("#rrggbb") }),
  output: TagItem,
});

export const deleteTag = op({
  method: "DELETE",
  path: "/tags/{tag}",
  scope: "library:write",
  retry: "never",
  success: 200,
  summary: "Delete a tag; the jobs that had it stay.",
  input: z.object({ tag: Tag, dry_run: DryRun }),
  output: z.object({ tag: z.string(), deleted: z.boolean(), jobs_untagged: z.number() }),
});

export const tagJobs = op({
  method: "POST",
  path: "/jobs/tags",
  scope: "library:write",
  retry: "safe",
  success: 200,
  summary: "Add tags to jobs and remove tags from them; missing tags are made.",
  input: z.object({
    job_ids: JobIds,
    add: z.array(Tag).max(20).optional().describe("missing tags are made"),
    remove: z.array(Tag).max(20).optional(),
  }),
  output: z.object({ updated: z.array(z.object({ job_id: z.string(), tags: z.array(z.string()) })) }),
});

export const listBookmarks = op({
  method: "GET",
  path: "/bookmarks",
  scope: "library:read",
  retry: "safe",
  success: 200,
  summary: "List bookmarked jobs, newest first.",
  input: z.object(Page),
  output: z.object({ jobs: z.array(JobItem), total: z.number(), next_cursor: z.string().optional() }),
});

export const setBookmark = op({
  method: "PUT",
  path: "/jobs/{job_id}/bookmark",
  scope: "library:write",
  retry: "safe",
  success: 200,
  summary: "Bookmark a job, or take the bookmark away.",
  input: z.object({ job_id: JobId, bookmarked: z.boolean() }),
  output: z.object({ job_id: z.string(), bookmarked: z.boolean() }),
});
