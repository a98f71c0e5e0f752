import { composeAdmin } from "../compose-admin.ts";
import { readConfig } from "../config.ts";
import { invalidField } from "../errors.ts";

const MAX_CREDITS = 1_000_000_000_000;

/** `aittsm accounts list`: who may spend how much. */
export async function showAccounts({ json }: { json?: boolean }): Promise<void> {
  const admin = await composeAdmin(readConfig());
  try {
    const accounts = await admin.listAccounts();
    if (json) {
      const wire = accounts.map(({ name, unlimited, creditBalance }) => ({
        name,
        unlimited,
        credit_balance: creditBalance,
      }));
      process.stdout.write(`${JSON.stringify(wire, null, 2)}\n`);
      return;
    }
    for (const { name, unlimited, creditBalance } of accounts) {
      process.stdout.write(`${name}  ${unlimited ? "unlimited" : `${creditBalance} credits`}\n`);
    }
  } finally {
    await admin.close();
  }
}

/** `aittsm accounts set`: gives an account a balance, or makes it unlimited. */
export async function setAccount(name: string, options: { credits?: number; unlimited?: boolean }): Promise<void> {
  const { credits, unlimited } = options;
  if ((credits === undefined) === !unlimited) {
    throw invalidField("credits", "Send --credits N or --unlimited.", "a credit is a byte of text");
  }
  if (credits !== undefined && !(Number.isInteger(credits) && credits >= 0 && credits <= MAX_CREDITS)) {
    throw invalidField("credits", `--credits takes a whole number from 0 to ${MAX_CREDITS}.`);
  }
  const admin = await composeAdmin(readConfig());
  try {
    const account = await admin.setBalance(name, credits ?? "unlimited");
    process.stdout.write(`${account.name}  ${account.unlimited ? "unlimited" : `${account.creditBalance} credits`}\n`);
  } finally {
    await admin.close();
  }
}
