import type { AccessCode } from "./access-codes.ts";

const COLUMNS = ["code", "label", "state", "uses", "max_uses", "expires_at", "url", "code_id"] as const;

/** A share's link that brings its code along, in the fragment: that part stays in the browser. */
export const urlWithCode = (shareUrl: string, code: string) => `${shareUrl}#code=${code}`;

/** Codes as a file for people: CSV (RFC 4180; what a spreadsheet would take for a formula is quoted) or JSON. */
export async function exportCodes(
  codes: readonly AccessCode[],
  shareUrl: string,
  format: "csv" | "json",
): Promise<string> {
  const records = codes.map((code) => ({
    code: code.code,
    label: code.label,
    state: code.state,
    uses: code.uses,
    max_uses: code.maxUses,
    expires_at: code.expiresAt,
    url: urlWithCode(shareUrl, code.code),
    code_id: code.codeId,
  }));
  if (format === "json") return `${JSON.stringify(records, null, 2)}\n`;
  const { stringify } = await import("csv-stringify/sync");
  return stringify(records, { header: true, columns: [...COLUMNS], record_delimiter: "\r\n", escape_formulas: true });
}
