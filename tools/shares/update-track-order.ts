import { updateTrackOrder } from "../../src/contract/shares.ts";
import { shareText } from "../share-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(updateTrackOrder, {
  name: "update_track_order",
  title: "Reorder a share's tracks",
  group: "shares",
  effect: "write",
  idempotent: true,
  description: "Put the tracks of a share in a new order. Send every job_id once; get_share shows the present order.",
  text: shareText,
});
