import type { WebhookService } from "../../service/webhooks/account-webhook.ts";
import type { WebhookHandlers } from "./handler.ts";

export function webhookHandlers(webhooks: WebhookService): WebhookHandlers {
  return {
    setWebhook: async (wish, { principal }) => ({ output: await webhooks.set(principal.accountId, wish) }),
    getWebhook: async (_, { principal }) => ({ output: await webhooks.get(principal.accountId) }),
    removeWebhook: async (_, { principal }) => ({ output: await webhooks.remove(principal.accountId) }),
    testWebhook: async (_, { principal }) => ({ output: await webhooks.test(principal.accountId) }),
  };
}
