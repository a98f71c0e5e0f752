import { randomUUID } from "node:crypto";
import { AppError, invalidField } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { statement } from "../store/statement.ts";

/** The account of the embedded backend: everything on this machine belongs to it, and it pays nothing. */
export const LOCAL_ACCOUNT_ID = "local";

/**
 * Takes characters from an account's balance, inside the caller's transaction. Unlimited accounts pay nothing.
 * @throws AppError INSUFFICIENT_CREDITS; then nothing is taken.
 */
export async function charge(transaction: Store, accountId: string, chars: number): Promise<void> {
  const [account] = await statement<{ unlimited: number; credit_balance: number }>(
    transaction,
    "select unlimited, credit_balance from accounts where account_id = ?",
    [accountId],
  );
  if (!account) throw new Error("the account is gone");
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

export interface Account {
  accountId: string;
  name: string;
  unlimited: boolean;
  creditBalance: number;
}

/** A name that people type and logs can hold. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u;

/**
 * The account of this name. With `make` it is made when there is none: unlimited, until it is given a balance.
 * @throws AppError INVALID_INPUT for a name that is none; NOT_FOUND.
 */
export async function requireAccount(store: Store, given: string, { make = false } = {}): Promise<Account> {
  const name = given.normalize("NFC").trim();
  if (!NAME.test(name)) {
    throw invalidField(
      "account",
      `"${given.slice(0, 100)}" can't be an account's name.`,
      "use letters and digits, at most 64",
    );
  }
  const row = await store.selectFrom("accounts").selectAll().where("name", "=", name).executeTakeFirst();
  if (row) return present({ ...row, name });
  if (!make) {
    throw new AppError("NOT_FOUND", `There is no account "${name}".`, { hint: "`aittsm accounts list` shows them" });
  }
  const made = { account_id: randomUUID(), name, unlimited: 1, credit_balance: 0 };
  await store.insertInto("accounts").values(made).execute();
  return present(made);
}

/** By name. */
export async function listAccounts(store: Store): Promise<Account[]> {
  const rows = await store.selectFrom("accounts").selectAll().where("name", "is not", null).orderBy("name").execute();
  return rows.map((row) => present({ ...row, name: row.name! }));
}

/** Gives an account a balance to be charged, or makes it unlimited. @throws AppError as `requireAccount`. */
export async function setBalance(store: Store, name: string, balance: number | "unlimited"): Promise<Account> {
  return store.transaction().execute(async (trx) => {
    const account = await requireAccount(trx, name);
    const set = balance === "unlimited" ? { unlimited: 1 } : { unlimited: 0, credit_balance: balance };
    await trx.updateTable("accounts").set(set).where("account_id", "=", account.accountId).execute();
    return requireAccount(trx, name);
  });
}

function present(row: { account_id: string; name: string; unlimited: number; credit_balance: number }): Account {
  const { account_id, name, unlimited, credit_balance } = row;
  return { accountId: account_id, name, unlimited: unlimited === 1, creditBalance: credit_balance };
}
