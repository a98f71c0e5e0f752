import * as z from "zod";
import { Time } from "./common.ts";
import type { Endpoint } from "./operation.ts";
import { ADMIN_SCOPE } from "./scopes.ts";

/** [pub] The routes of accounts are beside REST v1, not below its base path. */
export const ACCOUNT_PATH = "/api/user";
const PATH = `${ACCOUNT_PATH}/enterprise/webhook`;

/** How long a webhook's URL may be. */
export const MAX_WEBHOOK_URL_CHARS = 2_048;

const Webhook = z.object({
  url: z.string(),
  enabled: z.boolean(),
  has_secret: z.boolean(),
  created_at: Time,
  updated_at: Time,
});

const endpoint = <I extends z.ZodObject, O extends z.ZodObject>(of: Omit<Endpoint<I, O>, "scope">): Endpoint<I, O> => ({
  ...of,
  scope: ADMIN_SCOPE,
});

/** The webhook of the key's account. */
export const webhookContract = {
  setWebhook: endpoint({
    method: "PUT",
    path: PATH,
    retry: "safe",
    success: 200,
    summary: "Set the account's webhook. The answer has the signing secret when it is made, and never again.",
    input: z.object({
      url: z.string().min(1).max(MAX_WEBHOOK_URL_CHARS).describe("public https URL"),
      enabled: z.boolean().optional().describe("default: as it was; a new one is enabled"),
      // Published in this spelling.
      regenerateSecret: z.boolean().optional().describe("makes a new signing secret; the old one ends at once"),
    }),
    output: Webhook.extend({ secret: z.string().optional().describe("hex; sign and verify with this text as it is") }),
  }),
  getWebhook: endpoint({
    method: "GET",
    path: PATH,
    retry: "safe",
    success: 200,
    summary: "The account's webhook, without its secret.",
    input: z.object({}),
    output: Webhook,
  }),
  removeWebhook: endpoint({
    method: "DELETE",
    path: PATH,
    retry: "safe",
    success: 200,
    summary: "Remove the account's webhook, its secret and what was not delivered yet.",
    input: z.object({}),
    output: z.object({ removed: z.boolean() }),
  }),
  testWebhook: endpoint({
    method: "POST",
    path: `${PATH}/test`,
    retry: "never",
    success: 200,
    summary: "Send a test event now: 200 when the receiver accepted it, else 422 WEBHOOK_FAILED with what happened.",
    input: z.object({}),
    output: z.object({ test_id: z.string() }),
  }),
} as const satisfies Record<string, Endpoint>;

export type WebhookOperationName = keyof typeof webhookContract;
