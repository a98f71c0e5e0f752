import { describe, expect, it } from "vitest";
import { ABLE, GERMAN, PLAIN, partsOf, refusalOf, shortOf, spokenOf } from "./support.ts";

const mannerOf = (inner: string, voiceId = ABLE, more = {}) => {
  const { voiceId: _, ...manner } = spokenOf(`<speak>${inner}</speak>`, voiceId, more)[0]!.manner;
  return manner;
};
const short = (inner: string, voiceId = ABLE) => shortOf(partsOf(`<speak>${inner}</speak>`, voiceId));
const PLAINLY = { speed: 1, pitchSemitones: 0, volumeDb: 0 };

describe("for a voice without SSML, prosody", () => {
  it.each([
    ['rate="80%"', { speed: 0.8 }],
    ['rate="+20%"', { speed: 1.2 }],
    ['rate="-20%"', { speed: 0.8 }],
    ['rate="1.5"', { speed: 1.5 }],
    ['rate="x-slow"', { speed: 0.6 }],
    ['rate="x-fast"', { speed: 1.6 }],
    ['pitch="+2st"', { pitchSemitones: 2 }],
    ['pitch="-10%"', { pitchSemitones: -1.824 }],
    ['pitch="x-high"', { pitchSemitones: 3.156 }],
    ['pitch="+0Hz"', {}],
    ['volume="+6dB"', { volumeDb: 6 }],
    ['volume="soft"', { volumeDb: expect.closeTo(-3.74, 2) }],
    ['volume="silent"', { volumeDb: -120 }],
  ])("%s is the manner of its text", (attributes, manner) => {
    expect(mannerOf(`<prosody ${attributes}>word</prosody>`)).toEqual({ ...PLAINLY, ...manner });
  });

  it("within prosody combines: changes with what is around, words with the voice's own", () => {
    const within = (inner: string) => mannerOf(`<prosody rate="80%" pitch="+1st" volume="-3dB">${inner}</prosody>`);
    expect(within('<prosody rate="90%" pitch="+2st" volume="-3dB">a</prosody>')).toEqual({
      speed: 0.72,
      pitchSemitones: 3,
      volumeDb: -6,
    });
    expect(within('<prosody rate="fast" pitch="default" volume="medium">a</prosody>')).toEqual({
      ...PLAINLY,
      speed: 1.25,
    });
    expect(mannerOf('<prosody volume="silent"><prosody volume="+9dB">a</prosody></prosody>').volumeDb).toBe(-120);
  });

  it("takes the job's speed as the voice's own", () => {
    expect(mannerOf('<prosody rate="80%">a</prosody>', ABLE, { speed: 1.5 })).toMatchObject({ speed: 1.2 });
  });

  it.each([
    ['<prosody rate="300%">x</prosody>', ABLE, "prosody", "speed 3; ", "50% to 200%"],
    ['<prosody rate="70%"><prosody rate="70%">x</prosody></prosody>', ABLE, "prosody", "speed 0.49", "50% to 200%"],
    ['<prosody rate="slow">x</prosody>', PLAIN, "prosody", "has one pace", "leave rate out"],
    ['<prosody pitch="+7st">x</prosody>', ABLE, "prosody", "7 semitones", "-6 to 6"],
    ['<prosody pitch="+10Hz">x</prosody>', ABLE, "prosody", "not known in Hz", '"+2st"'],
    ['<prosody pitch="low">x</prosody>', PLAIN, "prosody", "has one pitch", "leave pitch out"],
    ['<prosody volume="+21dB">x</prosody>', ABLE, "prosody", "21 dB louder", "+20 dB"],
    ['<lang xml:lang="it-IT">x</lang>', ABLE, "lang", "speaks en-US", '<voice language="it-IT">'],
    ['<p xml:lang="it">x</p>', ABLE, "p", "speaks en-US", '<voice language="it">'],
    ['<phoneme alphabet="x-sampa" ph="x">x</phoneme>', ABLE, "phoneme", "x-sampa", "it takes ipa"],
    ['<phoneme ph="x">x</phoneme>', PLAIN, "phoneme", "ipa", "<sub alias"],
    ['<say-as interpret-as="impossible">x</say-as>', ABLE, "say-as", 'interpret-as="impossible"', "date, time"],
  ])("what can't be honoured is refused with its place: %s by %s", (inner, voiceId, element, message, hint) => {
    const source = `<speak>Hello.\n  ${inner}</speak>`;
    const refusal = refusalOf(() => partsOf(source, voiceId, { sayAsKinds: ["date", "time"] }));
    const column = inner.startsWith('<prosody rate="70%">') ? 23 : 3;
    expect(refusal).toMatchObject({
      code: "UNSUPPORTED_MODIFIER",
      details: { element, line: 2, column, voice_id: voiceId, fields: [{ field: "text", message: refusal.message }] },
    });
    expect(refusal.message).toContain(message);
    expect(refusal.hint).toContain(hint);
  });

  it("that changes nothing is spoken by every voice", () => {
    expect(mannerOf('<prosody rate="100%" pitch="medium" volume="default">x</prosody>', PLAIN)).toEqual(PLAINLY);
  });
});

