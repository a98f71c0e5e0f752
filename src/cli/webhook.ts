import { composeAdmin } from "../compose-admin.ts";
import { readConfig } from "../config.ts";

interface AccountOptions {
  account: string;
  json?: boolean;
}

interface SetOptions extends AccountOptions {
  regenerateSecret?: boolean;
  enable?: boolean;
  disable?: boolean;
}

type Admin = Awaited<ReturnType<typeof composeAdmin>>;
type Shown = Awaited<ReturnType<Admin["webhooks"]["get"]>> & { secret?: string };

async function withAccount<T>(name: string, use: (admin: Admin, accountId: string) => Promise<T>): Promise<T> {
  const admin = await composeAdmin(readConfig());
  try {
    return await use(admin, await admin.accountId(name));
  } finally {
    await admin.close();
  }
}

/** `aittsm webhook set`: where an account is told of its jobs. A new secret alone goes to stdout, for a script to take. */
export async function setWebhook(url: string, { account, json, ...options }: SetOptions): Promise<void> {
  const { regenerateSecret, enable, disable } = options;
  const enabled = enable ? true : disable ? false : undefined;
  const set = await withAccount(account, (admin, id) => admin.webhooks.set(id, { url, enabled, regenerateSecret }));
  if (json) return printJson(wire(set));
  process.stderr.write(`Webhook of account ${account}: ${line(set)}\n`);
  if (!set.secret) return;
  process.stdout.write(`${set.secret}\n`);
  process.stderr.write("That is the signing secret. Save it now: it is not shown again.\n");
}

/** `aittsm webhook show`: the webhook without its secret. */
export async function showWebhook({ account, json }: AccountOptions): Promise<void> {
  const shown = await withAccount(account, (admin, id) => admin.webhooks.get(id));
  if (json) printJson(wire(shown));
  else process.stdout.write(`${line(shown)}\n`);
}

/** `aittsm webhook test`: sends a test event now. @throws AppError WEBHOOK_FAILED with what happened. */
export async function testWebhook({ account, json }: AccountOptions): Promise<void> {
  const { testId } = await withAccount(account, (admin, id) => admin.webhooks.test(id));
  if (json) printJson({ test_id: testId });
  else process.stdout.write(`The receiver accepted the test event ${testId}.\n`);
}

/** `aittsm webhook remove`: nothing is sent any more. */
export async function removeWebhook({ account, json }: AccountOptions): Promise<void> {
  const { removed } = await withAccount(account, (admin, id) => admin.webhooks.remove(id));
  if (json) printJson({ removed });
  else process.stdout.write(removed ? "The webhook was removed.\n" : "There was no webhook.\n");
}

const printJson = (value: object) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

const line = ({ url, enabled, hasSecret }: Shown) =>
  `${url}  ${enabled ? "enabled" : "disabled"}  ${hasSecret ? "has a secret" : "has no secret"}`;

const wire = ({ url, enabled, hasSecret, createdAt, updatedAt, secret }: Shown) => ({
  url,
  enabled,
  has_secret: hasSecret,
  created_at: createdAt,
  updated_at: updatedAt,
  secret,
});
