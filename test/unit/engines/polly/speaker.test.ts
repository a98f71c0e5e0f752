import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { SynthesisRequest } from "../../../../src/engines/engine.ts";
import { PollyEngine, pollyEntry } from "../../../../src/engines/polly/index.ts";
import type { PollySettings } from "../../../../src/engines/polly/setup.ts";
import { PollySpeaker } from "../../../../src/engines/polly/speaker.ts";
import { emptyContext } from "../../../support/engines.ts";
import { FakePolly } from "../../../support/fake-polly.ts";
import { steady } from "../../../support/tones.ts";

const polly = await FakePolly.start();
const speaker = new PollySpeaker(await settingsOf(polly.variables));
afterAll(() => speaker.close());
beforeEach(() => polly.reset());

function settingsOf(variables: Record<string, string>): Promise<PollySettings> {
  return new PollyEngine(emptyContext({ variables })).workerData();
}

async function speak(voice: string, more: Partial<SynthesisRequest>, signal = new AbortController().signal) {
  const text = more.text ?? "Hello.";
  const request = { voiceId: `polly:${voice}`, text, speed: 1, span: { start: 0, end: text.length }, ...more };
  const samples: number[] = [];
  for await (const chunk of speaker.synthesize(request, signal)) samples.push(...chunk.samples);
  return samples;
}

describe("a request to Polly", () => {
  it("names voice, engine and language as Polly does, and asks for 16 kHz PCM", async () => {
    await speak("en-US-Neural-Joanna", { text: "Hello there." });
    expect(polly.spoken).toEqual([
      {
        Engine: "neural",
        VoiceId: "Joanna",
        LanguageCode: "en-US",
        OutputFormat: "pcm",
        SampleRate: "16000",
        TextType: "text",
        Text: "Hello there.",
      },
    ]);
  });

  it.each([
    ["en-US-LongForm-Danielle", "long-form", "en-US"],
    ["en-US-Generative-Joanna", "generative", "en-US"],
    ["hi-IN-Neural-Kajal", "neural", "hi-IN"],
    ["en-GB-Standard-Geraint", "standard", "en-GB-WLS"],
    ["arb-Standard-Zeina", "standard", "arb"],
  ])("for %s has the engine %s and the language %s", async (voice, engine, language) => {
    expect((await speak(voice, {})).length).toBeGreaterThan(0);
    expect(polly.spoken[0]).toMatchObject({ Engine: engine, LanguageCode: language });
  });

  it("gives every sample in its place, though the answer comes in pieces that end within one", async () => {
    const samples = await speak("en-US-Neural-Joanna", { text: "A sentence of some length." });
    expect(samples).toEqual(Array.from(steady(16_000, Math.ceil((26 / 15) * 16_000))));
  });

  it("sends what JSON and XML can't carry as spaces and replacement characters", async () => {
    await speak("en-US-Neural-Joanna", { text: "A\u0000B\ud800C" });
    expect(polly.spoken[0]!.Text).toBe("A B\ufffdC");
  });

  it("is not made for a text without anything to say", async () => {
    expect(await speak("en-US-Neural-Joanna", { text: "… — !" })).toEqual([]);
    expect(polly.requests).toEqual([]);
  });

  it("is signed with the session's token, too", async () => {
    polly.signer = { ...polly.signer, sessionToken: "Fake/Session+Token==" };
    const temporary = { ...polly.variables, AWS_SESSION_TOKEN: "Fake/Session+Token==" };
    const other = pollyEntry.createSpeaker(await settingsOf(temporary));
    const request = { voiceId: "polly:en-US-Neural-Joanna", text: "Hi.", speed: 1, span: { start: 0, end: 3 } };
    const chunks = [];
    for await (const chunk of other.synthesize(request, new AbortController().signal)) chunks.push(chunk);
    await other.close();
    delete polly.signer.sessionToken;
    expect(chunks).toHaveLength(1);
  });
});

