import { afterEach, describe, expect, it } from "vitest";
import type { PcmChunk, SynthesisRequest } from "../../../../src/engines/engine.ts";
import { GoogleSpeaker } from "../../../../src/engines/google/speaker.ts";
import { FAKE_KEY, FakeGoogle } from "../../../support/fake-google.ts";

const google = await FakeGoogle.start();
const settings = { endpoint: google.endpoint, credentials: { kind: "api-key", key: FAKE_KEY } as const };
const speaker = new GoogleSpeaker(settings);
const live = new AbortController().signal;

afterEach(async () => {
  await speaker.close();
  google.requests.length = 0;
  google.troubles.length = 0;
  google.longestSentence = 1_000;
});

async function speak(request: Partial<SynthesisRequest> & { voiceId: string }, signal = live) {
  const text = request.text ?? "Hello there, world.";
  const chunks: PcmChunk[] = [];
  const whole = { text, speed: 1, span: { start: 0, end: text.length }, ...request };
  for await (const chunk of speaker.synthesize(whole, signal)) chunks.push(chunk);
  const seconds = chunks.reduce((sum, { samples, sampleRateHertz }) => sum + samples.length / sampleRateHertz, 0);
  return { chunks, seconds };
}

const WAVENET = "google:en-US-Wavenet-A";
const CHIRP3 = "google:en-US-Chirp3HD-Aoede";
const KORE = "google:en-US-Gemini-Kore";
const PUCK = "google:en-US-Gemini-Puck";

describe("what Google is asked", () => {
  it("is the text, the voice and its native rate, with the key in a header and not in the URL", async () => {
    const { seconds } = await speak({ voiceId: WAVENET, text: "Hello there, world." });
    expect(google.bodies).toEqual([
      {
        input: { text: "Hello there, world." },
        voice: { languageCode: "en-US", name: "en-US-Wavenet-A" },
        audioConfig: { audioEncoding: "LINEAR16", sampleRateHertz: 24_000 },
      },
    ]);
    expect(google.requests[0]!.headers["x-goog-api-key"]).toBe(FAKE_KEY);
    expect(google.requests[0]!.url).toBe("/v1/text:synthesize");
    expect(seconds).toBeCloseTo(19 / 15, 3);
  });

  it("has pace and pitch where they are not the voice's own", async () => {
    const { seconds } = await speak({ voiceId: WAVENET, speed: 2, pitchSemitones: -3.5 });
    expect(google.bodies[0].audioConfig).toMatchObject({ speakingRate: 2, pitch: -3.5 });
    expect(seconds).toBeCloseTo(19 / 15 / 2, 3);
  });

  it("passes SSML on where the family has it", async () => {
    const ssml = '<speak>Hello <break time="200ms"/> <emphasis>world</emphasis>.</speak>';
    await speak({ voiceId: WAVENET, ssml });
    expect(google.bodies[0].input).toEqual({ ssml });
  });

  it("passes markup on to Chirp 3: HD", async () => {
    await speak({ voiceId: CHIRP3, markup: "Hello. [pause long] World." });
    expect(google.bodies[0].input).toEqual({ markup: "Hello. [pause long] World." });
  });

  it("says how words sound in SSML, escaped", async () => {
    const phonemes = [{ start: 6, end: 11, alphabet: "x-sampa" as const, ph: 'w3`ld "<' }];
    await speak({ voiceId: CHIRP3, text: "Hello world & <all>.", phonemes });
    expect(google.bodies[0].input.ssml).toBe(
      '<speak>Hello <phoneme alphabet="x-sampa" ph="w3`ld &#34;&#60;">world</phoneme> &#38; &#60;all&#62;.</speak>',
    );
  });

  it("has a model and a prompt for Gemini, and another language when asked", async () => {
    await speak({
      voiceId: KORE,
      prompt: "Whisper.",
      model: "gemini-2.5-pro-tts",
      language: "de-DE",
      text: "Guten Tag.",
    });
    expect(google.bodies[0]).toMatchObject({
      input: { text: "Guten Tag.", prompt: "Whisper." },
      voice: { languageCode: "de-DE", name: "Kore", modelName: "gemini-2.5-pro-tts" },
    });
    await speak({ voiceId: KORE });
    expect(google.bodies[1].voice.modelName).toBe("gemini-2.5-flash-tts");
  });

  it("survives text that JSON and XML can't carry", async () => {
    await speak({ voiceId: WAVENET, text: "a\u0000b\ud800c" });
    expect(google.bodies[0].input.text).toBe("a b\ufffdc");
    await speak({ voiceId: KORE, prompt: "x\udc00" });
    expect(google.bodies[1].input.prompt).toBe("x\ufffd");
  });

  it("is nothing at all for a text of marks", async () => {
    expect((await speak({ voiceId: WAVENET, text: " … —?!" })).chunks).toEqual([]);
    expect(google.requests).toEqual([]);
  });
});

