import * as z from "zod";
import { DryRun, Page, Time } from "./common.ts";
import { op } from "./operation.ts";
import { ShareId } from "./shares.ts";

const CodeId = z.string().min(1).max(64);
const Label = z.string().max(200);
const State = z.enum(["active", "used_up", "expired", "disabled"]);
const MaxUses = z.number().int().max(1_000_000);
const ExpiresInDays = z.number().int().max(3_650);

/** An access code as its owner sees it. Without max_uses or expires_at there is no such limit. */
export const AccessCode = z.object({
  code_id: z.string(),
  code: z.string(),
  state: State,
  label: z.string().optional(),
  uses: z.number(),
  max_uses: z.number().optional(),
  expires_at: Time.optional(),
});

export const createAccessCodes = op({
  method: "POST",
  path: "/shares/{share_id}/access-codes",
  scope: "shares:write",
  retry: "never",
  success: 201,
  summary: "Make codes that open a share whose access is code.",
  input: z.object({
    share_id: ShareId,
    count: z.number().int().min(1).max(500).default(1),
    label: Label.optional(),
    max_uses: MaxUses.min(1).optional().describe("of each code; default: no limit"),
    expires_in_days: ExpiresInDays.min(1).optional(),
  }),
  output: z.object({ codes: z.array(AccessCode), warnings: z.array(z.string()).optional() }),
});

export const listAccessCodes = op({
  method: "GET",
  path: "/shares/{share_id}/access-codes",
  scope: "shares:read",
  retry: "safe",
  success: 200,
  summary: "List a share's access codes, oldest first, with their uses.",
  input: z.object({ share_id: ShareId, state: z.enum([...State.options, "all"]).default("all"), ...Page }),
  output: z.object({ codes: z.array(AccessCode), total: z.number(), next_cursor: z.string().optional() }),
});

export const updateAccessCode = op({
  method: "PATCH",
  path: "/shares/{share_id}/access-codes/{code_id}",
  scope: "shares:write",
  retry: "safe",
  success: 200,
  summary: "Change an access code; what is not sent stays.",
  input: z.object({
    share_id: ShareId,
    code_id: CodeId,
    label: Label.optional().describe("empty clears"),
    max_uses: MaxUses.min(0).optional().describe("0: no limit"),
    expires_in_days: ExpiresInDays.min(0).optional().describe("from now; 0: never"),
    enabled: z.boolean().optional(),
  }),
  output: AccessCode,
});

export const deleteAccessCode = op({
  method: "DELETE",
  path: "/shares/{share_id}/access-codes/{code_id}",
  scope: "shares:write",
  retry: "never",
  success: 200,
  summary: "Delete an access code; who came in by it is shut out.",
  input: z.object({ share_id: ShareId, code_id: CodeId, dry_run: DryRun }),
  output: z.object({ code_id: z.string(), label: z.string().optional(), uses: z.number(), deleted: z.boolean() }),
});

export const exportAccessCodes = op({
  method: "GET",
  path: "/shares/{share_id}/access-codes/export",
  scope: "shares:write",
  retry: "safe",
  success: 200,
  summary: "Every access code of a share with its link, as CSV (RFC 4180) or JSON text.",
  input: z.object({ share_id: ShareId, format: z.enum(["csv", "json"]).default("csv") }),
  output: z.object({ format: z.enum(["csv", "json"]), count: z.number(), data: z.string() }),
});

export const getQrCode = op({
  method: "GET",
  path: "/shares/{share_id}/qr",
  scope: "shares:read",
  retry: "safe",
  success: 200,
  summary: "A QR code of a share's link, with an access code in its fragment when code_id is sent.",
  input: z.object({
    share_id: ShareId,
    code_id: CodeId.optional().describe("puts this code into the link"),
    format: z.enum(["png", "svg", "terminal"]).default("png"),
    size: z.number().int().min(128).max(2_048).default(512).describe("pixels"),
  }),
  output: z.object({
    url: z.string().describe("what it encodes"),
    format: z.enum(["png", "svg", "terminal"]),
    data: z.string().describe("base64 of a png, else text"),
    warnings: z.array(z.string()).optional(),
  }),
});
