import * as z from "zod";
import { VoiceId, Warnings } from "./common.ts";
import { op } from "./operation.ts";
import { TEXT_LIMITS } from "./tts.ts";

/** A day (2026-07-28) or a moment (2026-07-28T12:00:00Z); without an offset it is UTC. */
const DateOrTime = z.string().min(1).max(40);

export const getUsage = op({
  method: "GET",
  path: "/usage",
  scope: "usage:read",
  retry: "safe",
  success: 200,
  summary:
    "The credit balance, and what was charged: in all and by group. Failed jobs are refunded and count as none. " +
    "`from` is the first moment that counts and `to` the first that does not; a `to` that is a day counts whole.",
  input: z.object({
    from: DateOrTime.optional().describe("date or time, UTC"),
    to: DateOrTime.optional().describe("a date counts whole"),
    group_by: z.enum(["day", "provider", "voice"]).optional(),
  }),
  output: z.object({
    credit_balance: z.number(),
    unlimited: z.boolean().describe("nothing is taken from the balance"),
    chars_charged: z.number(),
    jobs: z.number(),
    groups: z
      .array(z.object({ group: z.string(), chars_charged: z.number(), jobs: z.number() }))
      .optional()
      .describe("the latest 100 days, or the 100 largest"),
  }),
});

export const estimateCost = op({
  method: "POST",
  path: "/pricing/estimate",
  scope: "pricing:estimate",
  retry: "safe",
  success: 200,
  summary: "What a text would cost and how long it would be. Nothing is spoken, saved or charged.",
  input: z.object({
    text: z.string().min(1).optional(),
    chars: z.number().int().min(1).max(1_000_000_000).optional().describe("UTF-8 bytes, instead of text"),
    voice_id: VoiceId.optional(),
    prompt: z.string().max(TEXT_LIMITS.promptBytes).optional(),
    model: z.string().max(100).optional(),
  }),
  output: z.object({
    chars: z.number().describe("UTF-8 bytes of text and prompt"),
    voice_id: z.string().optional(),
    estimated_cost: z.number().optional().describe("absent when the rate is not known"),
    currency: z.string(),
    estimated_duration_seconds: z.number(),
    within_limits: z.boolean(),
    limit: z.number().describe("bytes of text in one job"),
    warnings: Warnings.optional(),
  }),
});
