import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngineRegistry } from "../../src/engines/registry.ts";
import { createSpeechPipeline } from "../../src/speech/pipeline.ts";
import { emptyContext } from "../support/engines.ts";
import {
  JUDGED_SYSTEM_VOICES,
  leastHeard,
  RECOGNISER_MISSING,
  Recogniser,
  SENTENCES,
  say,
  saySentences,
} from "../support/recogniser.ts";
import { noise } from "../support/tones.ts";

const engines = createEngineRegistry(emptyContext());
const all = await engines.voices();
const voices = all.filter(({ voiceId, provider }) => provider === "flite" || JUDGED_SYSTEM_VOICES.includes(voiceId));
const pipeline = createSpeechPipeline({ engines });
afterAll(() => pipeline.close());

let recogniser: Recogniser;
beforeAll(async () => {
  const found = await Recogniser.find();
  if (!found) throw new Error(RECOGNISER_MISSING);
  recogniser = found;
});

describe("a recogniser", () => {
  it.each(voices.map(({ voiceId }) => voiceId))("understands %s", async (voiceId) => {
    const recordings = await saySentences(pipeline, voiceId);
    const score = await recogniser.heard(recordings);
    console.log(`${voiceId}: ${score} of ${SENTENCES.length} sentences understood`);
    expect(score).toBeGreaterThanOrEqual(leastHeard(voiceId));
  });

  it("finds every voice that is to be understood here", () => {
    expect(voices.map(({ voiceId }) => voiceId)).toEqual(expect.arrayContaining(JUDGED_SYSTEM_VOICES));
  });

  it("hears no sentences in noise", async () => {
    const lengths = await saySentences(pipeline, voices[0]!.voiceId);
    expect(await recogniser.heard(lengths.map(({ length }) => noise(length)))).toBeLessThanOrEqual(3);
  });

  it("hears no sentences in speech played backwards", async () => {
    const recordings = await saySentences(pipeline, voices[0]!.voiceId);
    expect(await recogniser.heard(recordings.map((samples) => samples.slice().reverse()))).toBeLessThanOrEqual(3);
  });

  it("hears the sentences in their order in one long recording", async () => {
    const text = SENTENCES.join(" ");
    const whole = await say(pipeline, text, voices[0]!.voiceId);
    const alone = await saySentences(pipeline, voices[0]!.voiceId);
    // Cut where the sentences begin, if nothing was lost or doubled: each is as long as alone, with its pause.
    const pause = (whole.length - alone.reduce((sum, { length }) => sum + length, 0)) / (SENTENCES.length - 1);
    let at = 0;
    const parts = alone.map(({ length }) => {
      const part = whole.slice(Math.max(0, at), at + length + Math.max(0, pause));
      at += length + pause;
      return part;
    });
    expect(await recogniser.heard(parts)).toBeGreaterThanOrEqual(18);
  });
});
