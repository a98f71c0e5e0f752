import type * as z from "zod";
import type { AccessCode } from "../src/contract/access-codes.ts";

/** An access code in one line. */
export function codeLine({
  code_id,
  code,
  state,
  label,
  uses,
  max_uses,
  expires_at,
}: z.output<typeof AccessCode>): string {
  const facts = [
    label && `"${label}"`,
    max_uses === undefined ? `used ${uses}×` : `used ${uses} of ${max_uses}×`,
    state !== "active" && state,
    expires_at && `until ${expires_at}`,
  ];
  return `- ${code} (${code_id}): ${facts.filter(Boolean).join(", ")}`;
}
