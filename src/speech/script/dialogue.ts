import { invalidField } from "../../errors.ts";
import { planText } from "../plan/plan.ts";
import { speechWeight } from "../plan/weight.ts";
import type { ScriptSource, VoiceFacts } from "./build.ts";
import type { NativePart, ScriptPart, SpokenPart } from "./script.ts";

const LABEL = /^[ \t]*speaker[ \t]*(\d{1,4})[ \t]*:/gim;

/** Letters of a request to an engine that says nothing of it. */
const LETTERS_PER_REQUEST = 300;

interface Turn {
  speaker: 1 | 2;
  /** The text after the label, up to the next one; UTF-16 code units of the job's text. */
  start: number;
  end: number;
}

/**
 * The parts of a text whose lines begin with "Speaker 1:" or "Speaker 2:"; other lines go on with the turn before.
 * Turns are spoken one after the other, or several at once by an engine that has both voices and speaks dialogues.
 * @throws AppError INVALID_INPUT that names the line
 */
export function dialogueParts(source: ScriptSource & { secondVoiceId: string }, facts: VoiceFacts): ScriptPart[] {
  const { text, voiceId, secondVoiceId, speed } = source;
  const voices = { 1: voiceId, 2: secondVoiceId } as const;
  const turns = turnsOf(text);
  const provider = (id: string) => id.slice(0, id.indexOf(":"));
  const speaksDialogue = (id: string) => facts.capabilitiesOf(id).engine.dialogue;
  const together = provider(voiceId) === provider(secondVoiceId) && [voiceId, secondVoiceId].every(speaksDialogue);
  const { lettersPerRequest = LETTERS_PER_REQUEST } = facts.capabilitiesOf(voiceId).engine;
  if (together) return requestsOf(source, turns, voices, lettersPerRequest);
  return turns.map(({ speaker, start, end }): SpokenPart => {
    const manner = { voiceId: voices[speaker], speed, pitchSemitones: 0, volumeDb: 0 };
    const origins = [{ start: 0, span: { start, end } }];
    return { kind: "speech", text: text.slice(start, end), origins, manner, boundary: "paragraph" };
  });
}

/** What is said, without the labels. @throws AppError INVALID_INPUT that names the line */
export function spokenLines(text: string): string {
  return turnsOf(text)
    .map(({ start, end }) => text.slice(start, end).trim())
    .join("\n");
}

function turnsOf(text: string): Turn[] {
  const lineAt = (index: number) => text.slice(0, index).split("\n").length;
  const labels = [...text.matchAll(LABEL)];
  const form = 'begin each turn with "Speaker 1:" or "Speaker 2:" on a line of its own';
  const before = text.slice(0, labels[0]?.index ?? text.length);
  if (before.trim()) {
    const line = lineAt(before.search(/\S/));
    throw invalidField("text", `Line ${line} of the dialogue has no speaker.`, form);
  }
  const turns = labels.map(({ 0: label, 1: speaker, index }, i): Turn => {
    if (speaker !== "1" && speaker !== "2") {
      throw invalidField("text", `Line ${lineAt(index)} is of speaker ${speaker}; there are two.`, form);
    }
    const start = index + label.length;
    return { speaker: speaker === "1" ? 1 : 2, start, end: labels[i + 1]?.index ?? text.length };
  });
  return turns.filter(({ start, end }) => text.slice(start, end).trim());
}

/** Requests of several turns, each about as long as the engine likes; the first one short, so that sound starts early. */
function requestsOf(
  { text, voiceId, speed }: ScriptSource,
  turns: readonly Turn[],
  voices: Readonly<Record<1 | 2, string>>,
  letters: number,
): NativePart[] {
  const manner = { voiceId, speed, pitchSemitones: 0, volumeDb: 0 };
  const parts: NativePart[] = [];
  let weight = Number.POSITIVE_INFINITY;
  for (const { speaker, start, end } of turns) {
    // A turn that is longer than a request goes on in the next one.
    for (const piece of planText(text.slice(start, end), { maxWeight: letters, firstMaxWeight: letters })) {
      const line = { speaker, voiceId: voices[speaker], text: piece.text };
      const span = { start: start + piece.span.start, end: start + piece.span.end };
      const more = speechWeight(piece.text);
      const last = parts.at(-1);
      if (last?.dialogue && weight + more <= letters) {
        weight += more;
        const whole = { ...last, dialogue: [...last.dialogue, line], text: `${last.text}\n${piece.text}` };
        parts[parts.length - 1] = { ...whole, span: { start: last.span.start, end: span.end } };
        continue;
      }
      weight = parts.length === 0 ? letters : more;
      parts.push({ kind: "native", text: piece.text, span, manner, dialogue: [line], boundary: "paragraph" });
    }
  }
  return parts;
}
