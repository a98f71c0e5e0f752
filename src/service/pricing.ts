import { invalidField } from "../errors.ts";
import { estimateDurationSeconds } from "../speech/plan/estimate.ts";
import type { Catalogue, CatalogueEntry } from "./catalogue.ts";
import { checkModifiers } from "./modifiers.ts";
import { priceOf, type RateCard } from "./rate-card.ts";
import { chooseVoice, type VoiceDefaults } from "./voice-choice.ts";

export interface EstimateWish {
  /** Exactly one of `text` and `chars`. */
  text?: string;
  /** Bytes of UTF-8 of a text that is not sent. */
  chars?: number;
  voiceId?: string;
  prompt?: string;
  model?: string;
}

interface Parts {
  catalogue: Catalogue;
  defaults: VoiceDefaults;
  rateCard: RateCard;
}

/** What speech would cost. It chooses and refuses as generating would, so that the estimate is of what would be made. */
export class PricingService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Cost and length of a text at speed 1, from the voice's measured rate.
   * @throws AppError INVALID_INPUT for none or both of text and chars, and whatever refuses the voice, model or prompt.
   */
  async estimate(wish: EstimateWish) {
    const textBytes = measure(wish);
    const { catalogue, defaults, rateCard } = this.#parts;
    const { entry, warnings } = await chooseVoice(catalogue, wish, defaults);
    const { voice, capabilities, engine } = entry;
    const { model, prompt } = wish;
    checkModifiers({ text: wish.text ?? "", model, prompt, deliveryMode: "async" }, voice, capabilities);
    const chars = textBytes + Buffer.byteLength(prompt ?? "");
    const cost = priceOf(rateCard, { ...voice, local: engine.local }, chars);
    const limit = capabilities.maxTextBytes;
    const notes = [...warnings, ...speakable(entry, wish.text), ...missingRate(entry, cost)];
    return {
      chars,
      voiceId: voice.voiceId,
      estimatedCost: cost,
      currency: rateCard.currency,
      // Of bytes alone nothing is known but their number; running text in ASCII is what the rate was measured on.
      estimatedDurationSeconds: round(
        wish.text === undefined ? textBytes / voice.charsPerSecond : estimateDurationSeconds(wish.text, voice, 1),
      ),
      withinLimits: textBytes <= limit,
      limit,
      warnings: notes.length > 0 ? notes : undefined,
    };
  }
}

const round = (seconds: number) => Math.round(seconds * 10) / 10;

function measure({ text, chars }: EstimateWish): number {
  if (text !== undefined && chars !== undefined) {
    throw invalidField("chars", "Both text and chars were sent.", "send text, or chars (its bytes in UTF-8), not both");
  }
  if (text !== undefined) return Buffer.byteLength(text);
  if (chars !== undefined) return chars;
  throw invalidField("text", "Neither text nor chars was sent.", "send text, or chars (its bytes in UTF-8)");
}

function speakable({ engine, voice }: CatalogueEntry, text: string | undefined): string[] {
  if (text === undefined) return [];
  const report = engine.inspect(text, voice.voiceId);
  return report.speakable
    ? report.warnings
    : [...report.warnings, `${voice.voiceId} can't speak anything in this text; generate_speech would refuse it.`];
}

function missingRate({ voice }: CatalogueEntry, cost: number | undefined): string[] {
  if (cost !== undefined) return [];
  return [
    `The rate card has no rate for ${voice.provider} ${voice.modelType}; AITTSM_RATE_CARD names a file that can give one.`,
  ];
}
