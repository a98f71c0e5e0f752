import { setSharePermanent } from "../../src/contract/shares.ts";
import { operationTool } from "../tool.ts";

export default operationTool(setSharePermanent, {
  name: "toggle_share_permanent",
  title: "Make a share permanent or not",
  group: "shares",
  effect: "write",
  description: "Keep a share open without an end, or let it end 7 days from now.",
  asks: ({ share_id, permanent }) => (permanent ? `Keep share ${share_id} open without an end?` : undefined),
  text: ({ share_id, permanent, expires_at }) =>
    `Share ${share_id} is ${permanent ? "permanent" : `open until ${expires_at}`}.`,
});
