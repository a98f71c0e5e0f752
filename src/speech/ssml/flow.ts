import { endsClause } from "../plan/cuts.ts";
import type { Boundary } from "../plan/plan.ts";
import { sentencesOf } from "../plan/sentences.ts";
import { MappedText } from "../script/mapped-text.ts";
import { type Edge, nearest, type SsmlDocument, type SsmlElement } from "./document.ts";
import { type Silence, silenceOf } from "./values.ts";

/** Text of one element in order, without the white space that only lays out the XML: runs of it are one space. */
export interface TextItem {
  kind: "text";
  /** What the text stands in. */
  element: SsmlElement;
  /** Without white space at its ends. */
  text: MappedText;
  /** What is said in its place, for an alias. */
  alias?: MappedText;
  /** White space stands between it and the text before. */
  space: boolean;
  /** What begins or ends between it and the text before. */
  edge: Edge | undefined;
  /** Its element is about it as a whole, so that it is not cut: sub, say-as, phoneme. */
  whole: boolean;
}

export interface BreakItem {
  kind: "break";
  element: SsmlElement;
  silence: Silence;
}

export type FlowItem = TextItem | BreakItem;

const WHOLE = new Set(["sub", "say-as", "phoneme"]);

/** What is said and kept silent, in order. Marks have no sound. */
export function flowOf(document: SsmlDocument): FlowItem[] {
  const items: FlowItem[] = [];
  let space = false;
  let edge: Edge | undefined;
  for (const leaf of document.leaves) {
    if (leaf.edge === "paragraph" || !edge) edge = leaf.edge ?? edge;
    const { element } = leaf;
    if (leaf.kind === "break") items.push({ kind: "break", element, silence: silenceOf(element.attributes) });
    if (leaf.kind !== "text") continue;
    const { text, before, after } = laidOut(leaf.text);
    space ||= before;
    if (text.length > 0) {
      const whole = WHOLE.has(element.name);
      items.push({ kind: "text", element, text, space, edge, whole, ...(element.name === "sub" && aliasOf(element)) });
      space = false;
      edge = undefined;
    }
    space ||= after;
  }
  return items;
}

function aliasOf(element: SsmlElement): { alias: MappedText } {
  const alias = element.attributes.alias!.trim().replace(/\s+/g, " ");
  return { alias: MappedText.of(alias, { start: element.start, end: element.end }) };
}

function laidOut(raw: MappedText): { text: MappedText; before: boolean; after: boolean } {
  const text = new MappedText();
  let end = 0;
  // Words with one space between them stay as they are.
  for (const { 0: words, index } of raw.text.matchAll(/\S+(?: \S+)*/g)) {
    if (text.length > 0) text.append(" ", raw.spanOf(end, index));
    text.appendPart(raw, index, index + words.length);
    end = index + words.length;
  }
  return { text, before: /^\s/.test(raw.text), after: /\s$/.test(raw.text) };
}

/** What a text item says, as far as the document tells. */
export const saidBy = ({ text, alias }: TextItem): MappedText => alias ?? text;

/** The <voice> that a text item is in. */
export const voiceElementOf = ({ element }: FlowItem): SsmlElement | undefined =>
  nearest(element, ({ name }) => name === "voice");

const TAIL_CHARS = 200;
const HEAD_CHARS = 60;

/** What stands between a text and the next, where they are said apart. */
export function boundaryBetween(before: string, { space, edge, ...next }: TextItem): Boundary {
  if (edge) return edge;
  const tail = before.slice(-TAIL_CHARS);
  const joined = tail + (space ? " " : "") + saidBy({ space, edge, ...next }).text.slice(0, HEAD_CHARS);
  if (/[.!?…。！？]["'”’»)\]]*$/.test(tail) && endsSentence(joined, tail.length)) return "sentence";
  if (endsClause(joined, tail.length)) return "clause";
  return space ? "space" : "inside";
}

function endsSentence(text: string, at: number): boolean {
  for (const { end } of sentencesOf(text)) if (end >= at) return end === at;
  return false;
}

/** What a document says, in order: for detecting its language, finding what a voice can't say, and estimates. */
export function plainText(document: SsmlDocument): string {
  let text = "";
  let paused = false;
  for (const item of flowOf(document)) {
    if (item.kind === "break") paused = true;
    else {
      const gap = item.edge === "paragraph" ? "\n\n" : item.edge ? "\n" : item.space || paused ? " " : "";
      text += (text && gap) + saidBy(item).text;
      paused = false;
    }
  }
  return text;
}
