import type { PricingService } from "../../service/pricing.ts";
import type { UsageService } from "../../service/usage.ts";
import type { Handlers } from "./handler.ts";

interface Account {
  usage: UsageService;
  pricing: PricingService;
}

export function accountHandlers({ usage, pricing }: Account): Pick<Handlers, "getUsage" | "estimateCost"> {
  return {
    getUsage: async (query, { principal }) => ({ output: await usage.usage(principal.accountId, query) }),
    estimateCost: async (wish) => ({ output: await pricing.estimate(wish) }),
  };
}
