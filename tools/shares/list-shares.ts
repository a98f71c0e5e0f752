import { listShares } from "../../src/contract/shares.ts";
import { pageText } from "../job-lines.ts";
import { shareLine } from "../share-lines.ts";
import { operationTool } from "../tool.ts";

export default operationTool(listShares, {
  name: "list_shares",
  title: "List shares",
  group: "shares",
  effect: "read",
  description: "List shares, newest first, with their links and plays. get_share shows one with its tracks.",
  text: (answer) => pageText(answer.shares.map(shareLine), answer, "share"),
});
