import { invalidField } from "../../errors.ts";
import { planText } from "../plan/plan.ts";
import { boundaryAfter } from "./boundary.ts";
import type { ScriptSource, VoiceFacts } from "./build.ts";
import type { Manner, NativePart, ScriptPart } from "./script.ts";

/** [pause short], [pause] and [pause long] (https://cloud.google.com/text-to-speech/docs/chirp3-hd); in what case it likes. */
const PAUSE = /\[ *pause\b *([^\][\n]{0,40})\]/gi;

/** Google's lengths are the voice's to choose; these are about what its voices make. */
const PAUSE_MS: Readonly<Record<string, number>> = { short: 250, "": 500, long: 1_000 };

/**
 * The parts of a text with pauses in it: the engine's own where it knows them, else silence.
 * @throws AppError INVALID_INPUT for a pause of another kind, with its place
 */
export function markupParts({ text, voiceId, speed }: ScriptSource, facts: VoiceFacts): ScriptPart[] {
  const manner: Manner = { voiceId, speed, pitchSemitones: 0, volumeDb: 0 };
  const pauses = pausesOf(text);
  const { markup, lettersPerRequest } = facts.capabilitiesOf(voiceId).engine;
  return markup ? nativeParts(text, pauses, manner, lettersPerRequest) : silentPauses(text, pauses, manner);
}

/** What is said of a text with pauses. */
export const withoutPauses = (text: string): string => text.replace(PAUSE, " ");

interface FoundPause {
  start: number;
  end: number;
  milliseconds: number;
}

function pausesOf(text: string): FoundPause[] {
  return [...text.matchAll(PAUSE)].map(({ 0: whole, 1: kind = "", index }) => {
    const milliseconds = PAUSE_MS[kind.trim().toLowerCase()];
    if (milliseconds !== undefined) return { start: index, end: index + whole.length, milliseconds };
    const line = text.slice(0, index).split("\n").length;
    throw invalidField(
      "text",
      `Line ${line} has the unknown pause ${whole}.`,
      "use [pause short], [pause] or [pause long]",
    );
  });
}

function silentPauses(text: string, pauses: readonly FoundPause[], manner: Manner): ScriptPart[] {
  const parts: ScriptPart[] = [];
  const speak = (start: number, end: number) => {
    const said = text.slice(start, end);
    if (!said.trim()) return;
    const origins = [{ start: 0, span: { start, end } }];
    parts.push({ kind: "speech", text: said, origins, manner, boundary: boundaryAfter(said) });
  };
  let at = 0;
  for (const { start, end, milliseconds } of pauses) {
    speak(at, start);
    parts.push({ kind: "pause", milliseconds, span: { start, end } });
    at = end;
  }
  speak(at, text.length);
  return parts;
}

/** Chunks as of plain text, with the pauses in them. */
function nativeParts(
  text: string,
  pauses: readonly FoundPause[],
  manner: Manner,
  letters: number | undefined,
): NativePart[] {
  return [...planText(masked(text, pauses), { maxWeight: letters })].map(({ span, boundary }) => {
    const markup = text.slice(span.start, span.end);
    return { kind: "native", text: withoutPauses(markup), span, manner, markup, boundary };
  });
}

/** For the planner a pause is one word, so that nothing is cut inside of it. Of the same length. */
function masked(text: string, pauses: readonly FoundPause[]): string {
  let result = "";
  let at = 0;
  for (const { start, end } of pauses) {
    result += text.slice(at, start) + text.slice(start, end).replaceAll(" ", "_");
    at = end;
  }
  return result + text.slice(at);
}
