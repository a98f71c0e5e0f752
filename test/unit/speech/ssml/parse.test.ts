import { describe, expect, it } from "vitest";
import { AppError } from "../../../../src/errors.ts";
import type { TextLeaf } from "../../../../src/speech/ssml/document.ts";
import { plainText } from "../../../../src/speech/ssml/flow.ts";
import { MAX_DEPTH, MAX_ELEMENTS, parseSsml } from "../../../../src/speech/ssml/parse.ts";

/** The refusal of a document: what the author is told, and where. */
function refusalOf(source: string) {
  try {
    parseSsml(source);
  } catch (error) {
    if (error instanceof AppError) {
      const { code, message, hint = "", details } = error;
      return { code, message, hint, line: details?.line, column: details?.column, fields: details?.fields };
    }
    throw error;
  }
  throw new Error(`was not refused: ${source}`);
}

const textsOf = (source: string) =>
  parseSsml(source)
    .leaves.filter((leaf): leaf is TextLeaf => leaf.kind === "text")
    .map(({ text }) => text);

describe("a document", () => {
  it.each([
    "<speak>Hello.</speak>",
    '<?xml version="1.0" encoding="UTF-8"?>\n<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" ' +
      'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" xml:lang="en-US">Hello.</speak>\n',
    "\ufeff <speak>Hello.</speak><!-- end -->",
    '<speak><p xml:lang="fr-FR">One.</p><s>Two.</s><voice name="Joanna" gender="female" language="en-US">Three</voice></speak>',
    '<speak><prosody rate="x-slow" pitch="+2st" volume="-3dB">a</prosody><emphasis>b</emphasis><emphasis level="none">c</emphasis></speak>',
    '<speak>a<break/>b<break strength="none"/>c<break time="10s"/>d<break time=".5s"/>e<break time="+250ms" strength="weak"/></speak>',
    '<speak><sub alias="x">y</sub><say-as interpret-as="date" format="mdy" detail="1">1/2/26</say-as><lang xml:lang="de">ja</lang></speak>',
    '<speak><phoneme alphabet="ipa" ph="pɪˈkɑːn">pecan</phoneme><phoneme ph="x">y</phoneme><mark name="here"/></speak>',
    "<speak/>",
  ])("of known elements is read: %s", (source) => {
    expect(parseSsml(source).root.name).toBe("speak");
  });

  it.each(["80%", "+20%", "-20%", "1.2", "x-fast", "medium", "default", "100%"])("may have the rate %s", (rate) => {
    expect(parseSsml(`<speak><prosody rate="${rate}">a</prosody></speak>`).elements).toHaveLength(2);
  });

  it.each(["+2st", "-2st", "1st", "-10%", "+10Hz", "x-low", "default"])("may have the pitch %s", (pitch) => {
    expect(parseSsml(`<speak><prosody pitch="${pitch}">a</prosody></speak>`).elements).toHaveLength(2);
  });

  it("knows where each character of its text stands, past entities, CDATA, comments and line ends", () => {
    const source = "<speak>A &amp; b <![CDATA[<c>]]>\r\nd<!-- no -->e &#x1F600;f</speak>";
    const [text] = textsOf(source);
    expect(text!.text).toBe("A & b <c>\nde 😀f");
    const said = (found: string) => {
      const start = text!.text.indexOf(found);
      const span = text!.spanOf(start, start + found.length);
      return source.slice(span.start, span.end);
    };
    expect([said("A"), said("&"), said("<c>"), said("\n"), said("d"), said("e"), said("😀"), said("f")]).toEqual([
      "A",
      "&amp;",
      "<c>",
      "\r\n",
      "d",
      "e",
      "&#x1F600;",
      "f",
    ]);
    expect(said("A & b")).toBe("A &amp; b");
  });

  it("is said in order, with aliases, paragraphs and sentences, and without the layout of its XML", () => {
    const source = `<speak>
      <p>One   <emphasis>two</emphasis>
         three</p>
      <s>un<emphasis>be</emphasis>lievable<break/>four</s>five <sub alias="World  Wide Web">WWW</sub>
    </speak>`;
    expect(plainText(parseSsml(source))).toBe("One two three\n\nunbelievable four\nfive World Wide Web");
  });

  it("may be nested to a depth, and not beyond", () => {
    const nested = (depth: number) => `${"<lang xml:lang='en'>".repeat(depth)}x${"</lang>".repeat(depth)}`;
    expect(parseSsml(`<speak>${nested(MAX_DEPTH - 1)}</speak>`).elements).toHaveLength(MAX_DEPTH);
    expect(refusalOf(`<speak>${nested(MAX_DEPTH)}</speak>`).message).toContain("stand in each other");
    expect(refusalOf(`<speak>${nested(100_000)}</speak>`).code).toBe("INVALID_SSML");
  });

  it("has no more than a number of elements", () => {
    expect(refusalOf(`<speak>${"<mark name='x'/>".repeat(MAX_ELEMENTS)}</speak>`)).toMatchObject({
      message: expect.stringContaining("more than 20000 elements"),
      line: 1,
    });
  });

  it("has no more than 30 minutes of silence: the break that passes them is named", () => {
    const hush = '<break time="10s"/>\n';
    expect(parseSsml(`<speak>${hush.repeat(180)}</speak>`).leaves.length).toBeGreaterThan(180);
    expect(refusalOf(`<speak>${hush.repeat(181)}</speak>`)).toMatchObject({
      message: expect.stringContaining("30 minutes of silence"),
      line: 181,
      column: 1,
    });
  });
});

