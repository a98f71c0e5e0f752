import { randomUUID } from "node:crypto";
import { createShare } from "../../src/contract/shares.ts";
import { IdempotencyKey } from "../idempotency-key.ts";
import { count } from "../job-lines.ts";
import { shareText } from "../share-lines.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  name: "create_share",
  title: "Share audio",
  group: "shares",
  scopes: ["shares:write"],
  effect: "write",
  description:
    "Put finished jobs on a listening page and answer with its share_url. Public: whoever has the link can listen; " +
    "access code: then call create_access_codes. get_qr_code draws the link.",
  input: createShare.input.extend({ idempotency_key: IdempotencyKey }),
  output: createShare.output,
  asks: ({ job_ids, access, permanent }) => {
    if (access !== "public" && !permanent) return undefined;
    const who = access === "public" ? "anyone who has the link" : "whoever has an access code";
    return `Share ${count(job_ids.length, "track")} with ${who}${permanent ? ", without an end" : ""}?`;
  },
  run: async ({ idempotency_key: idempotencyKey = randomUUID(), ...input }, { client, signal }) => {
    const { data } = await client.call(createShare, input, { signal, idempotencyKey });
    const next = data.access === "code" ? `\nNext: call create_access_codes with share_id "${data.share_id}".` : "";
    return { data, text: shareText(data) + next };
  },
});
