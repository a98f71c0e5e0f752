import type { PhonemeAlphabet } from "../../engines/engine.ts";
import type { Boundary } from "../plan/plan.ts";
import { MappedText } from "../script/mapped-text.ts";
import type { Manner, Phonemes, ScriptPart, SpokenPart } from "../script/script.ts";
import type { SsmlContext } from "./context.ts";
import { shortened, shown, unsupported } from "./document.ts";
import { boundaryBetween, type FlowItem, saidBy, type TextItem } from "./flow.ts";
import { languageOf, type Manners } from "./manner.ts";
import { pausesOf } from "./native.ts";

/** Marks that belong to the word before them, though an element ends between. */
const CLOSING_MARKS = /^[.,;:!?…。！？、，；：)\]"'”’»]+/;
/** Marks that belong to the word after them. */
const OPENING_MARKS = /(?:^|\s)([([{"'“‘«¿¡]+)$/;
const WORD_CHARACTER = /[\p{L}\p{N}]/u;

/** A part while text is added to it. */
interface OpenPart {
  text: MappedText;
  manner: Manner;
  phonemes: Phonemes[];
  /** Its last piece stands for something else, as aliases do. */
  replaced: boolean;
}

/** What is said for a text item. */
interface Said {
  text: MappedText;
  replaced: boolean;
  phonemes?: { alphabet: PhonemeAlphabet; ph: string };
}

/**
 * Parts for voices that don't take SSML. Neighbours that are spoken alike are one part, however many elements they
 * stand in.
 */
export class SpokenParts {
  readonly #parts: ScriptPart[];
  readonly #manners: Manners;
  readonly #context: SsmlContext;
  #open: OpenPart | undefined;

  /** @param parts where finished parts are added to */
  constructor(parts: ScriptPart[], manners: Manners, context: SsmlContext) {
    this.#parts = parts;
    this.#manners = manners;
    this.#context = context;
  }

  /**
   * Adds what follows.
   * @param following the text that comes after it, whoever speaks it
   * @throws AppError UNSUPPORTED_MODIFIER for what its voice can't do
   */
  addAll(items: readonly FlowItem[], following: TextItem | undefined): void {
    for (const [index, item] of items.entries()) {
      if (item.kind === "text") {
        this.#addText(item);
      } else {
        if (this.#open) this.close(nextText(items, index) ?? following);
        this.#parts.push(...pausesOf([item]));
      }
    }
  }

  /** Ends the last part. @param following the text that comes next, whoever speaks it */
  close(following: TextItem | undefined): void {
    const text = this.#open?.text.text;
    if (text) this.#end(following ? boundaryBetween(text, following) : "paragraph");
    this.#open = undefined;
  }

  #addText(item: TextItem): void {
    const manner = this.#manners.of(item.element);
    const said = this.#saidOf(item, manner);
    let { text } = said;
    const sameBreath = this.#open && !item.edge && this.#open.manner === manner;
    if (sameBreath) {
      this.#addSpace(item, said);
    } else {
      let { space } = item;
      let opening: MappedText | undefined;
      if (this.#open && !item.edge && !space) {
        if (!said.replaced && !said.phonemes) ({ text, space } = this.#giveClosingMarks(text));
        if (text.length === 0) return;
        opening = space ? undefined : this.#takeOpeningMarks();
      }
      this.close({ ...item, text, alias: undefined, space: space || opening !== undefined });
      this.#open = { text: opening ?? new MappedText(), manner, phonemes: [], replaced: false };
    }
    const open = this.#open!;
    const start = open.text.length;
    open.text.appendPart(text);
    if (said.phonemes) open.phonemes.push({ start, end: open.text.length, ...said.phonemes });
    open.replaced = said.replaced;
  }

  /** The space before a text that is added to a part: one is needed, too, where a word is replaced by others. */
  #addSpace({ space }: TextItem, { text, replaced }: Said): void {
    const open = this.#open!;
    const words = WORD_CHARACTER.test(open.text.last) && WORD_CHARACTER.test(text.text[0]!);
    if (!space && !(words && (replaced || open.replaced))) return;
    const from = open.text.spanOf(open.text.length - 1, open.text.length).end;
    open.text.append(" ", { start: from, end: Math.max(from, text.spanOf(0, 1).start) });
  }

  /** Gives the marks that a text begins with to the word before. Gives what is left, and whether space was before it. */
  #giveClosingMarks(text: MappedText): { text: MappedText; space: boolean } {
    const marks = CLOSING_MARKS.exec(text.text)?.[0].length ?? 0;
    if (marks === 0) return { text, space: false };
    this.#open!.text.appendPart(text, 0, marks);
    const space = /\s/.test(text.text[marks] ?? "");
    const rest = new MappedText();
    rest.appendPart(text, space ? marks + 1 : marks);
    return { text: rest, space };
  }

  /** Takes the marks away that the part before ends with and that belong to what follows. */
  #takeOpeningMarks(): MappedText | undefined {
    const { text, phonemes } = this.#open!;
    const marks = OPENING_MARKS.exec(text.text)?.[1];
    if (marks === undefined || phonemes.at(-1)?.end === text.length) return undefined;
    const taken = text.takeEnd(text.length - marks.length);
    if (/\s/.test(text.last)) text.takeEnd(text.length - 1);
    return taken;
  }

  #saidOf(item: TextItem, manner: Manner): Said {
    const { element, text } = item;
    const { attributes, name } = element;
    const { voiceId } = manner;
    if (name === "sub") return { text: saidBy(item), replaced: true };
    if (name === "phoneme") {
      const alphabets: readonly string[] = this.#context.capabilitiesOf(voiceId).engine.phonemes;
      const alphabet = attributes.alphabet ?? "ipa";
      if (!alphabets.includes(alphabet)) {
        const message = `<phoneme> in the alphabet ${shortened(alphabet)} can't be spoken by ${voiceId}.`;
        const takes = alphabets.length > 0 ? `it takes ${alphabets.join(", ")}` : "it takes none; use <sub alias=…>";
        throw unsupported(element, voiceId, message, takes);
      }
      return { text, replaced: false, phonemes: { alphabet: alphabet as PhonemeAlphabet, ph: attributes.ph! } };
    }
    if (name !== "say-as") return { text, replaced: false };
    const { "interpret-as": interpretAs = "", format, detail } = attributes;
    const options = { ...(format !== undefined && { format }), ...(detail !== undefined && { detail }) };
    const language = languageOf(element, manner, this.#context);
    const words = this.#context.sayAs(text.text, interpretAs, options, language)?.trim();
    if (!words) {
      const message = `"${shortened(text.text)}" can't be said as ${shown(element, "interpret-as")} by ${voiceId}.`;
      const kinds = this.#context.sayAsKinds;
      const takes = kinds ? `interpret-as takes ${kinds.join(", ")}; ` : "";
      throw unsupported(element, voiceId, message, `${takes}or write the words: <sub alias="…">…</sub>`);
    }
    return { text: MappedText.of(words, { start: element.start, end: element.end }), replaced: true };
  }

  #end(boundary: Boundary): void {
    const { text, manner, phonemes } = this.#open!;
    const part: SpokenPart = { kind: "speech", text: text.text, origins: text.origins, manner, boundary };
    this.#parts.push(phonemes.length > 0 ? { ...part, phonemes } : part);
  }
}

function nextText(items: readonly FlowItem[], from: number): TextItem | undefined {
  for (let index = from; index < items.length; index++) {
    const item = items[index]!;
    if (item.kind === "text") return item;
  }
  return undefined;
}
