import { bulkRevokeShares } from "../../src/contract/shares.ts";
import { destroyTool } from "../destroy-tool.ts";
import { count } from "../job-lines.ts";

/** As many as a model reads; the structured answer has them all. */
const MAX_SHOWN = 20;

export default destroyTool(bulkRevokeShares, {
  name: "bulk_revoke_shares",
  title: "Revoke many shares",
  group: "shares",
  idempotent: true,
  description: "Close many shares for good, named by share_ids or all in a state.",
  text: ({ revoked, skipped }, would) => {
    const ids = revoked.slice(0, MAX_SHOWN).join(", ") + (revoked.length > MAX_SHOWN ? ", …" : "");
    const head = `${count(revoked.length, "share")} ${would ? "would be " : ""}revoked${ids && `: ${ids}`}.`;
    const lines = skipped.slice(0, MAX_SHOWN).map(({ share_id, reason }) => `- skipped ${share_id}: ${reason}`);
    return [head, ...lines].join("\n");
  },
});