describe("for a voice without SSML, emphasis", () => {
  it.each([
    ["", 0.93, 2],
    [' level="strong"', 0.85, 4],
    [' level="reduced"', 1.08, -3],
    [' level="none"', 1, 0],
  ])("%s is pace and volume", (level, speed, volumeDb) => {
    expect(mannerOf(`<emphasis${level}>x</emphasis>`)).toEqual({ ...PLAINLY, speed, volumeDb });
  });

  it("is volume alone where the voice has one pace, and stays within a voice's paces", () => {
    expect(mannerOf("<emphasis>x</emphasis>", PLAIN)).toEqual({ ...PLAINLY, volumeDb: 2 });
    expect(mannerOf('<prosody rate="50%"><emphasis level="strong">x</emphasis></prosody>').speed).toBe(0.5);
  });
});

describe("for a voice without SSML, the text", () => {
  it("that is spoken alike is one part, whatever elements it is in", () => {
    expect(short('One <lang xml:lang="en">two</lang><mark name="m"/> <sub alias="three">3</sub>.\n  Four.')).toEqual([
      "One two three. Four.|paragraph",
    ]);
  });

  it("is cut within a word where the manner changes there, and knows it", () => {
    expect(short("un<emphasis>be</emphasis>lievable")).toEqual(["un|inside", "be|inside", "lievable|paragraph"]);
    expect(short("un<emphasis/>believable")).toEqual(["unbelievable|paragraph"]);
  });

  it("knows what is between two manners: a word's end, a clause's, a sentence's", () => {
    const joint = (before: string, after: string) => short(`${before}<emphasis>${after}</emphasis>`)[0];
    expect(joint("one ", "two")).toBe("one|space");
    expect(joint("one, ", "two")).toBe("one,|clause");
    expect(joint("One. ", "Two")).toBe("One.|sentence");
    expect(joint("Dear Dr. ", "Smith")).toBe("Dear Dr.|space");
    expect(joint("One.\n", " Two")).toBe("One.|sentence");
  });

  it("has paragraphs and sentences", () => {
    expect(short("<p><s>One</s><s>Two</s></p><p>Three</p> four <s>five</s>")).toEqual([
      "One|sentence",
      "Two|paragraph",
      "Three|paragraph",
      "four|sentence",
      "five|paragraph",
    ]);
    expect(short("one <p/> two")).toEqual(["one|paragraph", "two|paragraph"]);
  });

  it("keeps marks with the words that they belong to", () => {
    expect(short('Say (<emphasis>this</emphasis>), "<emphasis>that</emphasis>".')).toEqual([
      "Say|space",
      "(this),|clause",
      '"that".|paragraph',
    ]);
  });

  it("never runs two words together", () => {
    expect(short("<emphasis>one</emphasis>\n<emphasis>two</emphasis>")).toEqual(["one two|paragraph"]);
    expect(short('<sub alias="World Wide Web">WWW</sub>page<say-as interpret-as="x">1</say-as>kg')).toEqual([
      "World Wide Web page x 1 - en-US kg|paragraph",
    ]);
    expect(short('(<sub alias="a b">x</sub>)')).toEqual(["(a b)|paragraph"]);
  });

  it("has pauses where breaks are", () => {
    expect(
      short('<break time="1.5s"/>one<break/> two. <break strength="none"/><break time="200ms"/>Three<break/>'),
    ).toEqual(["1500 ms", "one|space", "400 ms", "two.|sentence", "=0 ms", "200 ms", "Three|paragraph", "400 ms"]);
    expect(short('<break strength="x-strong"/>')).toEqual(["1000 ms"]);
    expect(short("")).toEqual([]);
  });

  it("knows where aliases and pauses stand in the document", () => {
    const source = '<speak>A &amp; <sub alias="bee">b</sub><break/></speak>';
    const [part, pause] = partsOf(source, ABLE);
    const places = part!.kind === "speech" ? part!.origins.map(({ span }) => source.slice(span.start, span.end)) : [];
    expect(places).toEqual(["A ", "&amp;", " ", '<sub alias="bee">b</sub>']);
    expect(pause).toMatchObject({ span: { start: source.indexOf("<break/>"), end: source.indexOf("</speak>") } });
  });

  it("is said as say-as wants it, in the language that it stands in", () => {
    const texts = spokenOf(
      '<speak><say-as interpret-as="date" format="mdy">1/2</say-as> <lang xml:lang="fr"><say-as interpret-as="x">3</say-as></lang>' +
        '<voice language="de"><say-as interpret-as="y">4</say-as></voice></speak>',
      ABLE,
    ).map(({ text }) => text);
    expect(texts).toEqual(["date 1/2 mdy en-US", "x 3 - fr-FR", "y 4 - de-DE"]);
  });

  it("has phonemes at their place", () => {
    const [part] = spokenOf('<speak>a  <phoneme alphabet="ipa" ph="təˈmɑːtəʊ">tomato</phoneme>!</speak>', ABLE);
    expect(part).toMatchObject({
      text: "a tomato!",
      phonemes: [{ start: 2, end: 8, alphabet: "ipa", ph: "təˈmɑːtəʊ" }],
    });
  });
});

