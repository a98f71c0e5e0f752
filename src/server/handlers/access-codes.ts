import type { AccessCodeService } from "../../service/shares/access-codes.ts";
import { exportCodes, urlWithCode } from "../../service/shares/code-export.ts";
import { drawQrCode } from "../../service/shares/qr-code.ts";
import type { ShareService } from "../../service/shares/shares.ts";
import type { Handlers } from "./handler.ts";

type AccessCodeHandlers = Pick<
  Handlers,
  "createAccessCodes" | "listAccessCodes" | "updateAccessCode" | "deleteAccessCode" | "exportAccessCodes" | "getQrCode"
>;

export function accessCodeHandlers(codes: AccessCodeService, shares: ShareService): AccessCodeHandlers {
  return {
    createAccessCodes: async ({ shareId, ...input }, { principal }) => ({
      output: await codes.create(principal.accountId, shareId, input),
    }),
    listAccessCodes: async ({ shareId, ...page }, { principal }) => ({
      output: await codes.list(principal.accountId, shareId, page),
    }),
    updateAccessCode: async ({ shareId, codeId, ...patch }, { principal }) => ({
      output: await codes.update(principal.accountId, shareId, codeId, patch),
    }),
    deleteAccessCode: async ({ shareId, codeId, dryRun = false }, { principal }) => ({
      output: await codes.delete(principal.accountId, shareId, codeId, dryRun),
    }),
    exportAccessCodes: async ({ shareId, format }, { principal }) => {
      const all = await codes.all(principal.accountId, shareId);
      const { shareUrl } = await shares.get(principal.accountId, shareId);
      return { output: { format, count: all.length, data: await exportCodes(all, shareUrl, format) } };
    },
    getQrCode: async ({ shareId, codeId, format, size }, { principal }) => {
      const { shareUrl, warnings } = await shares.link(principal.accountId, shareId);
      const code = codeId === undefined ? undefined : await codes.get(principal.accountId, shareId, codeId);
      const url = code ? urlWithCode(shareUrl, code.code) : shareUrl;
      return { output: { url, format, data: await drawQrCode(url, format, size), warnings } };
    },
  };
}
