import path from "node:path";
import type { Config } from "./config.ts";
import { listAccounts, requireAccount, setBalance } from "./service/accounts.ts";
import { ApiKeyService } from "./service/api-keys.ts";
import { WebhookService } from "./service/webhooks/account-webhook.ts";
import { WebhookPoster } from "./service/webhooks/poster.ts";
import { AllowedHosts } from "./service/webhooks/target.ts";
import { openDataDir } from "./store/data-dir.ts";
import { openStore } from "./store/database.ts";
import { DATABASE_FILE } from "./store/files.ts";
import { openSigner } from "./store/secrets.ts";

/**
 * What whoever holds the data directory may do to its service, running or not.
 * @throws AppError CONFIG_INVALID when the data directory can't be used.
 */
export async function composeAdmin(config: Config) {
  const dataDir = await openDataDir(config.dataDir, { standIn: false });
  const databaseFile = path.join(dataDir.path, DATABASE_FILE);
  // The key comes before the database, or the next start would miss it.
  const signer = await openSigner(dataDir.path, databaseFile);
  const store = openStore(databaseFile, "full");
  const allowed = new AllowedHosts(config.webhookAllowedHosts);
  return {
    webhooks: new WebhookService({ store, signer, allowed, poster: new WebhookPoster({ allowed }) }),
    /** @throws AppError NOT_FOUND. */
    accountId: async (name: string) => (await requireAccount(store, name)).accountId,
    keys: new ApiKeyService(store),
    listAccounts: () => listAccounts(store),
    setBalance: (name: string, balance: number | "unlimited") => setBalance(store, name, balance),
    close: () => store.destroy(),
  };
}