describe("languages and voices", () => {
  it("asks for a language that the voice has beside its own", () => {
    expect(mannerOf('<lang xml:lang="fr-FR">oui</lang>').language).toBe("fr-FR");
    expect(mannerOf('<lang xml:lang="fr-CA">oui</lang>').language).toBe("fr-FR");
    expect(mannerOf('<s xml:lang="en-GB">yes</s>').language).toBe("en-GB");
    expect(mannerOf('<lang xml:lang="zh-CN">是</lang>').language).toBe("cmn-CN");
    expect(mannerOf('<lang xml:lang="en-AU">yes</lang>').language).toBeUndefined();
  });

  it("are the document's for the job's voice, and the voice's own within <voice>", () => {
    const source = '<speak xml:lang="en"><voice language="de-DE">ja <lang xml:lang="fr">oui</lang></voice> yes</speak>';
    const manners = spokenOf(source, ABLE).map(({ text, manner }) => [text, manner.voiceId, manner.language]);
    expect(manners).toEqual([
      ["ja", GERMAN, undefined],
      ["oui", GERMAN, "fr-FR"],
      ["yes", ABLE, undefined],
    ]);
    const refusal = refusalOf(() => partsOf('<speak xml:lang="it">ciao</speak>', ABLE));
    expect(refusal).toMatchObject({ code: "UNSUPPORTED_MODIFIER", details: { element: "speak", line: 1, column: 1 } });
  });

  it("are refused where a voice of the document can't keep the job's speed", () => {
    const source = `<speak>a <voice name="${GERMAN}">b</voice></speak>`;
    const refusal = refusalOf(() => partsOf(source, PLAIN, { speed: 3 }));
    expect(refusal).toMatchObject({ code: "UNSUPPORTED_MODIFIER", details: { element: "voice", column: 10 } });
  });
});
