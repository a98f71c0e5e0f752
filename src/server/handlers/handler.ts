import type * as z from "zod";
import type { contract, OperationName } from "../../contract/index.ts";
import type { Camel, Endpoint, OutputOf } from "../../contract/operation.ts";
import type { WebhookOperationName, webhookContract } from "../../contract/webhook.ts";
import type { Principal } from "../auth.ts";

/** What a handler knows of its request besides the input. */
export interface HandlerContext {
  principal: Principal;
  requestId: string;
  /** Aborts when the caller leaves. */
  signal: AbortSignal;
  idempotencyKey?: string;
}

export interface HandlerResult<Op extends Endpoint> {
  output: Camel<OutputOf<Op>>;
  /** Another 2xx than the operation's usual one. */
  status?: number;
  /** True when an idempotency key got its first answer again. */
  replayed?: boolean;
  retryAfterSeconds?: number;
  /** The target of a redirect; then there is no body. */
  location?: string;
}

/** Input checked and with the names used inside; no HTTP in here. */
export type Handler<Op extends Endpoint> = (
  input: Camel<z.output<Op["input"]>>,
  context: HandlerContext,
) => Promise<HandlerResult<Op>>;

/** One handler an operation: a new contract entry does not compile without its handler. */
export type Handlers = { [Name in OperationName]: Handler<(typeof contract)[Name]> };

/** The same for the webhook of the key's account. */
export type WebhookHandlers = { [Name in WebhookOperationName]: Handler<(typeof webhookContract)[Name]> };
