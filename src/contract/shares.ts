import * as z from "zod";
import { DryRun, JobId, Page, Time } from "./common.ts";
import { op } from "./operation.ts";

export const ShareId = z.string().min(1).max(64);
const Title = z.string().max(200);
const Description = z.string().max(2_000);
const Access = z.enum(["public", "code"]);
const State = z.enum(["active", "expired", "revoked"]);
const ExpiresInDays = z.number().int().min(1).max(365);

/** How many tracks a share may have. */
export const MAX_TRACKS = 100;
const JobIds = z.array(JobId).min(1).max(MAX_TRACKS);

const Track = z.object({ job_id: z.string(), title: z.string().optional(), duration_seconds: z.number().optional() });

/** A share as lists show it. */
export const ShareItem = z.object({
  share_id: z.string(),
  share_url: z.string(),
  state: State,
  title: z.string().optional(),
  access: Access,
  permanent: z.boolean(),
  expires_at: Time.optional(),
  track_count: z.number(),
  plays: z.number(),
});

export const Share = ShareItem.omit({ track_count: true }).extend({
  description: z.string().optional(),
  allow_download: z.boolean(),
  created_at: Time,
  code_count: z.number(),
  tracks: z.array(Track),
  warnings: z.array(z.string()).optional(),
});

export const createShare = op({
  method: "POST",
  path: "/shares",
  scope: "shares:write",
  retry: "keyed",
  success: 201,
  summary: "Share finished jobs as the tracks of a listening page, in the order of job_ids.",
  input: z.object({
    job_ids: JobIds.describe("in the order of the tracks"),
    title: Title.optional(),
    description: Description.optional(),
    access: Access.default("public"),
    allow_download: z.boolean().optional(),
    expires_in_days: ExpiresInDays.optional().describe("default 7"),
    permanent: z.boolean().optional().describe("instead of expires_in_days"),
  }),
  output: Share,
});

export const listShares = op({
  method: "GET",
  path: "/shares",
  scope: "shares:read",
  retry: "safe",
  success: 200,
  summary: "List shares, newest first.",
  input: z.object({
    state: z.enum([...State.options, "all"]).default("active"),
    query: z.string().max(200).optional().describe("part of title or description"),
    ...Page,
  }),
  output: z.object({ shares: z.array(ShareItem), total: z.number(), next_cursor: z.string().optional() }),
});

export const getShare = op({
  method: "GET",
  path: "/shares/{share_id}",
  scope: "shares:read",
  retry: "safe",
  success: 200,
  summary: "A share with its tracks, its plays and the number of its access codes.",
  input: z.object({ share_id: ShareId }),
  output: Share,
});

export const updateShare = op({
  method: "PATCH",
  path: "/shares/{share_id}",
  scope: "shares:write",
  retry: "safe",
  success: 200,
  summary: "Change a share; what is not sent stays. expires_in_days counts from now, and opens an expired share again.",
  input: z.object({
    share_id: ShareId,
    title: Title.optional().describe("empty clears"),
    description: Description.optional().describe("empty clears"),
    access: Access.optional(),
    allow_download: z.boolean().optional(),
    expires_in_days: ExpiresInDays.optional().describe("from now"),
    add_job_ids: JobIds.optional(),
    remove_job_ids: JobIds.optional(),
  }),
  output: Share,
});

export const revokeShare = op({
  method: "DELETE",
  path: "/shares/{share_id}",
  scope: "shares:write",
  retry: "safe",
  success: 200,
  summary: "Close a share for good; its jobs stay.",
  input: z.object({ share_id: ShareId, dry_run: DryRun }),
  output: z.object({ share_id: z.string(), title: z.string().optional(), plays: z.number(), revoked: z.boolean() }),
});

export const bulkRevokeShares = op({
  method: "POST",
  path: "/shares/bulk-revoke",
  scope: "shares:write",
  retry: "safe",
  success: 200,
  summary: "Close many shares for good, named by share_ids or by their state.",
  input: z.object({
    share_ids: z.array(ShareId).min(1).max(1_000).optional().describe("or:"),
    state: z.enum(["active", "expired"]).optional(),
    dry_run: DryRun,
  }),
  output: z.object({
    revoked: z.array(z.string()),
    skipped: z.array(z.object({ share_id: z.string(), reason: z.string() })),
  }),
});

export const setSharePermanent = op({
  method: "PUT",
  path: "/shares/{share_id}/permanent",
  scope: "shares:write",
  retry: "safe",
  success: 200,
  summary: "Keep a share open without an end, or let it end 7 days from now.",
  input: z.object({ share_id: ShareId, permanent: z.boolean().describe("false: ends in 7 days") }),
  output: z.object({ share_id: z.string(), permanent: z.boolean(), expires_at: Time.optional() }),
});

export const updateTrackOrder = op({
  method: "PUT",
  path: "/shares/{share_id}/tracks",
  scope: "shares:write",
  retry: "safe",
  success: 200,
  summary: "Put a share's tracks in a new order; job_ids names every track once.",
  input: z.object({ share_id: ShareId, job_ids: JobIds.describe("every track, in the new order") }),
  output: Share,
});
