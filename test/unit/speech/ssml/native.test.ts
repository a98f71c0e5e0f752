import { describe, expect, it } from "vitest";
import { PollyEngine } from "../../../../src/engines/polly/index.ts";
import { AppError } from "../../../../src/errors.ts";
import { parseSsml } from "../../../../src/speech/ssml/parse.ts";
import { voiceWishes } from "../../../../src/speech/ssml/voices.ts";
import { emptyContext } from "../../../support/engines.ts";
import { ABLE, NATIVE, nativeOf, partsOf, refusalOf, shortOf } from "./support.ts";

const polly = (name: string) => `polly:en-US-${name}`;
const engine = new PollyEngine(emptyContext());
const checkNative = (ssml: string, voiceId: string) => {
  if (voiceId.startsWith("polly:")) engine.checkSsml(ssml, voiceId);
};
const documents = (source: string, voiceId = NATIVE) =>
  nativeOf(source, voiceId, { checkNative }).map(({ ssml }) => ssml);

describe("for a voice that takes SSML", () => {
  it("a document is passed on, with its elements, in words that every engine knows", () => {
    const source = `<speak xml:lang="en-US" version="1.1"><p>Tom &amp; <![CDATA[<Jerry>]]>
      <prosody rate="+20%" pitch="+2st" volume="-3dB">run<break time="1s"/></prosody> <emphasis>far</emphasis>
      <sub alias="a &quot;b&quot;">x</sub> <phoneme ph="a">b</phoneme><mark name="m"/></p></speak>`;
    expect(documents(source)).toEqual([
      '<speak xml:lang="en-US"><p>Tom &amp; &lt;Jerry&gt; <prosody rate="120%" pitch="+12.2%" volume="-3dB">run' +
        '<break time="1s"/></prosody> <emphasis>far</emphasis> <sub alias="a &quot;b&quot;">x</sub> ' +
        '<phoneme alphabet="ipa" ph="a">b</phoneme></p></speak>',
    ]);
  });

  it("it begins with one sentence, then come as many as are good for a request", () => {
    const source = "<speak><p>One is short. Two too. Three.</p><p>Four.</p></speak>";
    expect(shortOf(partsOf(source, NATIVE))).toEqual(["One is short.|sentence", "Two too. Three.\nFour.|paragraph"]);
    expect(documents(source)).toEqual([
      "<speak><p>One is short.</p></speak>",
      "<speak><p>Two too. Three.</p><p>Four.</p></speak>",
    ]);
  });

  it("it is cut at paragraphs and sentences, with its elements opened again, and the parts say what they say", () => {
    const sentence = "This sentence is as long as a good half of what one request takes at once.";
    const source = `<speak><prosody rate="slow"><p>${sentence} ${sentence}</p><p>${sentence}</p></prosody></speak>`;
    const wrapped = `<speak><prosody rate="slow"><p>${sentence}</p></prosody></speak>`;
    expect(documents(source)).toEqual([wrapped, wrapped, wrapped]);
    const parts = nativeOf(source, NATIVE);
    expect(parts.map(({ boundary }) => boundary)).toEqual(["sentence", "paragraph", "paragraph"]);
    for (const { text, span } of parts) expect(source.slice(span.start, span.end)).toBe(text);
  });

  it("a long sentence is cut at clauses, never within what is one thing", () => {
    const sub = `<sub alias="${"very long ".repeat(12).trim()}">VL</sub>`;
    const cut = documents(`<speak>Go. It goes on, and on, ${"and it goes on, ".repeat(12)}${sub} ends.</speak>`);
    expect(cut.length).toBeGreaterThan(3);
    expect(cut.filter((ssml) => ssml!.includes(sub))).toHaveLength(1);
    expect(cut[1]).toMatch(/,<\/speak>$/);
  });

  it("breaks stay inside, but for those between two documents", () => {
    const source =
      '<speak><break time="2s"/>One.<break/> Two.<break strength="weak"/> Three. <break time="3s"/></speak>';
    expect(shortOf(partsOf(source, NATIVE))).toEqual([
      "2000 ms",
      "One.|sentence",
      "400 ms",
      "Two. Three.|paragraph",
      "3000 ms",
    ]);
    expect(documents(source)[1]).toBe('<speak>Two.<break strength="weak"/> Three.</speak>');
  });

  it("nothing is sent for marks alone, and their breaks are kept", () => {
    expect(shortOf(partsOf("<speak><s>… <break/> —</s> <s>!</s></speak>", NATIVE))).toEqual(["400 ms"]);
  });

  it("what is too large for a request is refused by name", () => {
    const refusal = refusalOf(() => partsOf(`<speak>One.\n<sub alias="${"x".repeat(400)}">x</sub></speak>`, NATIVE));
    expect(refusal).toMatchObject({ code: "UNSUPPORTED_MODIFIER", details: { element: "sub", line: 2, column: 1 } });
    expect(refusal.hint).toContain("400 bytes");
  });

  it("the job's speed goes along", () => {
    expect(nativeOf("<speak>a</speak>", NATIVE, { speed: 1.5 })[0]!.manner.speed).toBe(1.5);
  });

  it("an alphabet that it has no phonemes of is refused", () => {
    const refusal = refusalOf(() => partsOf('<speak>\n<phoneme alphabet="pinyin" ph="a">x</phoneme></speak>', NATIVE));
    expect(refusal).toMatchObject({
      code: "UNSUPPORTED_MODIFIER",
      details: { element: "phoneme", line: 2, column: 1 },
    });
  });
});

