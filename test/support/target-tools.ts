import type { Toolset } from "../../src/config.ts";
import type { Scope } from "../../src/contract/scopes.ts";
import type { Effect } from "../../tools/tool.ts";

/** A tool of the public surface: its name, what it does, and the fields that a call can't leave out. */
export type TargetTool = readonly [name: string, effect: Effect, ...required: string[]];

interface TargetGroup {
  group: Toolset;
  scopes: readonly Scope[];
  tools: readonly TargetTool[];
}

/**
 * The public surface, in the order clients show it. A change here is a change for every user: it needs a line in the
 * CHANGELOG, and a renamed tool an alias.
 */
export const TARGET: readonly TargetGroup[] = [
  {
    group: "generation",
    scopes: ["tts:generate", "tts:status", "voices:list"],
    tools: [
      ["search_voices", "read"],
      ["generate_speech", "write", "text"],
      ["get_job_status", "read", "job_id"],
      ["get_audio_link", "write", "job_id"],
    ],
  },
  {
    group: "jobs",
    scopes: ["jobs:read", "jobs:write"],
    tools: [
      ["list_jobs", "read"],
      ["get_job_text", "read", "job_id"],
      ["update_job_metadata", "write", "job_id"],
      ["delete_job_audio", "destroy", "job_id"],
    ],
  },
  {
    group: "shares",
    scopes: ["shares:read", "shares:write"],
    tools: [
      ["create_share", "write", "job_ids"],
      ["list_shares", "read"],
      ["get_share", "read", "share_id"],
      ["update_share", "write", "share_id"],
      ["revoke_share", "destroy", "share_id"],
      ["bulk_revoke_shares", "destroy"],
      ["toggle_share_permanent", "write", "share_id", "permanent"],
      ["update_track_order", "write", "share_id", "job_ids"],
    ],
  },
  {
    group: "access-codes",
    scopes: ["shares:read", "shares:write"],
    tools: [
      ["create_access_codes", "write", "share_id"],
      ["list_access_codes", "read", "share_id"],
      ["update_access_code", "write", "share_id", "code_id"],
      ["delete_access_code", "destroy", "share_id", "code_id"],
      ["export_access_codes", "write", "share_id"],
      ["get_qr_code", "write", "share_id"],
    ],
  },
  {
    group: "library",
    scopes: ["library:read", "library:write"],
    tools: [
      ["list_collections", "read"],
      ["manage_collection", "destroy", "action"],
      ["list_tags", "read"],
      ["create_tag", "write", "tag"],
      ["delete_tag", "destroy", "tag"],
      ["tag_jobs", "write", "job_ids"],
      ["list_bookmarks", "read"],
      ["toggle_bookmark", "write", "job_id", "bookmarked"],
    ],
  },
  {
    group: "storage",
    scopes: ["storage:read", "storage:write"],
    tools: [
      ["get_storage_usage", "read"],
      ["bulk_delete_audio", "destroy"],
    ],
  },
  {
    group: "account",
    scopes: ["usage:read", "pricing:estimate"],
    tools: [
      ["get_usage", "read"],
      ["estimate_cost", "read"],
    ],
  },
];

export const TARGET_TOOLS = TARGET.flatMap(({ group, scopes, tools }) =>
  tools.map(([name, effect, ...required]) => ({ name, group, scopes, effect, required })),
);
export const TARGET_NAMES = TARGET_TOOLS.map(({ name }) => name);
