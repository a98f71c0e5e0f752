import { revokeShare } from "../../src/contract/shares.ts";
import { destroyTool } from "../destroy-tool.ts";
import { count } from "../job-lines.ts";

export default destroyTool(revokeShare, {
  name: "revoke_share",
  title: "Revoke a share",
  group: "shares",
  idempotent: true,
  description: "Close a share for good: its link stops working; the jobs and their audio stay.",
  text: ({ share_id, title, plays }, would) =>
    `Share ${share_id}${title ? ` "${title}"` : ""} (${count(plays, "play")}) ${would ? "would be" : "is"} closed for good.`,
});
