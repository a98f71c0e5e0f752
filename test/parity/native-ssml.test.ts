import { beforeEach, describe, expect, it } from "vitest";
import { submitSpeech } from "../../src/contract/tts.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { FakeGoogle } from "../support/fake-google.ts";
import { FakePolly } from "../support/fake-polly.ts";
import { speakWav } from "../support/wav-speech.ts";

const google = await FakeGoogle.start();
const polly = await FakePolly.start();
beforeEach(() => {
  google.requests.length = 0;
  polly.reset();
});

const JOANNA = "polly:en-US-Standard-Joanna";
const WAVENET = "google:en-US-Wavenet-A";
const words = (text: string) => text.match(/[a-z]+/gi) ?? [];
const untagged = (ssml: string) => ssml.replace(/<[^>]*>/g, " ");

describe.each(BACKENDS)("formats of providers on the %s backend", async (kind) => {
  const service = await startBackend(kind, { env: { ...google.variables, ...polly.variables } });
  const speak = (text: string, more: object = {}) =>
    speakWav(service, { text, format: "ssml", voice_id: JOANNA, ...more });
  const refusal = (text: string, more: object = {}) =>
    service.client
      .call(submitSpeech, { text, format: "ssml", voice_id: JOANNA, ...more } as never)
      .catch((error) => error);
  const googleSaid = () => google.bodies.map(({ input }) => input as Record<string, string>);

  it("hands a document on in the provider's own SSML", async () => {
    const body =
      'Hello <emphasis level="strong">you</emphasis>, <prosody pitch="+10%" rate="slow">wait</prosody><break time="1s"/> now.';
    await speak(`<speak>${body}</speak>`);
    expect(polly.spoken).toHaveLength(1);
    expect(polly.spoken[0]).toMatchObject({
      TextType: "ssml",
      Text: expect.stringContaining('<emphasis level="strong">you</emphasis>'),
    });
    await speak(`<speak>${body}</speak>`, { voice_id: WAVENET });
    expect(googleSaid()).toHaveLength(1);
    expect(googleSaid()[0]!.ssml).toContain('<break time="1s"/>');
  });

  it("cuts a long document at sentences, with what encloses them opened anew, and loses no word", async () => {
    const sentences = Array.from(
      { length: 300 },
      (_, i) => `<s>Sentence ${"abcdefghij"[i % 10]} has a number of words.</s>`,
    );
    const text = `<speak><p><prosody rate="fast">${sentences.join(" ")}</prosody></p></speak>`;
    const { seconds } = await speak(text);
    expect(polly.spoken.length).toBeGreaterThan(3);
    for (const { Text } of polly.spoken) expect(Text).toMatch(/^<speak>.*<prosody rate="fast">.*<\/speak>$/s);
    const said = polly.spoken.flatMap(({ Text }) => words(untagged(Text!)));
    expect(said.sort()).toEqual(words(untagged(text)).sort());
    expect(seconds).toBeGreaterThan(300);
  });

  it("takes documents apart for families that know only a part of SSML, and markup whole", async () => {
    const voice_id = "google:en-US-Chirp3HD-Aoede";
    await speak('<speak>One <break time="2s"/> two.</speak>', { voice_id });
    expect(googleSaid().map(({ text }) => text)).toEqual(["One", "two."]);
    google.requests.length = 0;
    await speak("One, [pause long] two.", { voice_id, format: "markup" });
    expect(googleSaid()).toEqual([{ markup: "One, [pause long] two." }]);
  });

  it("refuses what the provider would, with its place, before anything is sent or saved", async () => {
    const neural = { voice_id: "polly:en-US-Neural-Joanna" };
    expect(await refusal('<speak>Hi\n <emphasis level="strong">you</emphasis></speak>', neural)).toMatchObject({
      code: "UNSUPPORTED_MODIFIER",
      details: { element: "emphasis", line: 2, column: 2, voice_id: neural.voice_id },
    });
    const generative = { voice_id: "polly:en-US-Generative-Joanna" };
    expect(await refusal('<speak>\n\nHi <prosody rate="fast">you</prosody> there.</speak>', generative)).toMatchObject({
      code: "UNSUPPORTED_MODIFIER",
      details: { line: 3, column: 4 },
    });
    expect(polly.spoken).toEqual([]);
  });

  it("speaks a document in voices of a provider and of this machine", async () => {
    await speak(
      `<speak>One. <voice name="flite:en-US-Clustergen-Slt">Two.</voice> <voice name="Matthew">Three.</voice></speak>`,
    );
    expect(polly.spoken.map(({ VoiceId, Text }) => [VoiceId, untagged(Text!).trim()]).sort()).toEqual([
      ["Joanna", "One."],
      ["Matthew", "Three."],
    ]);
  });

  it("has two voices of Gemini talk in one request, and others turn by turn", async () => {
    const text = "Speaker 1: Hello there.\nSpeaker 2: Good morning.\nSpeaker 1: How are you?\nSpeaker 2: Fine.";
    const voices = { voice_speaker_1: "google:en-US-Gemini-Kore", voice_speaker_2: "google:en-US-Gemini-Puck" };
    await speak(text, { voice_id: undefined, format: "text", speaker_type: "multi", ...voices });
    expect(google.bodies.some(({ input }) => "multiSpeakerMarkup" in input)).toBe(true);
    const mixed = { voice_speaker_1: JOANNA, voice_speaker_2: "flite:en-US-Clustergen-Rms" };
    await speak(text, { voice_id: undefined, format: "text", speaker_type: "multi", ...mixed });
    expect(polly.spoken.map(({ Text }) => Text!.trim()).sort()).toEqual(["Hello there.", "How are you?"]);
  });
});
