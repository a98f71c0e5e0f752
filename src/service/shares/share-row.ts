import { type Selectable, sql } from "kysely";
import { AppError } from "../../errors.ts";
import type { Store } from "../../store/database.ts";
import type { Database } from "../../store/schema.ts";

/** A share as the database has it. */
export type ShareRow = Selectable<Database["shares"]>;
export type ShareState = "active" | "expired" | "revoked";

export function shareState({ revoked_at, expires_at }: Pick<ShareRow, "revoked_at" | "expires_at">): ShareState {
  if (revoked_at !== null) return "revoked";
  return expires_at !== null && expires_at <= Date.now() ? "expired" : "active";
}

/** `shareState` for queries. */
export function inState(state: ShareState) {
  if (state === "revoked") return sql<boolean>`revoked_at is not null`;
  const past = sql<boolean>`(expires_at is not null and expires_at <= ${Date.now()})`;
  return state === "expired"
    ? sql<boolean>`revoked_at is null and ${past}`
    : sql<boolean>`revoked_at is null and not ${past}`;
}

/** Whether there is any share, of any account, that somebody could open. */
export async function hasActiveShares(store: Store): Promise<boolean> {
  const row = await store.selectFrom("shares").select("share_id").where(inState("active")).limit(1).executeTakeFirst();
  return row !== undefined;
}

/** The account's shares with these ids. */
export function findShares(store: Store, accountId: string, shareIds: readonly string[]): Promise<ShareRow[]> {
  return store
    .selectFrom("shares")
    .selectAll()
    .where("share_id", "in", [...shareIds])
    .where("account_id", "=", accountId)
    .execute();
}

/** @throws AppError NOT_FOUND, also for another account's share. */
export async function requireShare(store: Store, accountId: string, shareId: string): Promise<ShareRow> {
  const [row] = await findShares(store, accountId, [shareId]);
  if (row) return row;
  throw new AppError("NOT_FOUND", `There is no share "${shareId}".`, {
    hint: "use a share_id that list_shares (GET /shares) shows",
  });
}

/** For changes. @throws AppError NOT_FOUND; SHARE_EXPIRED for a revoked one, which stays as it is. */
export async function requireOpenShare(store: Store, accountId: string, shareId: string): Promise<ShareRow> {
  const row = await requireShare(store, accountId, shareId);
  if (row.revoked_at === null) return row;
  throw new AppError("SHARE_EXPIRED", "This share was revoked; that can't be undone.", {
    hint: "make a new one with create_share (POST /shares)",
  });
}