describe("SSML", () => {
  const rich =
    '<speak version="1.1" xml:lang="en-US"><p><s>One <break time="300ms"/> two.</s></p> <sub alias="AWS">x</sub> ' +
    '<say-as interpret-as="date" format="mdy">1/2/2026</say-as> <lang xml:lang="fr-FR">oui</lang> <mark name="m"/>.' +
    '<prosody rate="90%" volume="+3dB">Slowly now.</prosody></speak>';

  it.each(["Standard-Joanna", "Neural-Joanna", "Generative-Joanna", "LongForm-Danielle"])(
    "that every engine takes is passed on as it is: %s",
    async (name) => {
      await speak(`en-US-${name}`, { ssml: rich });
      expect(polly.spoken[0]).toMatchObject({ TextType: "ssml", Text: rich });
    },
  );

  const word = (inner: string) => `<speak>\n Say ${inner} now.</speak>`;
  const emphasis = word('<emphasis level="strong">it</emphasis>');
  const pitch = word('<prosody pitch="+10%">it</prosody>');
  const phoneme = word('<phoneme alphabet="ipa" ph="pɪˈkɑːn">pecan</phoneme>');
  const spelt = word('<say-as interpret-as="spell-out">it</say-as>');
  const half = word('<prosody rate="slow">it</prosody>');

  it.each([
    ["Standard-Joanna", emphasis],
    ["Standard-Joanna", pitch],
    ["Standard-Joanna", phoneme],
    ["Standard-Joanna", spelt],
    ["Neural-Joanna", phoneme],
    ["Neural-Joanna", half],
    ["LongForm-Danielle", phoneme],
    ["LongForm-Danielle", spelt],
    ["Generative-Joanna", spelt],
  ])("that only some engines take is spoken by %s: %s", async (name, ssml) => {
    expect((await speak(`en-US-${name}`, { ssml })).length).toBeGreaterThan(0);
  });

  it.each([
    ["Neural-Joanna", emphasis, "<emphasis>"],
    ["Neural-Joanna", pitch, "pitch of <prosody>"],
    ["Neural-Joanna", spelt, 'interpret-as="spell-out" of <say-as>'],
    ["LongForm-Danielle", emphasis, "<emphasis>"],
    ["LongForm-Danielle", pitch, "pitch of <prosody>"],
    ["Generative-Joanna", emphasis, "<emphasis>"],
    ["Generative-Joanna", phoneme, "<phoneme>"],
    ["Generative-Joanna", half, "<prosody> around a part of a sentence"],
    ["Standard-Joanna", word('<voice name="Matthew">it</voice>'), "<voice>"],
  ])("that the engine does not take is refused for %s, with the place, and not sent: %s", async (name, ssml, what) => {
    await expect(speak(`en-US-${name}`, { ssml })).rejects.toMatchObject({
      code: "UNSUPPORTED_MODIFIER",
      message: `polly:en-US-${name} does not take ${what}.`,
      details: { line: 2, column: 6 },
    });
    expect(polly.requests).toEqual([]);
  });

  it.each([
    '<speak><prosody rate="slow">One. Two.</prosody> Three.</speak>',
    '<speak>One. <prosody rate="slow">Two</prosody></speak>',
    '<speak><s>One</s><s><prosody rate="slow">Two</prosody></s></speak>',
    '<speak>One <break time="1s"/><prosody rate="slow">two</prosody><break time="1s"/> three.</speak>',
  ])("with prosody around whole sentences is spoken by a generative voice: %s", async (ssml) => {
    expect((await speak("en-US-Generative-Joanna", { ssml })).length).toBeGreaterThan(0);
  });

  it("lists what each engine takes in the capabilities", () => {
    const engine = pollyEntry.create(emptyContext());
    const of = (name: string) => Object.keys(engine.capabilities(`polly:en-US-${name}`).engine.ssmlElements!).sort();
    const all = ["break", "lang", "mark", "p", "prosody", "s", "say-as", "sub"];
    expect(of("Generative-Joanna")).toEqual(all);
    expect(of("Neural-Joanna")).toEqual([...all, "phoneme"].sort());
    expect(of("LongForm-Danielle")).toEqual([...all, "phoneme"].sort());
    expect(of("Standard-Joanna")).toEqual([...all, "phoneme", "emphasis"].sort());
  });
});

describe("stopping", () => {
  it.each(["before", "within"] as const)("ends the request %s its answer, with the signal's reason", async (hang) => {
    polly.troubles.push({ hang });
    const stop = new AbortController();
    const reason = new Error("enough");
    const running = speak("en-US-Neural-Joanna", { text: "Hello there, all of you." }, stop.signal);
    running.catch(() => {});
    while (polly.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect.poll(() => polly.left).toBe(1);
  });
});
