import { updateShare } from "../../src/contract/shares.ts";
import { shareText } from "../share-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(updateShare, {
  name: "update_share",
  title: "Update a share",
  group: "shares",
  effect: "write",
  description:
    "Change a share's title, description, access, end or tracks; what is not sent stays, and new tracks come last. " +
    "update_track_order reorders them.",
  asks: ({ share_id, access }) =>
    access === "public" ? `Open share ${share_id} to anyone who has the link?` : undefined,
  text: shareText,
});
