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
    for (const piece of this.#pieces()) {
      const breaks = this.#text.takeBreaks(piece.start);
      const within = this.#text.takeBreaks(piece.end - 1);
      if (!this.#unfinished && !isSpeakable(this.#text.said(piece))) this.#pause([...breaks, ...within]);
      else this.#add(piece, breaks);
    }
    this.#finish(undefined);
    this.#pause(this.#text.takeBreaks(Number.POSITIVE_INFINITY));
    return this.#parts;
  }

  /** Sentences; long ones in parts. */
  *#pieces(): Iterable<CutStretch> {
    for (const sentence of sentencesOf(this.#text.flat)) {
      const last = sentence.complete ? "sentence" : "space";
      for (const { boundary = last, ...stretch } of this.#text.divided(sentence, this.#maxWeight)) {
        yield* this.#fitting({ ...stretch, boundary });
      }
    }
  }

  /** As many pieces as it takes for each to fit into a document. */
  *#fitting(piece: CutStretch): Iterable<CutStretch> {
    const fits = this.#extended(new Draft(), piece).bytes <= this.#maxBytes;
    const halves = fits ? undefined : this.#text.halved(piece);
    if (fits) yield piece;
    else if (!halves) throw this.#tooLarge(piece);
    else {
      yield* this.#fitting(halves[0]);
      yield* this.#fitting({ ...halves[1], boundary: piece.boundary });
    }
  }

  #add(piece: CutStretch, breaks: readonly BreakItem[]): void {
    const weight = speechWeight(this.#text.said(piece));
    const before = this.#unfinished;
    if (before && !this.#alone && before.weight + 1 + weight <= this.#maxWeight) {
      const draft = this.#extended(
        breaks.reduce((one, item) => this.#withBreak(one, item), before.draft),
        piece,
      );
      if (draft.bytes <= this.#maxBytes) {
        this.#unfinished = { draft, start: before.start, last: piece, weight: before.weight + 1 + weight };
        return;
      }
    }
    this.#finish(piece);
    this.#pause(breaks);
    this.#unfinished = { draft: this.#extended(new Draft(), piece), start: piece.start, last: piece, weight };
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
