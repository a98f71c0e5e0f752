import type { Manner, ScriptPart } from "../script/script.ts";
import { type SsmlContext, voiceIdOf } from "./context.ts";
import { type SsmlDocument, type SsmlElement, shown, unsupported } from "./document.ts";
import { type FlowItem, flowOf, type TextItem, voiceElementOf } from "./flow.ts";
import { Manners } from "./manner.ts";
import { nativeParts, pausesOf } from "./native.ts";
import { SpokenParts } from "./spoken.ts";

export type { SsmlContext } from "./context.ts";

/** Items of one voice, with the breaks in between and after them. */
interface Run {
  voiceId: string;
  voice: SsmlElement | undefined;
  items: FlowItem[];
}

/**
 * What a document asks to be spoken, in order: whole documents for voices that take SSML, text in manners for others.
 * Linear.
 * @throws AppError UNSUPPORTED_MODIFIER for what a voice can't do, with `element`, `line`, `column` and `voice_id` in its
 *   details; what `context.voiceOf` and `capabilitiesOf` throw
 */
export function ssmlParts(document: SsmlDocument, context: SsmlContext): ScriptPart[] {
  const items = flowOf(document);
  const runs = runsOf(items, context);
  const parts: ScriptPart[] = [];
  const spoken = new SpokenParts(parts, new Manners(context), context);
  let said = false;
  for (const [index, { voiceId, voice, items }] of runs.entries()) {
    const following = firstText(runs[index + 1]);
    const capabilities = context.capabilitiesOf(voiceId);
    if (capabilities.engine.ssml) {
      spoken.close(firstText(runs[index]));
      const manner = nativeManner(voiceId, voice, context);
      for (const part of nativeParts({ items, manner, first: !said, following }, context)) parts.push(part);
    } else {
      spoken.addAll(items, following);
    }
    said = true;
  }
  spoken.close(undefined);
  if (runs.length === 0) return pausesOf(items.filter((item) => item.kind === "break"));
  return parts;
}

function runsOf(items: readonly FlowItem[], context: SsmlContext): Run[] {
  const runs: Run[] = [];
  const leading: FlowItem[] = [];
  for (const item of items) {
    let run = runs.at(-1);
    if (item.kind === "text") {
      const voice = voiceElementOf(item);
      const voiceId = voiceIdOf(voice, context);
      // In a <voice>, the language of the document does not hold.
      if (run?.voiceId !== voiceId || !run.voice !== !voice) {
        run = { voiceId, voice, items: leading.splice(0) };
        runs.push(run);
      }
    }
    (run?.items ?? leading).push(item);
  }
  return runs;
}

const firstText = (run: Run | undefined): TextItem | undefined =>
  run?.items.find((item): item is TextItem => item.kind === "text");

function nativeManner(voiceId: string, voice: SsmlElement | undefined, context: SsmlContext): Manner {
  const { speed } = context;
  const range = context.capabilitiesOf(voiceId).speed;
  if (range && voice && (speed < range.min || speed > range.max)) {
    const message = `${shown(voice, "name")}: ${voiceId} can't speak at the job's speed ${speed}.`;
    throw unsupported(voice, voiceId, message, `choose a speed from ${range.min} to ${range.max}`);
  }
  return { voiceId, speed: range ? speed : 1, pitchSemitones: 0, volumeDb: 0 };
}
