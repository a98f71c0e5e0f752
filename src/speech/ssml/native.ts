import { isSpeakable } from "../../engines/shared/provider-text.ts";
import type { Boundary } from "../plan/plan.ts";
import { sentencesOf } from "../plan/sentences.ts";
import { speechWeight } from "../plan/weight.ts";
import type { Manner, ScriptPart } from "../script/script.ts";
import type { SsmlContext } from "./context.ts";
import { unsupported } from "./document.ts";
import { Draft, escaped, Tags } from "./draft.ts";
import { type BreakItem, boundaryBetween, type FlowItem, type TextItem } from "./flow.ts";
import { placed } from "./native-check.ts";
import { type CutStretch, NativeText, type Stretch } from "./native-text.ts";

/** Letters of running text in a document, where the engine does not say: as plan.ts has it for plain text. */
const LETTERS = 300;

/** Text of one voice that takes SSML. */
export interface NativeRun {
  items: readonly FlowItem[];
  manner: Manner;
  /** Nothing is said before it: its first document is one sentence, so that sound starts early. */
  first: boolean;
  /** The text after it. */
  following: TextItem | undefined;
}

/**
 * Documents for a run: whole sentences, as many as are good for one request, with the elements around them. Breaks where
 * one document ends and the next begins become pauses.
 * @throws AppError UNSUPPORTED_MODIFIER for what the voice's engine does not take
 */
export function nativeParts(run: NativeRun, context: SsmlContext): ScriptPart[] {
  return new NativeWriter(run, context).write();
}

/** The document that is being written: its text, and its last piece. */
interface Unfinished {
  draft: Draft;
  start: number;
  last: CutStretch;
  weight: number;
}

class NativeWriter {
  readonly #run: NativeRun;
  readonly #context: SsmlContext;
  readonly #tags: Tags;
  readonly #text: NativeText;
  readonly #maxBytes: number;
  readonly #maxWeight: number;
  readonly #parts: ScriptPart[] = [];
  #unfinished: Unfinished | undefined;
  /** The next document has one sentence. */
  #alone: boolean;

  constructor(run: NativeRun, context: SsmlContext) {
    const { voiceId } = run.manner;
    const { engine } = context.capabilitiesOf(voiceId);
    this.#run = run;
    this.#context = context;
    this.#tags = new Tags(voiceId, engine);
    this.#text = new NativeText(run.items);
    this.#maxBytes = engine.maxRequestBytes ?? Number.POSITIVE_INFINITY;
    this.#maxWeight = engine.lettersPerRequest ?? LETTERS;
    this.#alone = run.first;
  }

  write(): ScriptPart[] {
    for (const sentence of sentencesOf(this.#text.flat)) {
      const last = sentence.complete ? "sentence" : "space";
      for (const { boundary = last, ...stretch } of this.#text.divided(sentence, this.#maxWeight)) {
        this.#add({ ...stretch, boundary });
      }
    }
    this.#finish(undefined);
    this.#pause(this.#text.takeBreaks(Number.POSITIVE_INFINITY));
    return this.#parts;
  }

  /** Adds a sentence, or a part of one, to the document or begins another; in parts if it is too large for one. */
  #add(piece: CutStretch): void {
    const said = this.#text.said(piece);
    if (!this.#unfinished && !isSpeakable(said)) {
      this.#pause(this.#text.takeBreaks(piece.end - 1));
      return;
    }
    const weight = speechWeight(said);
    const longer = this.#longer(piece, weight);
    if (!longer) {
      const draft = this.#extended(new Draft(), piece);
      if (draft.bytes > this.#maxBytes) {
        const halves = this.#text.halved(piece);
        if (!halves) throw this.#tooLarge(piece);
        this.#add(halves[0]);
        this.#add({ ...halves[1], boundary: piece.boundary });
        return;
      }
      this.#finish(piece);
      this.#pause(this.#text.takeBreaks(piece.start));
      this.#unfinished = { draft, start: piece.start, last: piece, weight };
    }
    this.#unfinished = longer ?? this.#unfinished;
    // Those within the piece are in the document.
    this.#text.takeBreaks(piece.end - 1);
  }

  /** The document with one more piece, if that is not too much. */
  #longer(piece: CutStretch, more: number): Unfinished | undefined {
    const before = this.#unfinished;
    const weight = (before?.weight ?? 0) + 1 + more;
    if (!before || this.#alone || weight > this.#maxWeight) return undefined;
    const breaks = this.#text.breaksBefore(piece);
    const draft = this.#extended(
      breaks.reduce((one, item) => this.#withBreak(one, item), before.draft),
      piece,
    );
    return draft.bytes <= this.#maxBytes ? { draft, start: before.start, last: piece, weight } : undefined;
  }

  /** @param next the piece that the next document begins with */
  #finish(next: Stretch | undefined): void {
    if (!this.#unfinished) return;
    const { draft, start, last } = this.#unfinished;
    const stretch = { start, end: last.end };
    const text = this.#text.said(stretch);
    const { manner, following } = this.#run;
    const { ssml } = draft;
    const { checkNative } = this.#context;
    if (checkNative)
      placed(
        () => checkNative(ssml, manner.voiceId),
        manner.voiceId,
        (at) => draft.elementAt(at),
      );
    const inRun = next && (this.#text.edgeAt(next.start) ?? last.boundary);
    const boundary: Boundary = inRun ?? (following ? boundaryBetween(text, following) : "paragraph");
    this.#parts.push({ kind: "native", text, span: this.#text.spanOf(stretch), manner, ssml, boundary });
    this.#unfinished = undefined;
    this.#alone = false;
  }

  #pause(breaks: readonly BreakItem[]): void {
    this.#parts.push(...pausesOf(breaks));
  }

  #extended(draft: Draft, stretch: Stretch): Draft {
    let result = draft;
    for (const fragment of this.#text.fragments(stretch)) {
      if (fragment.kind === "break") {
        result = this.#withBreak(result, fragment);
      } else {
        const { element } = fragment.item;
        result = result.with(this.#tags.around(element), escaped(fragment.text), element, fragment.space);
      }
    }
    return result;
  }

  #withBreak(draft: Draft, { element }: BreakItem): Draft {
    return draft.with(this.#tags.around(element.parent!), this.#tags.empty(element), element);
  }

  #tooLarge(stretch: Stretch) {
    const { element } = this.#text.itemAt(stretch.start);
    const { voiceId } = this.#run.manner;
    const message = `<${element.name}> with what is around it has more bytes than ${voiceId} takes at once.`;
    return unsupported(element, voiceId, message, `at most ${this.#maxBytes} bytes, its tags included`);
  }
}

export const pausesOf = (breaks: readonly BreakItem[]): ScriptPart[] =>
  breaks.map(({ element, silence: { milliseconds, exact } }) => ({
    kind: "pause",
    milliseconds,
    ...(exact && { exact }),
    span: { start: element.start, end: element.end },
  }));
