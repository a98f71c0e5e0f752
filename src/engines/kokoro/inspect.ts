import type { SpeakableReport } from "../engine.ts";
import type { KokoroLanguage } from "./languages.ts";
import { readingOf } from "./text.ts";

const MAX_EXAMPLES = 3;

class Examples {
  count = 0;
  readonly #shown = new Set<string>();

  add(character: string): void {
    this.count++;
    if (this.#shown.size < MAX_EXAMPLES) this.#shown.add(character);
  }

  toString(): string {
    return `${this.count > this.#shown.size ? "e.g. " : ""}${[...this.#shown].join(" ")}`;
  }
}

/** What a voice of `language` makes of a text that is not in it: counts, and up to three examples each. */
export function inspectFor(text: string, language: KokoroLanguage): SpeakableReport {
  const mandarin = new Examples();
  const foreign = new Examples();
  let speakable = false;
  for (const character of text) {
    const reading = readingOf(character, language);
    if (reading === "foreign") foreign.add(character);
    else if (reading === "as mandarin") mandarin.add(character);
    if (reading === "spoken" || reading === "as mandarin") speakable = true;
  }
  const warnings: string[] = [];
  if (mandarin.count > 0) {
    const what = mandarin.count === 1 ? "1 Chinese character" : `${mandarin.count} Chinese characters`;
    const wayOut = language.tag === "ja-JP" ? ": write them in kana" : "";
    warnings.push(`This ${language.name} voice reads ${what} as Mandarin, or leaves them out (${mandarin})${wayOut}.`);
  }
  if (foreign.count > 0) {
    const what = foreign.count === 1 ? "1 letter of another script" : `${foreign.count} letters of other scripts`;
    warnings.push(`This ${language.name} voice spells or leaves out ${what} (${foreign}).`);
  }
  if (!speakable) warnings.push(`Nothing in this text can be spoken by this ${language.name} voice.`);
  return { speakable, warnings };
}