describe("what Amazon Polly does not take is refused at its place in the user's document", () => {
  const spelt = '<say-as interpret-as="spell-out">it</say-as>';
  const half = '<prosody rate="slow">it</prosody>';
  it.each([
    ["Neural-Joanna", "<emphasis>it</emphasis>", "emphasis", "does not take <emphasis>"],
    ["Neural-Joanna", '<prosody pitch="+10%">it</prosody>', "prosody", "pitch of <prosody>"],
    ["Neural-Joanna", spelt, "say-as", 'interpret-as="spell-out"'],
    ["Generative-Joanna", '<phoneme ph="x">it</phoneme>', "phoneme", "<phoneme>"],
    ["Generative-Joanna", half, "prosody", "around a part of a sentence"],
    ["Standard-Joanna", '<prosody rate="300%">it</prosody>', "prosody", 'rate="300%"'],
    ["Standard-Joanna", '<prosody pitch="+10Hz">it</prosody>', "prosody", 'pitch="+10Hz"'],
    ["Neural-Joanna", '<s xml:lang="fr">it</s>', "s", "xml:lang of <s>"],
    ["Neural-Joanna", '<say-as interpret-as="date" detail="1">it</say-as>', "say-as", "detail of <say-as>"],
  ])("%s: %s", (name, inner, element, message) => {
    const source = `<speak>\r\n  A first sentence.\r\n  Say\t${inner} now.</speak>`;
    const refusal = refusalOf(() => partsOf(source, polly(name), { checkNative }));
    expect(refusal).toMatchObject({
      code: "UNSUPPORTED_MODIFIER",
      details: { element, line: 3, column: 7, voice_id: polly(name), fields: [{ field: "text" }] },
    });
    expect(refusal.message).toContain(message);
    expect(refusal.hint).toBeTruthy();
  });

  it("and what it takes is taken, cut or not", () => {
    const source = `<speak><prosody rate="slow">${"A whole sentence, slowly. ".repeat(100)}</prosody></speak>`;
    const cut = documents(source, polly("Generative-Joanna"));
    expect(cut.length).toBeGreaterThan(2);
    expect(Math.max(...cut.map((ssml) => Buffer.byteLength(ssml!)))).toBeLessThanOrEqual(3_000);
    expect(documents('<speak><prosody pitch="+2st">it</prosody></speak>', polly("Standard-Joanna"))).toEqual([
      '<speak><prosody pitch="+12.2%">it</prosody></speak>',
    ]);
  });

  it("a failure of the check that is no refusal stays what it is", () => {
    const failure = new AppError("INTERNAL", "broken");
    const broken = () => {
      throw failure;
    };
    expect(refusalOf(() => partsOf("<speak>x</speak>", NATIVE, { checkNative: broken }))).toBe(failure);
  });
});

describe("voices", () => {
  it("are wished for by name, language and gender, or by the language around", () => {
    const source = `<speak xml:lang="en-us"><voice name=" Joanna "/><voice gender="female">a<lang xml:lang="fr">
      <voice gender="male">b</voice></lang></voice><voice languages="de-de">c</voice><voice name="X" xml:lang="it">d</voice></speak>`;
    const wishes = voiceWishes(parseSsml(source));
    expect(wishes.map(({ wish }) => wish)).toEqual([
      { name: "Joanna" },
      { language: "en-US", gender: "female" },
      { language: "fr", gender: "male" },
      { language: "de-DE" },
      { name: "X", language: "it" },
    ]);
    expect(wishes[1]!.element).toMatchObject({ name: "voice", line: 1, column: 49 });
    expect(new Set(wishes.map(({ key }) => key)).size).toBe(5);
    expect(voiceWishes(parseSsml('<speak><voice gender="female" name="Joanna"/></speak>'))[0]!.key).toBe(
      voiceWishes(parseSsml('<speak>x<voice name="Joanna" gender="female">y</voice></speak>'))[0]!.key,
    );
  });

  it("take turns, each in its own way, with what is around them", () => {
    const source = `<speak xml:lang="en-US"><prosody rate="slow">Hello, <voice name="${NATIVE}">you there. And you</voice>
      again. <voice name="${ABLE}">Yes.</voice></prosody></speak>`;
    const parts = partsOf(source, ABLE);
    expect(shortOf(parts)).toEqual(["Hello,|clause", "you there. And you|space", "again. Yes.|paragraph"]);
    expect(parts[1]).toMatchObject({
      manner: { voiceId: NATIVE, speed: 1 },
      ssml: '<speak><prosody rate="slow">you there. And you</prosody></speak>',
    });
    expect(parts[2]).toMatchObject({ kind: "speech", manner: { voiceId: ABLE, speed: 0.8 } });
  });

  it("leave the language around them behind, in documents, too", () => {
    const source = `<speak xml:lang="fr"><s xml:lang="it">Ciao. <voice name="${NATIVE}">Hi.</voice></s></speak>`;
    expect(documents(source)).toEqual([
      '<speak xml:lang="fr"><s xml:lang="it">Ciao.</s></speak>',
      "<speak><s>Hi.</s></speak>",
    ]);
  });
});
