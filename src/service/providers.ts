import type { Engine, ProviderTier } from "../engines/engine.ts";
import { statusOf } from "./catalogue.ts";

export interface ProviderState {
  id: string;
  available: boolean;
  whyUnavailable?: string;
  hint?: string;
  local: boolean;
  tiers: readonly ProviderTier[];
}

/** Every provider, whether it works here, and what its tiers can do. */
export function listProviders(engines: readonly Engine[]): Promise<ProviderState[]> {
  return Promise.all(
    engines.map(async (engine) => {
      const { available, ...why } = await statusOf(engine);
      return { id: engine.id, available, ...why, local: engine.local, tiers: engine.tiers().map(offeredTier) };
    }),
  );
}

/** As `offered` has it for voices (engine-listing.ts). */
const offeredTier = (tier: ProviderTier): ProviderTier => ({ ...tier, ssml: true, markup: true, multiSpeaker: true });
