import { SaxesParser, type SaxesTagPlain } from "saxes";
import { MappedText } from "../script/mapped-text.ts";
import {
  type Edge,
  type ElementName,
  invalidSsml,
  nearest,
  type SsmlDocument,
  type SsmlElement,
  type SsmlLeaf,
  shortened,
  shown,
} from "./document.ts";
import { ELEMENTS, hintFor, isElementName, isNamespacePrefix } from "./elements.ts";
import { Places } from "./places.ts";
import { silenceOf } from "./values.ts";
import { complaintOf } from "./xml-errors.ts";

/** Elements within each other, <speak> included. */
export const MAX_DEPTH = 32;
export const MAX_ELEMENTS = 20_000;
/** All breaks of a document together. */
export const MAX_SILENCE_MINUTES = 30;

const CDATA_START = "<![CDATA[";
const CDATA_END = "]]>";
const BARE_AMPERSAND = /&(?!#?\w+;)/;

/**
 * Reads a document. All of what it has is known and may stand where it does; nothing is passed over. Linear.
 * @param source a whole document, <speak> to </speak>; without a document type, and of XML's entities only
 * @throws AppError INVALID_SSML with `line` and `column` (from 1) in its details
 */
export function parseSsml(source: string): SsmlDocument {
  return new Reader(source).read();
}

class Reader {
  readonly #source: string;
  readonly #places: Places;
  readonly #parser = new SaxesParser({ xmlns: false, position: false });
  readonly #elements: SsmlElement[] = [];
  readonly #leaves: SsmlLeaf[] = [];
  /** The innermost open element. */
  #open: SsmlElement | undefined;
  #depth = 0;
  /** Where the last thing that the parser told of ends. */
  #cursor = 0;
  #tagStart = 0;
  /** Of the text since the last tag. */
  #text: MappedText | undefined;
  #edge: Edge | undefined;
  #silenceMs = 0;

  constructor(source: string) {
    this.#source = source;
    this.#places = new Places(source);
  }

  read(): SsmlDocument {
    const half = this.#source.search(/\p{Cs}/u);
    if (half >= 0) throw this.#invalid(half, "half of a character stands here.", "send the text as UTF-8");
    const parser = this.#parser;
    parser.on("error", ({ message }) => this.#fail(message));
    parser.on("xmldecl", ({ version }) => this.#declaration(version));
    parser.on("doctype", () => {
      throw this.#invalid(this.#cursor, "a document type is not taken.", "leave <!DOCTYPE …> out");
    });
    parser.on("processinginstruction", () => {
      throw this.#invalid(this.#cursor, "processing instructions are not taken.", "leave <?…?> out");
    });
    parser.on("comment", () => {
      // It is told of before its last character.
      this.#cursor = parser.position + 1;
    });
    parser.on("text", () => this.#addText());
    parser.on("cdata", () => this.#addCdata());
    parser.on("opentagstart", () => {
      this.#tagStart = this.#source.lastIndexOf("<", parser.position - 1);
    });
    parser.on("opentag", (tag) => this.#openTag(tag));
    parser.on("closetag", () => this.#closeTag());
    parser.write(this.#source).close();
    return { root: this.#elements[0]!, elements: this.#elements, leaves: this.#leaves };
  }

  #declaration(version: string | undefined): void {
    if (version !== "1.0") {
      throw this.#invalid(0, "the document is not XML 1.0.", 'begin with <?xml version="1.0"?>, or leave it out');
    }
    this.#moveCursor();
  }

  #moveCursor(): void {
    this.#cursor = this.#parser.position;
  }

  /** The parser is behind the < that ends the text, or (outside of the root) at the end of the document. */
  #addText(): void {
    const start = this.#cursor;
    if (this.#open) {
      this.#cursor = this.#parser.position - 1;
      this.#addDecoded(this.#source.slice(start, this.#cursor), start, /&([^;]*);|\r\n?/g);
      return;
    }
    const after = this.#source.slice(start, this.#parser.position);
    const stray = after.search(/[^ \t\r\n\ufeff<]/);
    if (stray >= 0) this.#fail("text data outside of root", start + stray);
    this.#cursor = start + after.length - (after.endsWith("<") ? 1 : 0);
  }

  #addCdata(): void {
    const start = this.#cursor + CDATA_START.length;
    const raw = this.#source.slice(start, this.#parser.position - CDATA_END.length);
    this.#addDecoded(raw, start, /\r\n?/g);
    this.#moveCursor();
  }

  #addDecoded(raw: string, offset: number, encoded: RegExp): void {
    let at = 0;
    this.#text ??= new MappedText();
    const place = (start: number, end: number) => ({ start: offset + start, end: offset + end });
    for (const { 0: code, 1: entity, index } of raw.matchAll(encoded)) {
      const end = index + code.length;
      this.#text.append(raw.slice(at, index), place(at, index));
      this.#text.append(entity === undefined ? "\n" : characterOf(entity), place(index, end));
      at = end;
    }
    this.#text.append(raw.slice(at), place(at, raw.length));
  }

  #endText(): void {
    if (this.#open && this.#text?.length) this.#leave({ kind: "text", element: this.#open, text: this.#text });
    this.#text = undefined;
  }

  #leave(
    leaf: { kind: "text"; element: SsmlElement; text: MappedText } | { kind: "break" | "mark"; element: SsmlElement },
  ) {
    this.#leaves.push({ ...leaf, edge: this.#edge });
    this.#edge = undefined;
  }

  #openTag(tag: SaxesTagPlain): void {
    this.#endText();
    const { name } = tag;
    const start = this.#tagStart;
    if (!isElementName(name)) {
      const hint = hintFor(name, Object.keys(ELEMENTS), (one) => `<${one}>`);
      throw this.#invalid(start, `<${shortened(name)}> is not an element that is spoken here.`, hint);
    }
    const place = this.#places.at(start);
    const element: SsmlElement = { name, attributes: tag.attributes, parent: this.#open, start, end: start, ...place };
    this.#checkPlace(element);
    checkAttributes(element);
    this.#depth++;
    this.#elements.push(element);
    if (this.#depth > MAX_DEPTH) {
      throw invalidSsml(element, `more than ${MAX_DEPTH} elements stand in each other.`, "nest them less deeply");
    }
    if (this.#elements.length > MAX_ELEMENTS) {
      throw invalidSsml(element, `the document has more than ${MAX_ELEMENTS} elements.`, "send it in several parts");
    }
    this.#open = element;
    this.#markEdge(name);
    if (name === "break") this.#addSilence(element);
    if (name === "break" || name === "mark") this.#leave({ kind: name, element });
    this.#moveCursor();
  }

  #checkPlace(element: SsmlElement): void {
    const { name, parent } = element;
    if (!parent) {
      if (name === "speak") return;
      throw invalidSsml(element, `the document begins with <${name}>.`, "wrap all of it in <speak>…</speak>");
    }
    if (name === "speak")
      throw invalidSsml(element, "<speak> stands in another element.", "one document has one <speak>");
    const { content } = ELEMENTS[parent.name];
    if (content !== "elements") {
      const hint = content === "text" ? `<${parent.name}> takes text only` : `<${parent.name}/> takes nothing in it`;
      throw invalidSsml(element, `<${name}> may not stand in <${parent.name}>.`, hint);
    }
    const notIn = ELEMENTS[name].notIn ?? [];
    const around = nearest(parent, (one) => notIn.includes(one.name));
    if (around) {
      throw invalidSsml(element, `<${name}> may not stand in <${around.name}>.`, `close <${around.name}> before it`);
    }
  }

  #addSilence(element: SsmlElement): void {
    this.#silenceMs += silenceOf(element.attributes).milliseconds;
    if (this.#silenceMs > MAX_SILENCE_MINUTES * 60_000) {
      const message = `with this <break> the document has more than ${MAX_SILENCE_MINUTES} minutes of silence.`;
      throw invalidSsml(element, message, "make breaks shorter, or send the document in several parts");
    }
  }

  #markEdge(name: ElementName): void {
    if (name === "p") this.#edge = "paragraph";
    else if (name === "s") this.#edge ??= "sentence";
  }

  #closeTag(): void {
    const element = this.#open!;
    const said = this.#text && /\S/.test(this.#text.text);
    const { content } = ELEMENTS[element.name];
    if (content === "text" && !said) {
      throw invalidSsml(element, `<${element.name}> has no text.`, "put the text that it is about in it");
    }
    if (content === "nothing" && said) {
      throw invalidSsml(element, `<${element.name}> has text in it.`, `close it at once: <${element.name} …/>`);
    }
    if (content === "nothing") this.#text = undefined;
    this.#endText();
    this.#moveCursor();
    element.end = this.#cursor;
    this.#markEdge(element.name);
    this.#open = element.parent;
    this.#depth--;
  }

  /** @param offset where the fault begins, if not where the parser is */
  #fail(says: string, offset?: number): never {
    if (/^(unclosed tag|unexpected end)/.test(says)) {
      // The parser takes all that follows a bare & for an entity's name.
      const bare = this.#source.slice(this.#cursor).search(BARE_AMPERSAND);
      if (bare >= 0) this.#fail("undefined entity", this.#cursor + bare);
    }
    if (says.startsWith("unclosed tag") && this.#open) {
      const { name } = this.#open;
      throw invalidSsml(this.#open, `<${name}> is not closed.`, `close it with </${name}>`);
    }
    const { message, hint, begins } = complaintOf(says);
    const stopped = Math.max(0, Math.min(this.#parser.position, this.#source.length) - 1);
    const found =
      begins === "text"
        ? this.#cursor + this.#source.slice(this.#cursor).search(/\S/)
        : this.#source.lastIndexOf(begins ?? "", stopped);
    throw this.#invalid(offset ?? Math.max(0, found), message, hint);
  }

  #invalid(offset: number, message: string, hint: string) {
    return invalidSsml(this.#places.at(offset), message, hint);
  }
}

function checkAttributes(element: SsmlElement): void {
  const { name, attributes } = element;
  const rule = ELEMENTS[name];
  for (const [attribute, value] of Object.entries(attributes)) {
    if (isNamespacePrefix(name, attribute)) continue;
    if (!Object.hasOwn(rule.attributes, attribute)) {
      const hint = hintFor(attribute, Object.keys(rule.attributes), (one) => one);
      throw invalidSsml(element, `<${name}> has the attribute ${shortened(attribute)}, which is not honoured.`, hint);
    }
    const { takes, valid } = rule.attributes[attribute]!;
    if (!valid(value)) {
      throw invalidSsml(
        element,
        `${shown(element, attribute)} has a value that is not known.`,
        `${attribute} takes ${takes}`,
      );
    }
  }
  for (const [attribute, { required, takes }] of Object.entries(rule.attributes)) {
    if (required && attributes[attribute] === undefined) {
      throw invalidSsml(element, `<${name}> has no ${attribute}.`, `${attribute} takes ${takes}`);
    }
  }
  if (rule.oneOf && !Object.keys(attributes).length) {
    throw invalidSsml(element, `<${name}> has no attribute.`, `it takes ${rule.oneOf.join(", ")}`);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** What an entity that the parser has accepted stands for. */
function characterOf(entity: string): string {
  const named = ENTITIES[entity];
  if (named !== undefined) return named;
  return String.fromCodePoint(
    entity[1] === "x" ? Number.parseInt(entity.slice(2), 16) : Number.parseInt(entity.slice(1), 10),
  );
}
