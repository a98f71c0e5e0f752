import type { ShareService } from "../../service/shares/shares.ts";
import type { Handlers } from "./handler.ts";

type ShareHandlers = Pick<
  Handlers,
  | "createShare"
  | "listShares"
  | "getShare"
  | "updateShare"
  | "revokeShare"
  | "bulkRevokeShares"
  | "setSharePermanent"
  | "updateTrackOrder"
>;

export function shareHandlers(shares: ShareService): ShareHandlers {
  return {
    createShare: async (input, { principal, idempotencyKey }) => {
      const { share, replayed } = await shares.create(principal.accountId, input, idempotencyKey);
      return { output: share, replayed };
    },
    listShares: async (input, { principal }) => ({ output: await shares.list(principal.accountId, input) }),
    getShare: async ({ shareId }, { principal }) => ({ output: await shares.get(principal.accountId, shareId) }),
    updateShare: async ({ shareId, ...patch }, { principal }) => ({
      output: await shares.update(principal.accountId, shareId, patch),
    }),
    revokeShare: async ({ shareId, dryRun = false }, { principal }) => ({
      output: await shares.revoke(principal.accountId, shareId, dryRun),
    }),
    bulkRevokeShares: async ({ dryRun = false, ...selection }, { principal }) => ({
      output: await shares.bulkRevoke(principal.accountId, selection, dryRun),
    }),
    setSharePermanent: async ({ shareId, permanent }, { principal }) => ({
      output: await shares.setPermanent(principal.accountId, shareId, permanent),
    }),
    updateTrackOrder: async ({ shareId, jobIds }, { principal }) => ({
      output: await shares.reorder(principal.accountId, shareId, jobIds),
    }),
  };
}
