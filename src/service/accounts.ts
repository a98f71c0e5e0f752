import { AppError } from "../errors.ts";
import type { Store } from "../store/database.ts";

/** The account of the embedded backend: everything on this machine belongs to it, and it pays nothing. */
export const LOCAL_ACCOUNT_ID = "local";

/**
 * Takes characters from an account's balance, inside the caller's transaction. Unlimited accounts pay nothing.
 * @throws AppError INSUFFICIENT_CREDITS; then nothing is taken.
 */
export async function charge(transaction: Store, accountId: string, chars: number): Promise<void> {
  const account = await transaction
    .selectFrom("accounts")
    .selectAll()
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
  if (account.unlimited) return;
  if (account.credit_balance < chars) {
    throw new AppError(
      "INSUFFICIENT_CREDITS",
      `This needs ${chars} credits; the balance is ${account.credit_balance}.`,
      {
        hint: "add credits, or send a shorter text",
        details: { needed: chars, balance: account.credit_balance },
      },
    );
  }
  await addToBalance(transaction, accountId, -chars);
}

/** Gives characters back, inside the transaction that fails their job. */
export async function refund(transaction: Store, accountId: string, chars: number): Promise<void> {
  await addToBalance(transaction, accountId, chars);
}

async function addToBalance(transaction: Store, accountId: string, chars: number): Promise<void> {
  await transaction
    .updateTable("accounts")
    .set((eb) => ({ credit_balance: eb("credit_balance", "+", chars) }))
    .where("account_id", "=", accountId)
    .where("unlimited", "=", 0)
    .execute();
}
