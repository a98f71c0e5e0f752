import { getShare } from "../../src/contract/shares.ts";
import { shareText } from "../share-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(getShare, {
  name: "get_share",
  title: "Get a share",
  group: "shares",
  effect: "read",
  description: "Show a share with its tracks in order, its plays and its number of codes.",
  text: shareText,
});
