import * as z from "zod";
import { op } from "./operation.ts";

const BYTES = "bytes of UTF-8";
const Bytes = z.union([z.number(), z.literal("by model")]);
const ByFamily = z.union([z.boolean(), z.enum(["by family", "by model"])]);

export const ProviderTier = z.object({
  model_type: z.enum(["premium", "ultra"]),
  families: z.array(z.string()),
  text_bytes: Bytes.describe(BYTES),
  stream_bytes: Bytes.describe(BYTES),
  prompt_bytes: z.number().optional().describe(BYTES),
  ssml: ByFamily,
  markup: ByFamily,
  speed: z
    .union([z.object({ min: z.number(), max: z.number() }), z.literal("by family")])
    .optional()
    .describe("absent: one speed only"),
  multi_speaker: z.union([z.boolean(), z.literal("by model")]),
  model: z.boolean(),
  prompt: z.boolean(),
  bitrate: z.boolean(),
});

export const Provider = z.object({
  id: z.string(),
  available: z.boolean(),
  why_unavailable: z.string().optional(),
  hint: z.string().optional().describe("how to set it up"),
  local: z
    .boolean()
    .describe("it speaks on the machine of the service: text goes nowhere else and nothing is paid for it"),
  tiers: z.array(ProviderTier),
});

export const listProviders = op({
  method: "GET",
  path: "/providers",
  scope: "voices:list",
  retry: "safe",
  success: 200,
  summary: "Providers of voices: whether each works here, how to set it up, and what its tiers can do.",
  input: z.object({}),
  output: z.object({ providers: z.array(Provider) }),
});
