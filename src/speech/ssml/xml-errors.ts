/** What the XML parser complains about, in plain words. */

interface XmlComplaint {
  message: string;
  hint: string;
  /**
   * Where the fault begins: at the last of these signs before the place where the parser stopped, or at the first text
   * that it did not tell of. Default: where it stopped.
   */
  begins?: "&" | "<" | "</" | "text";
}

const TAG_HINT = 'a tag looks like <break time="500ms"/> or <s>…</s>; write &lt; for a < that is text';
const ATTRIBUTE_HINT = 'an attribute looks like rate="slow", with quotes and a space before it';
const ENTITY_HINT = "write & as &amp;, and other signs as they are or by number: &#233;";
const DECLARATION_HINT = 'leave it out, or begin with <?xml version="1.0"?>';

// By what saxes 6 says. The first that fits counts.
const COMPLAINTS: readonly (XmlComplaint & { says: RegExp })[] = [
  { says: /undefined entity/, message: "this entity is not known.", hint: ENTITY_HINT, begins: "&" },
  {
    says: /entity/,
    message: "this & begins no entity that XML has.",
    hint: ENTITY_HINT,
    begins: "&",
  },
  {
    says: /must contain a root|outside of root/,
    begins: "text",
    message: "the text is not within <speak>…</speak>.",
    hint: 'wrap all of it in <speak>…</speak>, or send it with format "text"',
  },
  { says: /only one root/, message: "something follows </speak>.", hint: "one document has one <speak>" },
  {
    says: /unexpected close tag|unmatched closing tag|closing tag|empty close tag/,
    message: "this closing tag does not fit the element that is open.",
    hint: "close elements in the reverse order of their opening: <p><s>…</s></p>",
    begins: "</",
  },
  { says: /duplicate attribute/, message: "an attribute stands twice in one tag.", hint: "leave one of them out" },
  { says: /attribute/, message: "the tag is not well-formed.", hint: ATTRIBUTE_HINT },
  { says: /]]>/, message: "]]> may not stand in text.", hint: "write it as ]]&gt;" },
  { says: /comment/, message: "this comment is not well-formed.", hint: "a comment has no -- in it: <!-- … -->" },
  { says: /doctype/, message: "a document type may not stand here.", hint: "leave <!DOCTYPE …> out" },
  {
    says: /declaration|version number|encoding value/i,
    message: "the XML declaration is wrong.",
    hint: DECLARATION_HINT,
  },
  { says: /processing instruction/, message: "processing instructions are not taken.", hint: "leave <?…?> out" },
  { says: /^disallowed character\.$/, message: "XML has no such character.", hint: "leave control characters out" },
  {
    says: /tag name|opening tag|incorrect syntax/,
    message: "this < begins no tag.",
    hint: TAG_HINT,
    begins: "<",
  },
  { says: /unexpected end/, message: "the document ends within a tag, comment or entity.", hint: TAG_HINT },
];

/** @param says the parser's own words */
export function complaintOf(says: string): XmlComplaint {
  return (
    COMPLAINTS.find(({ says: pattern }) => pattern.test(says)) ?? {
      message: "the document is not well-formed XML.",
      hint: TAG_HINT,
    }
  );
}
