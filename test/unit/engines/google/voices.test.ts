import { describe, expect, it } from "vitest";
import { GEMINI_MODELS } from "../../../../src/engines/google/gemini.ts";
import { GOOGLE_TIERS, googleCapabilities, googleVoice, voiceIdOf } from "../../../../src/engines/google/voices.ts";

describe("ids of Google's voices", () => {
  it.each([
    ["en-US-Chirp3-HD-Aoede", "google:en-US-Chirp3HD-Aoede"],
    ["en-US-Chirp-HD-D", "google:en-US-ChirpHD-D"],
    ["en-US-Wavenet-A", "google:en-US-Wavenet-A"],
    ["en-US-Casual-K", "google:en-US-Casual-K"],
    ["es-ES-Polyglot-1", "google:es-ES-Polyglot-1"],
    ["cmn-CN-Standard-A", "google:cmn-CN-Standard-A"],
    ["yue-HK-Standard-B", "google:yue-HK-Standard-B"],
    ["es-419-Neural2-C", "google:es-419-Neural2-C"],
  ])("%s is %s, both ways", (googleName, voiceId) => {
    expect(voiceIdOf(googleName)).toBe(voiceId);
    expect(googleVoice(voiceId).googleName).toBe(googleName);
  });

  it("call Gemini's voices by their bare name, in every language of theirs", () => {
    expect(googleVoice("google:en-US-Gemini-Kore")).toMatchObject({
      googleName: "Kore",
      gemini: true,
      language: "en-US",
    });
    expect(googleVoice("google:sv-SE-Gemini-Puck")).toMatchObject({ googleName: "Puck", modelType: "ultra" });
  });

  it("leave out kinds that no family names, and the voice that is several", () => {
    for (const name of [
      "en-US-Journey-F",
      "Achernar",
      "en-US-Studio-Multispeaker",
      "en-US-Chirp4-HD-X",
      "",
      "constructor",
    ]) {
      expect(voiceIdOf(name), name).toBeUndefined();
    }
  });

  it("are refused when no voice can have them", () => {
    const wrong = [
      "en-US-Nothing-A",
      "en-US-constructor-A",
      "en-US-Gemini-Bob",
      "xx-YY-Gemini-Kore",
      "english-Wavenet-A",
      "en-US-Wavenet-",
    ];
    for (const rest of [...wrong, "en-US-Wavenet-A/../../x"]) {
      expect(() => googleVoice(`google:${rest}`), rest).toThrow(expect.objectContaining({ code: "VOICE_NOT_FOUND" }));
    }
  });
});

describe("what Google's families can do", () => {
  const table = (family: string) => {
    const { ssml, markup, speed, prompt, multiSpeaker, engine } = googleCapabilities(`google:en-US-${family}`);
    const pitch = engine.pitchSemitones !== null;
    return { ssml, markup, speed: speed?.max ?? null, prompt, multiSpeaker, pitch, native: engine.ssml };
  };
  const text = {
    ssml: false,
    markup: false,
    speed: null,
    prompt: false,
    multiSpeaker: false,
    pitch: false,
    native: false,
  };

  it.each(["Standard-A", "Wavenet-A", "Neural2-A", "News-A", "Polyglot-1"])(
    "%s takes whole SSML, pace and pitch",
    (voice) => {
      expect(table(voice)).toEqual({ ...text, ssml: true, speed: 2, pitch: true, native: true });
    },
  );

  it("Studio takes pace, and SSML that is taken apart here", () => {
    expect(table("Studio-O")).toEqual({ ...text, ssml: true, speed: 2 });
  });

  it("Chirp 3: HD takes markup and pace, and SSML that is taken apart here", () => {
    expect(table("Chirp3HD-Aoede")).toEqual({ ...text, ssml: true, markup: true, speed: 2 });
  });

  it.each(["ChirpHD-D", "Casual-K"])("%s takes text only", (voice) => expect(table(voice)).toEqual(text));

  it("Gemini takes a prompt, a model and dialogues, and no pace", () => {
    expect(table("Gemini-Kore")).toEqual({ ...text, ssml: true, prompt: true, multiSpeaker: true });
    const { maxPromptBytes, engine } = googleCapabilities("google:en-US-Gemini-Kore");
    expect([maxPromptBytes, engine.maxRequestBytes, engine.dialogue]).toEqual([4_000, 8_000, true]);
    expect(GEMINI_MODELS[0]).toBe("gemini-2.5-flash-tts");
  });

  it("is summed up in tiers as published", () => {
    const [premium, ultra] = GOOGLE_TIERS;
    expect(premium).toMatchObject({
      families: ["Casual", "ChirpHD", "Chirp3HD", "Neural2", "News", "Polyglot", "Standard", "Studio", "Wavenet"],
      ...{ textBytes: 500_000, streamBytes: 5_000, ssml: "by family", markup: "by family", speed: "by family" },
      ...{ multiSpeaker: false, model: false, prompt: false, bitrate: true },
    });
    expect(ultra).toMatchObject({
      ...{ families: ["Gemini"], textBytes: "by model", streamBytes: "by model", promptBytes: 4_000, ssml: true },
      ...{ markup: false, speed: null, multiSpeaker: "by model", model: true, prompt: true, bitrate: true },
    });
  });
});