describe("a refusal names the place and a way out", () => {
  it.each([
    // What is not XML.
    ["Hello", 1, 1, "not within <speak>", "<speak>"],
    ["\n Hello <speak>x</speak>", 2, 2, "not within <speak>", "<speak>"],
    ["", 1, 1, "not within <speak>", "<speak>"],
    ["<speak>x</speak>\n y", 2, 2, "not within <speak>", "<speak>"],
    ["<speak>x</speak><speak>y</speak>", 1, 23, "follows </speak>", "one <speak>"],
    ["<speak>\n x", 1, 1, "<speak> is not closed", "</speak>"],
    ["<speak>\n <p>x</speak>", 2, 6, "closing tag", "reverse order"],
    ["<speak>\nTom & Jerry</speak>", 2, 5, "entity", "&amp;"],
    ["<speak>\nTom & Jerry; <p>x</p></speak>", 2, 5, "entity", "&amp;"],
    ["<speak>a &nbsp; b</speak>", 1, 10, "entity", "&amp;"],
    ["<speak>&constructor;</speak>", 1, 8, "entity", "&amp;"],
    ["<speak>&#0;</speak>", 1, 8, "entity", "&amp;"],
    ["<speak>a < b</speak>", 1, 10, "begins no tag", "&lt;"],
    ["<speak>a ]]> b</speak>", 1, 12, "]]>", "]]&gt;"],
    ["<speak>\u0001</speak>", 1, 8, "no such character", "control"],
    ["<speak>\ud800<p>x</p></speak>", 1, 8, "half of a character", "UTF-8"],
    ["<speak><break time=1s/></speak>", 1, 20, "not well-formed", "quotes"],
    ['<speak><break time="1s" time="2s"/></speak>', 1, 35, "twice", "leave one"],
    ["<speak>x<!-- a -- b --></speak>", 1, 18, "comment", "--"],
    ['<!DOCTYPE speak [<!ENTITY a "b">]>\n<speak>&a;</speak>', 1, 1, "document type", "DOCTYPE"],
    ["<speak>\n<?php x?></speak>", 2, 1, "processing instructions", "leave"],
    ['<?xml version="1.1"?><speak>x</speak>', 1, 1, "XML 1.0", "version"],
    // What is not SSML, or not honoured.
    ["<p>x</p>", 1, 1, "begins with <p>", "<speak>"],
    ["<speak>\n  <brake/></speak>", 2, 3, "<brake> is not an element", "did you mean <break>?"],
    ["<speak>\r\n<Break/></speak>", 2, 1, "<Break> is not an element", "did you mean <break>?"],
    ["<speak>\r<audio src='x'/></speak>", 2, 1, "<audio> is not an element", "<prosody>"],
    ["<speak><amazon:effect name='whispered'>x</amazon:effect></speak>", 1, 8, "<amazon:effect> is not", "Known here"],
    ["<speak>\n<prosody rte='slow'>x</prosody></speak>", 2, 1, "attribute rte", "did you mean rate?"],
    ["<speak __proto__='x'>a</speak>", 1, 1, "attribute __proto__", "xml:lang"],
    ["<speak xmlns='http://example.com'>a</speak>", 1, 1, "not known", "synthesis"],
    ["<speak><prosody rate='banana'>x</prosody></speak>", 1, 8, 'rate="banana"', "x-slow"],
    ["<speak><prosody rate='0%'>x</prosody></speak>", 1, 8, 'rate="0%"', "rate takes"],
    ["<speak><prosody rate='-100%'>x</prosody></speak>", 1, 8, 'rate="-100%"', "rate takes"],
    ["<speak><prosody pitch='200Hz'>x</prosody></speak>", 1, 8, 'pitch="200Hz"', "no pitch in Hz"],
    ["<speak><prosody pitch='-100%'>x</prosody></speak>", 1, 8, 'pitch="-100%"', "pitch takes"],
    ["<speak><prosody volume='11'>x</prosody></speak>", 1, 8, 'volume="11"', "+6dB"],
    ["<speak><prosody>x</prosody></speak>", 1, 8, "<prosody> has no attribute", "rate, pitch, volume"],
    ["<speak><break time='11s'/></speak>", 1, 8, 'time="11s"', "at most 10s"],
    ["<speak><break time='500'/></speak>", 1, 8, 'time="500"', '"500ms"'],
    ["<speak><break strength='hard'/></speak>", 1, 8, 'strength="hard"', "x-strong"],
    ["<speak><emphasis level='huge'>x</emphasis></speak>", 1, 8, 'level="huge"', "moderate"],
    ["<speak><sub>x</sub></speak>", 1, 8, "<sub> has no alias", "alias"],
    ["<speak><sub alias='x'/></speak>", 1, 8, "<sub> has no text", "text"],
    ["<speak><sub alias='x'><s>y</s></sub></speak>", 1, 23, "<s> may not stand in <sub>", "text only"],
    ["<speak><say-as>1</say-as></speak>", 1, 8, "has no interpret-as", "interpret-as"],
    ["<speak><say-as interpret-as='date'> </say-as></speak>", 1, 8, "<say-as> has no text", "text"],
    ["<speak><phoneme ph='x'/></speak>", 1, 8, "<phoneme> has no text", "text"],
    ["<speak><phoneme ph=''>x</phoneme></speak>", 1, 8, 'ph=""', "not empty"],
    ["<speak><lang>x</lang></speak>", 1, 8, "has no xml:lang", '"en-US"'],
    ["<speak xml:lang='en_US'>x</speak>", 1, 1, 'xml:lang="en_US"', '"en-US"'],
    ["<speak><voice>x</voice></speak>", 1, 8, "<voice> has no attribute", "name, gender, language"],
    ["<speak><voice age='20'>x</voice></speak>", 1, 8, "attribute age", "gender"],
    ["<speak><mark/></speak>", 1, 8, "<mark> has no name", "name"],
    // What may not stand where it does.
    ["<speak><p>\n<p>x</p></p></speak>", 2, 1, "<p> may not stand in <p>", "close <p>"],
    ["<speak><s><emphasis><p>x</p></emphasis></s></speak>", 1, 21, "<p> may not stand in <emphasis>", "close"],
    ["<speak><s>a<s>b</s></s></speak>", 1, 12, "<s> may not stand in <s>", "close <s>"],
    ["<speak><speak>x</speak></speak>", 1, 8, "<speak> stands in another", "one <speak>"],
    ["<speak><break>x</break></speak>", 1, 8, "<break> has text", "close it at once"],
    ["<speak><mark name='a'><p>x</p></mark></speak>", 1, 23, "<p> may not stand in <mark>", "nothing in it"],
  ])("%j", (source, line, column, message, hint) => {
    const refusal = refusalOf(source);
    expect(refusal).toMatchObject({ code: "INVALID_SSML", line, column });
    expect(refusal.message).toContain(message);
    expect(refusal.message).toContain(`Line ${line}, column ${column}: `);
    expect(refusal.hint).toContain(hint);
    expect(refusal.fields).toEqual([{ field: "text", message: refusal.message }]);
  });

  it("also for a bomb of entities, at once", () => {
    const levels = Array.from({ length: 30 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`);
    const bomb = `<!DOCTYPE speak [<!ENTITY l0 "ha">${levels.join("")}]><speak>&l30;</speak>`;
    expect(refusalOf(bomb)).toMatchObject({ code: "INVALID_SSML", line: 1, column: 1 });
  });
});
