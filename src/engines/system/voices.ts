import type { EngineVoice } from "../engine.ts";
import { espeak } from "./espeak.ts";
import { languageTag } from "./language.ts";
import type { NativeVoice, ProgramFamily, SystemProgram } from "./program.ts";
import { sapi } from "./sapi.ts";
import { say } from "./say.ts";

/** Every program there may be; the system's own first. */
export const PROGRAMS: readonly SystemProgram[] = [say, sapi, espeak];

export const programOf = (family: ProgramFamily) => PROGRAMS.find((program) => program.family === family)!;

/** A program that was found. Survives structured cloning. */
export interface FoundProgram {
  family: ProgramFamily;
  path: string;
}

/** A voice and who speaks it. Survives structured cloning. */
export interface SystemVoice extends FoundProgram {
  nativeName: string;
  catalogue: EngineVoice;
}

/** The voices of one program, in the published layout, each with an id of its own. */
export function describeVoices(found: FoundProgram, voices: readonly NativeVoice[]): SystemVoice[] {
  const ids = new Set<string>();
  return voices.map((voice) => {
    const described = describe(found, voice, ids);
    ids.add(described.catalogue.voiceId);
    return described;
  });
}

function describe(found: FoundProgram, native: NativeVoice, taken: ReadonlySet<string>): SystemVoice {
  const language = languageTag(native.language);
  const plain = plainName(native.name);
  const idOf = (name: string) => `system:${language}-${found.family}-${name}`;
  let name = plain;
  for (let number = 2; taken.has(idOf(name)); number++) name = `${plain}${number}`;
  return {
    ...found,
    nativeName: native.nativeName,
    catalogue: {
      voiceId: idOf(name),
      provider: "system",
      language,
      family: found.family,
      name,
      gender: native.gender,
      modelType: "premium",
      characteristics: {
        styles: ["neutral"],
        roles: ["narrator"],
        age: "adult",
        accent: "standard",
        pitch: native.gender === "female" ? "high" : native.gender === "male" ? "low" : "medium",
        useCase: ["reading aloud", "notifications", "offline use"],
      },
      availableModels: [],
      available: true,
      // Below every voice of the built-in engine: these speak when there is nothing better for the language. Who names
      // a language without a country most often means its largest one.
      rank: native.preference + (language === languageTag(native.language.split(/[-_]/)[0]!) ? 1 : 0),
      charsPerSecond: native.charsPerSecond,
    },
  };
}

/** "English_(Received_Pronunciation)" → "EnglishReceivedPronunciation"; letters of ASCII and digits only. */
function plainName(name: string): string {
  const words = name
    .normalize("NFKD")
    .replace(/[\p{M}'’]/gu, "")
    .match(/[A-Za-z0-9]+/g) ?? ["Voice"];
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}
