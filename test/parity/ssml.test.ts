import { describe, expect, it } from "vitest";
import { getJobText, listJobs } from "../../src/contract/jobs.ts";
import { submitSpeech } from "../../src/contract/tts.ts";
import { loudness } from "../support/audio.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { holds, silencesIn, speakWav } from "../support/wav-speech.ts";

const RMS = "flite:en-US-Clustergen-Rms";
const SLT = "flite:en-US-Clustergen-Slt";
const SENTENCE = "The boat is on the lake today.";
const OTHER = "Then we can all go home again.";

describe.each(BACKENDS)("SSML on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  const speak = (body: string, more: object = {}) =>
    speakWav(service, { text: `<speak>${body}</speak>`, format: "ssml", voice_id: RMS, ...more });
  const plain = (text: string, more: object = {}) => speakWav(service, { text, voice_id: RMS, ...more });
  const refusal = (text: string, more: object = {}) =>
    client.call(submitSpeech, { text, format: "ssml", voice_id: RMS, ...more } as never).catch((error) => error);
  const loud = ({ samples }: { samples: Int16Array }) => loudness(Float32Array.from(samples, (s) => s / 32_768));

  it("says what plain text says, without its tags", async () => {
    const tagged = await speak(`<p><s>${SENTENCE}</s></p><mark name="here"/>`);
    expect(holds(tagged.samples, (await plain(SENTENCE)).samples)).toBe(true);
    expect(Math.abs(tagged.seconds - (await plain(SENTENCE)).seconds)).toBeLessThan(0.05);
  });

  it("makes breaks as long as they are asked to be, also at the ends", async () => {
    const [first, second] = silencesIn(
      (await speak(`One <break time="900ms"/> two. <break time="1.5s"/> Three.`)).samples,
    );
    expect(first).toBeGreaterThan(0.88);
    expect(first).toBeLessThan(1);
    expect(second).toBeGreaterThan(1.48);
    expect(second).toBeLessThan(1.6);
    const bare = await plain(SENTENCE);
    const around = await speak(`<break time="2s"/>${SENTENCE}<break time="3s"/>`);
    expect(around.seconds - bare.seconds).toBeGreaterThan(4.5);
    expect(around.seconds - bare.seconds).toBeLessThan(5.1);
  });

  it("changes rate and volume", async () => {
    const bare = await plain(SENTENCE);
    expect((await speak(`<prosody rate="50%">${SENTENCE}</prosody>`)).seconds / bare.seconds).toBeGreaterThan(1.7);
    expect((await speak(`<prosody rate="200%">${SENTENCE}</prosody>`)).seconds / bare.seconds).toBeLessThan(0.65);
    expect(loud(await speak(`<prosody volume="-6dB">${SENTENCE}</prosody>`)) / loud(bare)).toBeCloseTo(0.5, 1);
    const nested = `<prosody rate="50%"><prosody rate="200%">${SENTENCE}</prosody></prosody>`;
    expect(Math.abs((await speak(nested)).seconds - bare.seconds)).toBeLessThan(0.1);
  });

  it("speaks parts in other voices", async () => {
    const both = await speak(`${SENTENCE} <voice name="${SLT}">${OTHER}</voice>`);
    expect(holds(both.samples, (await plain(OTHER, { voice_id: SLT })).samples)).toBe(true);
    expect(holds(both.samples, (await plain(SENTENCE)).samples)).toBe(true);
    expect(both.voiceId).toBe(RMS);
    const woman = await speak(`${SENTENCE} <voice gender="female">${OTHER}</voice>`);
    expect(woman.samples).toEqual(both.samples);
  });

  it.each([
    [`<sub alias="World Wide Web Consortium">W3C</sub>`, "World Wide Web Consortium"],
    [`<say-as interpret-as="characters">abc</say-as>`, "a b c"],
    [`<say-as interpret-as="ordinal">3</say-as>`, "third"],
    [`<say-as interpret-as="digits">2026</say-as>`, "two zero two six"],
  ])("says %s as %j", async (body, words) => {
    const said = await speak(`${body}.`);
    const expected = await plain(`${words}.`);
    expect(Math.abs(said.seconds / expected.seconds - 1)).toBeLessThan(0.25);
  });

  it.each([
    ["no document", "INVALID_SSML", undefined],
    ["<speak>open", "INVALID_SSML", [1, undefined]],
    ["<speak>\n <sing>x</sing></speak>", "INVALID_SSML", [2, 2]],
    ['<speak><break time="30s"/>x</speak>', "INVALID_SSML", [1, 8]],
    ['<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>', "INVALID_SSML", undefined],
    ['<speak>x\n  <prosody pitch="+2st">y</prosody></speak>', "UNSUPPORTED_MODIFIER", [2, 3]],
    ['<speak><prosody rate="900%">y</prosody></speak>', "UNSUPPORTED_MODIFIER", [1, 8]],
    ['<speak><phoneme alphabet="ipa" ph="x">y</phoneme></speak>', "UNSUPPORTED_MODIFIER", [1, 8]],
    ['<speak><lang xml:lang="fr-FR">y</lang></speak>', "UNSUPPORTED_MODIFIER", [1, 8]],
    ['<speak><say-as interpret-as="song">y</say-as></speak>', "UNSUPPORTED_MODIFIER", [1, 8]],
    ["<speak> <break/> </speak>", "INVALID_INPUT", undefined],
  ] as const)("refuses %j with %s, before anything is saved", async (text, code, place) => {
    const count = async () => (await client.call(listJobs, {})).data.total;
    const before = await count();
    const error = await refusal(text);
    expect(error).toMatchObject({ code });
    expect(error.hint).toBeTruthy();
    expect(error.details.fields[0].field).toBe("text");
    if (place) {
      expect(error.details.line).toBe(place[0]);
      if (place[1]) expect(error.details.column).toBe(place[1]);
    }
    expect(await count()).toBe(before);
  });

  it("charges and keeps the document, and finds it by its words alone", async () => {
    const text = `<speak>Zebras &amp; quaggas <emphasis level="strong">gallop</emphasis>.</speak>`;
    const { data: answer } = await client.call(submitSpeech, { text, format: "ssml" });
    expect(answer.chars_charged).toBe(text.length);
    const { data } = await client.call(getJobText, { job_id: answer.job_id });
    expect(data).toMatchObject({ text, format: "ssml" });
    const found = async (query: string) =>
      (await client.call(listJobs, { query })).data.jobs.map(({ job_id }) => job_id);
    expect(await found("zebras quaggas gallop")).toContain(answer.job_id);
    expect(await found("emphasis")).not.toContain(answer.job_id);
  });

  it("streams the bytes that it keeps", async () => {
    const text = `<speak><s>First things first.</s> ${`<s>${SENTENCE}</s> <break time="300ms"/>`.repeat(10)}</speak>`;
    const input = { text, format: "ssml", delivery_mode: "stream", output_format: "wav" } as const;
    const { data: answer } = await client.call(submitSpeech, input);
    const streamed = Buffer.from(await (await fetch(answer.stream_url!)).arrayBuffer());
    const { job } = await client.wait(answer.job_id, { seconds: 50 });
    expect(streamed.equals(Buffer.from(await (await fetch(job.audio_url!)).arrayBuffer()))).toBe(true);
    expect(job.duration_seconds).toBeGreaterThan(15);
  });
});