describe("a dialogue", () => {
  const dialogue = [
    { speaker: 1, voiceId: KORE, text: "How are you?" },
    { speaker: 2, voiceId: PUCK, text: "Fine, and you?" },
    { speaker: 1, voiceId: KORE, text: "Never better." },
  ] as const;

  it("is one request with two speakers", async () => {
    await speak({ voiceId: KORE, dialogue, prompt: "Two friends." });
    expect(google.bodies).toHaveLength(1);
    expect(google.bodies[0]).toMatchObject({
      input: {
        prompt: "Two friends.",
        multiSpeakerMarkup: {
          turns: [
            { speaker: "Speaker1", text: "How are you?" },
            { speaker: "Speaker2", text: "Fine, and you?" },
            { speaker: "Speaker1", text: "Never better." },
          ],
        },
      },
      voice: {
        multiSpeakerVoiceConfig: {
          speakerVoiceConfigs: [
            { speakerAlias: "Speaker1", speakerId: "Kore" },
            { speakerAlias: "Speaker2", speakerId: "Puck" },
          ],
        },
      },
    });
    expect(google.bodies[0].voice).not.toHaveProperty("name");
  });

  it("is spoken turn by turn by a model that has one voice at a time, and by other families", async () => {
    await speak({ voiceId: KORE, dialogue, model: "gemini-2.5-flash-lite-preview-tts" });
    const turn = ({ input, voice }: { input: { text: string }; voice: { name: string } }) => [voice.name, input.text];
    const turns = [
      ["Kore", "How are you?"],
      ["Puck", "Fine, and you?"],
      ["Kore", "Never better."],
    ];
    expect(google.bodies.map(turn)).toEqual(turns);
    google.requests.length = 0;
    await speak({
      voiceId: KORE,
      dialogue: dialogue.map((one) => ({ ...one, voiceId: one.speaker === 2 ? WAVENET : KORE })),
    });
    expect(google.bodies.map(turn).map(([name]) => name)).toEqual(["Kore", "en-US-Wavenet-A", "Kore"]);
  });

  it("takes as many requests as its bytes need", async () => {
    const long = Array.from({ length: 9 }, (_, i) => ({
      ...dialogue[i % 2]!,
      text: `${"Well, well. ".repeat(80)}${i}`,
    }));
    await speak({ voiceId: KORE, dialogue: long });
    expect(google.bodies).toHaveLength(3);
    const said = google.bodies.flatMap(({ input }) => input.multiSpeakerMarkup.turns);
    expect(said.map(({ text }) => text)).toEqual(long.map(({ text }) => text));
  });
});

