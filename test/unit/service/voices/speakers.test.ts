import { describe, expect, it } from "vitest";
import { Catalogue } from "../../../../src/service/catalogue.ts";
import { chooseSpeakers } from "../../../../src/service/speakers.ts";
import type { SpeechWish } from "../../../../src/service/speech-request.ts";
import type { VoiceDefaults } from "../../../../src/service/voice-choice.ts";
import { MadeUpEngine, madeUpVoice } from "../../../support/made-up-engines.ts";

const here = new MadeUpEngine("here", [
  madeUpVoice("here:en-US-Test-Ann", { rank: 50 }),
  madeUpVoice("here:en-US-Test-Amy", { rank: 40 }),
  madeUpVoice("here:en-GB-Test-Bob", { rank: 30, gender: "male" }),
  madeUpVoice("here:de-DE-Test-Eva", { rank: 20 }),
]);
const cloud = new MadeUpEngine(
  "cloud",
  [
    madeUpVoice("cloud:en-US-Dear-Joanna", { rank: 90 }),
    madeUpVoice("cloud:en-US-Dear-Matthew", { rank: 80, gender: "male" }),
    madeUpVoice("cloud:fr-FR-Dear-Lea", { rank: 80 }),
  ],
  { local: false },
);
const gone = new MadeUpEngine("gone", [madeUpVoice("gone:en-US-Test-Sue", { available: false })]);

async function choose(wish: Partial<SpeechWish> & { text: string }, defaults: VoiceDefaults = { fallback: "none" }) {
  const catalogue = new Catalogue([here, cloud, gone]);
  await catalogue.all();
  return chooseSpeakers({ deliveryMode: "async", ...wish }, { catalogue, defaults });
}
const idsOf = async (...args: Parameters<typeof choose>) =>
  (await choose(...args)).entries.map(({ voice }) => voice.voiceId);
const refusal = (...args: Parameters<typeof choose>) =>
  choose(...args).then(
    () => undefined,
    (error) => error,
  );
const ssml = (body: string, attributes = "") => ({
  format: "ssml" as const,
  text: `<speak${attributes}>${body}</speak>`,
});
const LINES = "Speaker 1: Hello there.\nSpeaker 2: Good morning.";

describe("the second speaker of a dialogue", () => {
  it("is told from the first one by gender, of its language and provider", async () => {
    expect(await idsOf({ text: LINES, speakerType: "multi" })).toEqual(["here:en-US-Test-Ann", "here:en-GB-Test-Bob"]);
    const first = { text: LINES, voiceSpeaker1: "cloud:en-US-Dear-Joanna" };
    expect(await idsOf(first)).toEqual(["cloud:en-US-Dear-Joanna", "cloud:en-US-Dear-Matthew"]);
  });

  it("may be of this machine beside a provider's, never the other way round", async () => {
    const french = { text: LINES, voiceSpeaker1: "cloud:fr-FR-Dear-Lea" };
    expect(await refusal(french)).toMatchObject({
      code: "INVALID_INPUT",
      details: { fields: [{ field: "voice_speaker_2" }] },
    });
    const german = { text: LINES, voiceId: "here:de-DE-Test-Eva", speakerType: "multi" as const };
    expect(await refusal(german)).toMatchObject({ code: "INVALID_INPUT" });
  });

  it("may be the first one, when it is named", async () => {
    const one = "here:en-US-Test-Ann";
    expect(await idsOf({ text: LINES, voiceSpeaker1: one, voiceSpeaker2: one })).toEqual([one]);
  });
});

describe("the voices that SSML asks for", () => {
  it("are found by id, by a provider's name, and by language and gender", async () => {
    const { source } = await choose({
      ...ssml(
        '<voice name="here:de-DE-Test-Eva">eins</voice><voice name="bob">two</voice>' +
          '<voice name="en-US-Test-Amy">three</voice><voice gender="male" language="en">four</voice>' +
          '<voice language="de">fünf</voice><voice gender="female">six</voice>',
      ),
      voiceId: "here:en-US-Test-Ann",
    });
    expect(Object.values(source.voices!)).toEqual([
      ...["here:de-DE-Test-Eva", "here:en-GB-Test-Bob", "here:en-US-Test-Amy"],
      ...["here:en-GB-Test-Bob", "here:de-DE-Test-Eva", "here:en-US-Test-Ann"],
    ]);
  });

  it("are a provider's only where the provider was named", async () => {
    expect(await refusal(ssml('<voice language="fr-FR">un</voice>'))).toMatchObject({ code: "UNSUPPORTED_MODIFIER" });
    const french = { ...ssml('<voice language="fr-FR">un</voice>'), voiceId: "cloud:en-US-Dear-Joanna" };
    expect(await idsOf(french)).toEqual(["cloud:en-US-Dear-Joanna", "cloud:fr-FR-Dear-Lea"]);
  });

  it("are refused with the place of the element when they can't be had", async () => {
    const where = { element: "voice", line: 2, column: 3 };
    const error = await refusal(ssml('\n  <voice name="Nobody">x</voice>'));
    expect(error).toMatchObject({ code: "UNSUPPORTED_MODIFIER", details: where });
    expect(error.message).toMatch(/line 2, column 3.*named Nobody/);
    expect(await refusal(ssml('\n  <voice name="gone:en-US-Test-Sue">x</voice>'))).toMatchObject({
      code: "PROVIDER_DISABLED",
      details: where,
    });
    const standIn = await choose(ssml('<voice name="gone:en-US-Test-Sue">x</voice>'), { fallback: "nearest" });
    expect(standIn.warnings.join(" ")).toMatch(/gone:en-US-Test-Sue is not available here/);
  });
});

describe("a document that says its language", () => {
  it("is spoken by a voice of it, unless there is a default voice", async () => {
    const german = ssml("Hallo", ' xml:lang="de"');
    expect(await idsOf(german)).toEqual(["here:de-DE-Test-Eva"]);
    const preferred = { fallback: "none", defaultVoice: "here:en-US-Test-Amy" } as const;
    expect(await idsOf(german, preferred)).toEqual(["here:en-US-Test-Amy"]);
  });

  it("is refused by that attribute when no voice speaks it", async () => {
    const error = await refusal(ssml("Bonjour", ' xml:lang="fr"'));
    expect(error).toMatchObject({ code: "INVALID_INPUT", details: { fields: [{ field: "text" }] } });
    expect(error.message).toMatch(/^xml:lang of <speak>/);
  });
});
