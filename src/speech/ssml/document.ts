import { AppError } from "../../errors.ts";
import type { MappedText } from "../script/mapped-text.ts";

/** SSML as it was read (parse.ts). Offsets are UTF-16 code units of the source, lines and columns count from 1. */

/** Where something stands in the source. A column counts UTF-16 code units. */
export interface Place {
  line: number;
  column: number;
}

export type ElementName =
  | "speak"
  | "p"
  | "s"
  | "break"
  | "prosody"
  | "emphasis"
  | "sub"
  | "say-as"
  | "voice"
  | "lang"
  | "phoneme"
  | "mark";

export interface SsmlElement extends Place {
  readonly name: ElementName;
  readonly attributes: Readonly<Record<string, string>>;
  /** Undefined for <speak>. */
  readonly parent: SsmlElement | undefined;
  /** From the < that opens it to behind the > that closes it. */
  readonly start: number;
  end: number;
}

/** The strongest of the paragraphs and sentences that begin or end between a leaf and the one before. */
export type Edge = "paragraph" | "sentence";

/** Text between two tags; comments and CDATA don't divide it. */
export interface TextLeaf {
  readonly kind: "text";
  /** What it stands in. */
  readonly element: SsmlElement;
  readonly text: MappedText;
  readonly edge: Edge | undefined;
}

/** A <break> or <mark>. */
export interface EmptyLeaf {
  readonly kind: "break" | "mark";
  /** The element itself. */
  readonly element: SsmlElement;
  readonly edge: Edge | undefined;
}

export type SsmlLeaf = TextLeaf | EmptyLeaf;

export interface SsmlDocument {
  readonly root: SsmlElement;
  /** All elements, in order of their opening tags. */
  readonly elements: readonly SsmlElement[];
  /** What is said and kept silent, in order. */
  readonly leaves: readonly SsmlLeaf[];
}

/** The nearest of an element and those around it that `wanted` holds for. */
export function nearest(
  element: SsmlElement | undefined,
  wanted: (element: SsmlElement) => boolean,
): SsmlElement | undefined {
  let at = element;
  while (at && !wanted(at)) at = at.parent;
  return at;
}

/** An element as its author wrote it, short enough for a sentence: `<prosody rate="fast">`. */
export function shown(element: SsmlElement, attribute?: string): string {
  const value = attribute === undefined ? undefined : element.attributes[attribute];
  return value === undefined ? `<${element.name}>` : `<${element.name} ${attribute}="${shortened(value)}">`;
}

const SHOWN_CHARS = 60;

/** The start of a text, for a message. */
export const shortened = (text: string): string =>
  text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS - 1).replace(/\p{Cs}$/u, "")}…` : text;

/** What is wrong with the document at a place of it. `message` follows "Line …, column …: ". */
export function invalidSsml({ line, column }: Place, message: string, hint: string): AppError {
  const sentence = `Line ${line}, column ${column}: ${message}`;
  const fields = [{ field: "text", message: sentence }];
  return new AppError("INVALID_SSML", sentence, { hint, details: { fields, line, column } });
}

/** What a voice can't do of a good document. `message` follows "Line …, column …: ". */
export function unsupported(element: SsmlElement, voiceId: string, message: string, hint: string): AppError {
  const { name, line, column } = element;
  const sentence = `Line ${line}, column ${column}: ${message}`;
  const details = { fields: [{ field: "text", message: sentence }], element: name, line, column, voice_id: voiceId };
  return new AppError("UNSUPPORTED_MODIFIER", sentence, { hint, details });
}