describe("a text that is too much for one request", () => {
  it("is cut at sentences, and all of it is said in order", async () => {
    const text = Array.from({ length: 300 }, (_, i) => `Sentence number ${i} of a long, long text.`).join(" ");
    const { chunks, seconds } = await speak({ voiceId: WAVENET, text });
    expect(google.bodies.map(({ input }) => input.text).join("")).toBe(text);
    for (const { input } of google.bodies) expect(input.text.trim()).toMatch(/^Sentence.*text\.$/);
    expect(chunks).toHaveLength(google.bodies.length);
    expect(seconds).toBeCloseTo(text.length / 15, 2);
  });

  it("is cut between characters where there is no better place", async () => {
    google.longestSentence = Number.POSITIVE_INFINITY;
    const text = "語".repeat(1_000) + "😀".repeat(1_000);
    await speak({ voiceId: "google:cmn-CN-Wavenet-A", text });
    expect(google.bodies.length).toBeGreaterThan(1);
    // Not printed when it is wrong
    expect(google.bodies.map(({ input }) => input.text).join("") === text).toBe(true);
  });

  it.each([
    [5_000, 1],
    [5_001, 2],
  ])("is one request of up to 5,000 bytes: %i bytes are %i", async (bytes, requests) => {
    // Two bytes a letter, so that characters are not what counts.
    await speak({ voiceId: WAVENET, text: "éé. ".repeat(833) + "!".repeat(bytes - 4_998) });
    expect(google.bodies.reduce((sum, { input }) => sum + Buffer.byteLength(input.text), 0)).toBe(bytes);
    expect(google.bodies).toHaveLength(requests);
  });

  it("is cut for Gemini at 4,000 bytes, whatever the prompt", async () => {
    await speak({ voiceId: KORE, text: "Seven. ".repeat(1_000), prompt: "p".repeat(4_000) });
    expect(google.bodies.map(({ input }) => Buffer.byteLength(input.text))).toEqual([3_500, 3_500]);
  });

  it("keeps phonemes with their words", async () => {
    const text = `${"One two three. ".repeat(300)}tomato ${"Four five. ".repeat(300)}`;
    const start = text.indexOf("tomato");
    await speak({ voiceId: WAVENET, text, phonemes: [{ start, end: start + 6, alphabet: "ipa", ph: "təˈmɑːtəʊ" }] });
    const ssml = google.bodies.filter(({ input }) => input.ssml);
    expect(ssml).toHaveLength(1);
    expect(ssml[0].input.ssml).toContain('<phoneme alphabet="ipa" ph="təˈmɑːtəʊ">tomato</phoneme>');
  });

  it("is cut within a sentence that Google finds too long", async () => {
    google.longestSentence = 60;
    const text =
      "A sentence that goes on and on, and on again, with clause after clause, until nobody can follow it any more.";
    const { seconds } = await speak({ voiceId: WAVENET, text });
    const said = google.bodies.map(({ input }) => input.text).filter((part) => part.length <= 60);
    expect(said.join("")).toBe(text);
    expect(seconds).toBeCloseTo(text.length / 15, 2);
  });
});

describe("what a voice can't do", () => {
  it.each([
    [{ voiceId: "google:en-US-ChirpHD-D", speed: 1.5 }, "speed"],
    [{ voiceId: WAVENET, speed: 3 }, "speed"],
    [{ voiceId: CHIRP3, pitchSemitones: 2 }, "pitch"],
    [{ voiceId: CHIRP3, ssml: "<speak>x</speak>" }, "ssml"],
    [{ voiceId: WAVENET, markup: "x [pause]" }, "markup"],
    [{ voiceId: WAVENET, prompt: "Whisper." }, "prompt"],
    [{ voiceId: WAVENET, model: "gemini-2.5-pro-tts" }, "model"],
    [{ voiceId: KORE, model: "gemini-1" }, "model"],
    [{ voiceId: WAVENET, language: "de-DE" }, "language"],
    [{ voiceId: KORE, phonemes: [{ start: 0, end: 1, alphabet: "ipa" as const, ph: "a" }] }, "phonemes"],
  ])("is refused before Google is asked: %o", async (request, field) => {
    const refusal = { code: "UNSUPPORTED_MODIFIER", details: { field, voice_id: request.voiceId } };
    await expect(speak(request)).rejects.toMatchObject(refusal);
    expect(google.requests).toEqual([]);
  });
});
