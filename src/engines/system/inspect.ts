import type { SpeakableReport } from "../engine.ts";
import { isSilent } from "./espeak-languages.ts";
import { programOf, type SystemVoice } from "./voices.ts";

const MAX_EXAMPLES = 3;

/** What `text` loses with a voice, with the count and up to three examples. */
export function inspectFor({ family, catalogue }: SystemVoice, text: string): SpeakableReport {
  const leavesOut = programOf(family).leavesOut ?? (() => false);
  const examples = new Set<string>();
  let left = 0;
  let speakable = false;
  for (const character of text) {
    if (isSilent(character)) continue;
    if (!leavesOut(character, catalogue.language)) speakable = true;
    else {
      left += 1;
      if (examples.size < MAX_EXAMPLES) examples.add(character);
    }
  }
  const warnings: string[] = [];
  if (left > 0) {
    const what = left === 1 ? "1 character" : `${left} characters`;
    warnings.push(`This voice leaves out ${what} (${left > examples.size ? "e.g. " : ""}${[...examples].join(" ")}).`);
  }
  if (!speakable) warnings.push("Nothing in this text can be spoken by this voice.");
  return { speakable, warnings };
}
