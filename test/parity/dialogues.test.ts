import { describe, expect, it } from "vitest";
import { getJobText, listJobs } from "../../src/contract/jobs.ts";
import { streamSpeech, submitSpeech } from "../../src/contract/tts.ts";
import { BACKENDS, startBackend } from "../support/backends.ts";
import { holds, silencesIn, speakWav } from "../support/wav-speech.ts";

const RMS = "flite:en-US-Clustergen-Rms";
const SLT = "flite:en-US-Clustergen-Slt";
const LINES = "Speaker 1: The boat is on the lake.\nSpeaker 2: Then we can all go home.";

describe.each(BACKENDS)("dialogues and pauses on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  const failure = (input: object) => client.call(submitSpeech, input as never).catch((error) => error);

  it("speaks each turn in its speaker's voice, in order", async () => {
    const both = await speakWav(service, {
      text: LINES,
      voice_speaker_1: RMS,
      voice_speaker_2: SLT,
      speaker_type: "multi",
    });
    const first = await speakWav(service, { text: "The boat is on the lake.", voice_id: RMS });
    const second = await speakWav(service, { text: "Then we can all go home.", voice_id: SLT });
    expect(both.voiceId).toBe(RMS);
    const half = Math.round((both.samples.length * first.seconds) / (first.seconds + second.seconds));
    expect(holds(both.samples.subarray(0, half + 4_000), first.samples)).toBe(true);
    expect(holds(both.samples.subarray(half - 4_000), second.samples)).toBe(true);
    expect(both.seconds / (first.seconds + second.seconds)).toBeGreaterThan(0.8);
    expect(both.seconds / (first.seconds + second.seconds)).toBeLessThan(1.2);
  });

  it("finds two voices that are told from each other, and says which", async () => {
    const { data: answer } = await client.call(submitSpeech, { text: LINES, speaker_type: "multi" });
    expect(answer).toMatchObject({ voice_id: RMS, voice_speaker_2: SLT });
    const { job } = await client.wait(answer.job_id, { seconds: 30 });
    expect(job).toMatchObject({ status: "completed", voice_id: RMS, voice_speaker_2: SLT });
  });

  it("streams, and keeps the text as it was sent", async () => {
    const { data: answer } = await client.call(streamSpeech, {
      text: LINES,
      voice_speaker_2: SLT,
      output_format: "wav",
    });
    const streamed = Buffer.from(await (await fetch(answer.stream_url!)).arrayBuffer());
    const { job } = await client.wait(answer.job_id, { seconds: 30 });
    expect(streamed.equals(Buffer.from(await (await fetch(job.audio_url!)).arrayBuffer()))).toBe(true);
    const { data: text } = await client.call(getJobText, { job_id: answer.job_id });
    expect(text).toMatchObject({ text: LINES, format: "text" });
  });

  it("speaks voices of different sample rates in one file", async () => {
    const kal8 = "flite:en-US-Diphone-Kal8";
    const both = await speakWav(service, { text: LINES, voice_speaker_1: kal8, voice_speaker_2: SLT });
    const second = await speakWav(service, { text: "Then we can all go home.", voice_id: SLT });
    expect(holds(both.samples, second.samples)).toBe(true);
  });

  it.each([
    [{ text: "Hello.", speaker_type: "multi" }, "INVALID_INPUT", "text"],
    [{ text: LINES, speaker_type: "single", voice_speaker_1: RMS }, "INVALID_INPUT", "voice_speaker_1"],
    [{ text: LINES, speaker_type: "multi", format: "ssml" }, "UNSUPPORTED_MODIFIER", "format"],
    [{ text: LINES, voice_id: SLT, voice_speaker_1: RMS }, "INVALID_INPUT", "voice_speaker_1"],
    [{ text: LINES, voice_speaker_2: "flite:en-US-Clustergen-No" }, "VOICE_NOT_FOUND", undefined],
    [{ text: "Speaker 1: 世界\nSpeaker 2: 。" }, "INVALID_INPUT", "text"],
    [{ text: "Speaker 1:\nSpeaker 2:  ", speaker_type: "multi" }, "INVALID_INPUT", "text"],
  ] as const)("refuses %o with %s", async (input, code, field) => {
    const error = await failure({ speaker_type: "multi", ...input });
    expect(error).toMatchObject({ code });
    expect(error.hint).toBeTruthy();
    if (field) expect(error.details.fields[0].field).toBe(field);
  });

  it("makes the pauses of markup, and charges and keeps the text as sent", async () => {
    const text = "Stay here, [pause long] and listen. [pause short] [pause] Good.";
    const { samples, jobId } = await speakWav(service, { text, format: "markup" });
    const [first, second] = silencesIn(samples);
    expect(first).toBeGreaterThan(0.98);
    expect(first).toBeLessThan(1.1);
    expect(second).toBeGreaterThan(0.73);
    expect(second).toBeLessThan(0.9);
    const { data } = await client.call(getJobText, { job_id: jobId });
    expect(data).toMatchObject({ text, format: "markup" });
    const found = async (query: string) =>
      (await client.call(listJobs, { query })).data.jobs.map(({ job_id }) => job_id);
    expect(await found("listen here")).toContain(jobId);
    expect(await found("pause")).not.toContain(jobId);
    const error = await failure({ text: "One [pause 3 weeks] two.", format: "markup" });
    expect(error).toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("[pause 3 weeks]") });
  });
});
