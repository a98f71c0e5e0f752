import { invalidField } from "../../errors.ts";
import type { Store } from "../../store/database.ts";
import { IDS_PER_QUERY } from "../owned-jobs.ts";
import { findShares, inState, requireShare, type ShareRow } from "./share-row.ts";

/** Which shares a bulk revocation is for: ids, or all in a state. */
export interface ShareSelection {
  shareIds?: readonly string[];
  state?: "active" | "expired";
}

/** Closes a share for good. A repeat changes nothing. @throws AppError NOT_FOUND. */
export async function revokeShare(store: Store, accountId: string, shareId: string, dryRun: boolean) {
  return store.transaction().execute(async (trx) => {
    const row = await requireShare(trx, accountId, shareId);
    if (!dryRun) await revoke(trx, [shareId]);
    return { shareId, title: row.title ?? undefined, plays: row.plays, revoked: !dryRun || row.revoked_at !== null };
  });
}

/**
 * Closes many shares for good, in one transaction; ids that can't be are skipped and named.
 * @throws AppError INVALID_INPUT for neither ids nor a state, or both.
 */
export async function bulkRevokeShares(
  store: Store,
  accountId: string,
  { shareIds, state }: ShareSelection,
  dryRun: boolean,
) {
  if ((shareIds === undefined) === (state === undefined)) {
    const message = state ? "share_ids and state were both sent." : "There are no share_ids and no state.";
    throw invalidField("share_ids", message, "send share_ids, or state active or expired; nothing was revoked");
  }
  return store.transaction().execute(async (trx) => {
    const ids = [...new Set(shareIds ?? (await idsInState(trx, accountId, state!)))];
    const known = new Map<string, ShareRow>();
    for (let i = 0; i < ids.length; i += IDS_PER_QUERY) {
      for (const row of await findShares(trx, accountId, ids.slice(i, i + IDS_PER_QUERY))) known.set(row.share_id, row);
    }
    const isOpen = (id: string) => known.get(id)?.revoked_at === null;
    const revoked = ids.filter(isOpen);
    if (!dryRun) await revoke(trx, revoked);
    const skipped = ids
      .filter((id) => !isOpen(id))
      .map((shareId) => ({ shareId, reason: known.has(shareId) ? "ALREADY_REVOKED" : "NOT_FOUND" }));
    return { revoked, skipped };
  });
}

async function idsInState(trx: Store, accountId: string, state: "active" | "expired"): Promise<string[]> {
  const rows = await trx
    .selectFrom("shares")
    .select("share_id")
    .where("account_id", "=", accountId)
    .where(inState(state))
    .orderBy("created_at", "desc")
    .execute();
  return rows.map((row) => row.share_id);
}

async function revoke(trx: Store, shareIds: readonly string[]): Promise<void> {
  const revoked_at = Date.now();
  for (let i = 0; i < shareIds.length; i += IDS_PER_QUERY) {
    await trx
      .updateTable("shares")
      .set({ revoked_at })
      .where("share_id", "in", shareIds.slice(i, i + IDS_PER_QUERY))
      .where("revoked_at", "is", null)
      .execute();
  }
}
