import type { RequestSupport } from "../../engines/engine.ts";
import type { SsmlElement } from "./document.ts";
import { checkElement } from "./native-check.ts";
import { readPitch, readRate } from "./values.ts";

/** An element as an engine gets it. */
export interface Tag {
  readonly element: SsmlElement;
  readonly open: string;
  readonly close: string;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign]!);

/** The elements around the texts of a document, for one voice; each is checked once. */
export class Tags {
  readonly #voiceId: string;
  readonly #engine: RequestSupport;
  readonly #paths = new Map<SsmlElement, readonly Tag[]>();
  readonly #withoutLanguage = new Map<SsmlElement, Tag | undefined>();

  constructor(voiceId: string, engine: RequestSupport) {
    this.#voiceId = voiceId;
    this.#engine = engine;
  }

  /** From <speak> to the element. @throws AppError UNSUPPORTED_MODIFIER for what the engine doesn't take */
  around(element: SsmlElement): readonly Tag[] {
    let path = this.#paths.get(element);
    if (!path) {
      path = this.#pathTo(element);
      this.#paths.set(element, path);
    }
    return path;
  }

  /** A <break>. @throws AppError UNSUPPORTED_MODIFIER */
  empty(element: SsmlElement): string {
    const { open } = this.#tagOf(element, element.attributes);
    return `${open.slice(0, -1)}/>`;
  }

  #pathTo(element: SsmlElement): readonly Tag[] {
    const outer = element.parent ? this.around(element.parent) : [];
    if (element.name !== "voice") return [...outer, this.#tagOf(element, sentAttributes(element))];
    // The voice is this one already, and speaks its own language, whatever is spoken around it.
    return outer.flatMap((tag) => this.#languageless(tag) ?? []);
  }

  #languageless(tag: Tag): Tag | undefined {
    const { element } = tag;
    if (element.attributes["xml:lang"] === undefined) return tag;
    if (!this.#withoutLanguage.has(element)) {
      const { "xml:lang": _, ...rest } = sentAttributes(element);
      this.#withoutLanguage.set(element, element.name === "lang" ? undefined : this.#tagOf(element, rest));
    }
    return this.#withoutLanguage.get(element);
  }

  #tagOf(element: SsmlElement, attributes: Readonly<Record<string, string>>): Tag {
    checkElement(element, attributes, this.#voiceId, this.#engine);
    const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
    return { element, open: `<${element.name}${written.join("")}>`, close: `</${element.name}>` };
  }
}

/** An element's attributes in the spelling that every engine knows. */
function sentAttributes({ name, attributes }: SsmlElement): Record<string, string> {
  if (name === "speak") {
    const language = attributes["xml:lang"];
    return language === undefined ? {} : { "xml:lang": language };
  }
  if (name === "phoneme") return { alphabet: "ipa", ...attributes };
  return name === "prosody" ? { ...attributes, ...sentProsody(attributes) } : { ...attributes };
}

function sentProsody({ rate, pitch }: Readonly<Record<string, string>>): Record<string, string> {
  const sent: Record<string, string> = {};
  const paced = rate === undefined ? undefined : readRate(rate);
  // SSML 1.1 has words and percentages of the pace only.
  if (paced && !paced.absolute) sent.rate = `${toTenth(paced.factor * 100)}%`;
  const tuned = pitch === undefined ? undefined : readPitch(pitch);
  // Amazon Polly's guide has no semitones.
  if (tuned && "semitones" in tuned && !tuned.absolute) {
    const percent = toTenth((2 ** (tuned.semitones / 12) - 1) * 100);
    sent.pitch = `${percent < 0 ? "" : "+"}${percent}%`;
  }
  return sent;
}

const toTenth = (value: number) => Math.round(value * 10) / 10;

interface Opened {
  offset: number;
  element: SsmlElement;
  before: Opened | undefined;
}

/** A document that grows. Drafts don't change: what is added makes a new one. */
export class Draft {
  readonly #xml: string;
  readonly #open: readonly Tag[];
  /** Closes what is open. */
  readonly #closing: string;
  readonly #opened: Opened | undefined;
  /** Bytes of UTF-8 of the whole document. */
  readonly bytes: number;

  /** @param bytes those of `xml` */
  constructor(xml = "", open: readonly Tag[] = [], opened: Opened | undefined = undefined, bytes = 0) {
    this.#xml = xml;
    this.#open = open;
    this.#closing = closing(open);
    this.#opened = opened;
    this.bytes = bytes + this.#closing.length;
  }

  /**
   * With `content` at its end, which stands within `tags`.
   * @param content XML
   * @param element what it is of
   */
  with(tags: readonly Tag[], content: string, element: SsmlElement, space = false): Draft {
    // There is one <speak>, whatever it says of its language.
    let shared = Math.min(1, this.#open.length);
    while (shared < this.#open.length && this.#open[shared] === tags[shared]) shared++;
    let added = closing(this.#open.slice(shared));
    if (space && this.#xml) added += " ";
    let opened = this.#opened;
    const open = this.#open.slice(0, shared);
    for (const tag of tags.slice(shared)) {
      opened = { offset: this.#xml.length + added.length, element: tag.element, before: opened };
      added += tag.open;
      open.push(tag);
    }
    opened = { offset: this.#xml.length + added.length, element, before: opened };
    added += content;
    const bytes = this.bytes - this.#closing.length + Buffer.byteLength(added);
    return new Draft(this.#xml + added, open, opened, bytes);
  }

  /** The whole document. */
  get ssml(): string {
    return this.#xml + this.#closing;
  }

  /** Of which of the user's elements the document is at an offset. */
  elementAt(offset: number): SsmlElement {
    let at = this.#opened!;
    while (at.offset > offset && at.before) at = at.before;
    return at.element;
  }
}

const closing = (tags: readonly Tag[]) =>
  tags
    .map(({ close }) => close)
    .reverse()
    .join("");
