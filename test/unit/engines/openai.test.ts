import { describe, expect, it } from "vitest";
import type { SynthesisRequest } from "../../../src/engines/engine.ts";
import { OpenAiEngine, OpenAiSpeaker } from "../../../src/engines/openai/index.ts";
import { emptyContext } from "../../support/engines.ts";
import { type FakeOptions, startFakeOpenAi } from "../../support/fake-openai.ts";

const KEY = "sk-secret-key";
const NOVA = "openai:en-US-Openai-Nova";
const live = new AbortController().signal;

const engineWith = (variables: Record<string, string>) => new OpenAiEngine(emptyContext({ variables }));

async function start(options: FakeOptions = {}, variables: Record<string, string> = {}) {
  const fake = await startFakeOpenAi({ apiKey: KEY, ...options });
  const engine = engineWith({ OPENAI_BASE_URL: fake.baseUrl, OPENAI_API_KEY: KEY, ...variables });
  const speak = async (request: Partial<SynthesisRequest> = {}, signal = live) => {
    const speaker = new OpenAiSpeaker(structuredClone(await engine.workerData()));
    const whole = { voiceId: NOVA, text: "Hello there.", speed: 1, span: { start: 0, end: 12 }, ...request };
    const chunks = [];
    for await (const chunk of speaker.synthesize(whole, signal)) chunks.push(chunk);
    return chunks;
  };
  const said = () => fake.calls.filter(({ path }) => path === "/v1/audio/speech").map(({ body }) => body);
  return { fake, engine, speak, said };
}

const ids = async (engine: OpenAiEngine) => (await engine.voices()).map(({ voiceId }) => voiceId);

describe("the settings of the openai engine", () => {
  it("are missing by default: no voices, and a status that names both ways", async () => {
    const engine = engineWith({});
    expect(await engine.voices()).toEqual([]);
    expect(engine.local).toBe(false);
    expect(await engine.status()).toMatchObject({ available: false, hint: expect.stringContaining("OPENAI_API_KEY") });
    await expect(engine.workerData()).rejects.toMatchObject({ code: "PROVIDER_DISABLED" });
  });

  it("with a key alone mean OpenAI, whose voices are known without asking", async () => {
    const engine = engineWith({ OPENAI_API_KEY: KEY });
    expect(engine.local).toBe(false);
    expect(await ids(engine)).toContain("openai:en-US-Openai-Alloy");
    expect((await engine.voices())[0]!.availableModels).toEqual(["gpt-4o-mini-tts", "tts-1", "tts-1-hd"]);
  });

  it.each([
    ["http://127.0.0.1:8880/v1", true],
    ["http://localhost:8880/v1/", true],
    ["http://[::1]:8880/v1", true],
    ["https://speech.example.com/v1", false],
  ])("take %s, which is %s to be this machine", (OPENAI_BASE_URL, local) => {
    expect(engineWith({ OPENAI_BASE_URL }).local).toBe(local);
  });

  it.each([
    "http://192.168.1.5:8880/v1",
    "http://example.com/v1",
    "ftp://localhost/v1",
    "localhost:8880",
    "https://h/v1?x=1",
  ])("refuse the address %s and say what would do", async (OPENAI_BASE_URL) => {
    expect(await engineWith({ OPENAI_BASE_URL }).status()).toMatchObject({
      available: false,
      whyUnavailable: expect.stringContaining(OPENAI_BASE_URL),
      hint: expect.stringContaining("https"),
    });
  });

  it("quote neither a key nor a password", async () => {
    const texts = await Promise.all([
      engineWith({ OPENAI_API_KEY: `${KEY} ü` }).status(),
      engineWith({ OPENAI_BASE_URL: "https://me:hunter2@example.com/v1" }).status(),
    ]);
    expect(JSON.stringify(texts)).not.toMatch(/secret|hunter2/);
    expect(texts.map(({ available }) => available)).toEqual([false, false]);
  });

  it("name voices with language and gender, and models", async () => {
    const { engine, speak, said } = await start(
      { models: ["mine"] },
      { AITTSM_OPENAI_VOICES: "alloy, nova:de-DE:female,echo:fr", AITTSM_OPENAI_MODELS: "mine" },
    );
    const voices = (await engine.voices()).map(({ voiceId, gender }) => [voiceId, gender]);
    expect(voices).toEqual([
      ["openai:en-US-Openai-Alloy", "neutral"],
      ["openai:de-DE-Openai-Nova", "female"],
      ["openai:fr-Openai-Echo", "male"],
    ]);
    await speak({ voiceId: "openai:de-DE-Openai-Nova" });
    expect(said()).toEqual([{ model: "mine", input: "Hello there.", voice: "nova", response_format: "wav" }]);
  });

  it.each(["nova:en-US:woman", ":en", "nova:not a tag", "a:b:male:x"])("refuse the voice list %s", async (list) => {
    const engine = engineWith({ OPENAI_API_KEY: KEY, AITTSM_OPENAI_VOICES: list });
    expect(await engine.status()).toMatchObject({ whyUnavailable: expect.stringContaining("AITTSM_OPENAI_VOICES") });
  });
});

describe("a server's voices", () => {
  it.each([
    [{ voices: ["af_bella", "bm_george"] }],
    [["af_bella", "bm_george"]],
    [{ voices: [{ id: "af_bella" }, { id: "bm_george", name: "George", language: "en_GB", gender: "male" }] }],
  ])("are its own list: %j", async (voices) => {
    const { engine } = await start({ voices, models: ["kokoro", "embedding-small"] });
    expect((await engine.voices()).map(({ voiceId, gender, rank }) => [voiceId, gender, rank > 50])).toEqual([
      ["openai:en-US-Openai-AfBella", "female", true],
      ["openai:en-GB-Openai-BmGeorge", "male", true],
    ]);
    expect((await engine.voices())[0]!.availableModels).toEqual(["kokoro"]);
  });

  it("take the text of OpenAI's limit at once", async () => {
    const { engine } = await start();
    const { maxPromptBytes = 0, engine: own } = engine.capabilities((await ids(engine))[0]!);
    expect(own.maxRequestBytes).toBe(4_096);
    expect(maxPromptBytes).toBeLessThan(4_096);
  });

  it("are asked for once in a while, not at every look", async () => {
    const { engine, fake } = await start({ voices: ["one"] });
    await engine.voices();
    await engine.voices();
    expect(fake.calls.map(({ path }) => path).sort()).toEqual(["/v1/audio/voices", "/v1/models"]);
  });

  it("are an error when the server is not there", async () => {
    const engine = engineWith({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
    await expect(engine.voices()).rejects.toMatchObject({
      code: "NETWORK_ERROR",
      hint: expect.stringContaining("OPENAI_BASE_URL"),
    });
  });
});

describe("a request for speech", () => {
  it("sends speed, prompt and model only where they are asked for", async () => {
    const { speak, said } = await start();
    await speak();
    await speak({ speed: 1.5, prompt: "Whisper." });
    await speak({ model: "tts-1-hd" });
    const base = { model: "gpt-4o-mini-tts", input: "Hello there.", voice: "nova", response_format: "wav" };
    expect(said()).toEqual([base, { ...base, speed: 1.5, instructions: "Whisper." }, { ...base, model: "tts-1-hd" }]);
  });

  it("survives what JSON can't carry, in text and prompt", async () => {
    const { speak, said } = await start();
    await speak({ text: "a\u0000b\ud800c", prompt: "x\udc00" });
    expect(said()[0]).toMatchObject({ input: "a b\ufffdc", instructions: "x\ufffd" });
    expect(await speak({ text: "\u0000\u0001" })).toEqual([]);
    expect(said()).toHaveLength(1);
  });

  it("refuses a prompt for a model that would drop it", async () => {
    const { speak, said } = await start();
    await expect(speak({ prompt: "Whisper.", model: "tts-1" })).rejects.toMatchObject({ code: "PROMPT_NOT_SUPPORTED" });
    expect(said()).toEqual([]);
  });

  it("sends the key to the server that was set, and nothing along a redirect", async () => {
    const { fake, speak } = await start();
    const elsewhere = await startFakeOpenAi();
    const location = `${elsewhere.baseUrl}/audio/speech`;
    fake.misfortunes.push(...Array.from({ length: 4 }, () => ({ status: 307, headers: { location } })));
    await expect(speak()).rejects.toMatchObject({ code: "NETWORK_ERROR" });
    expect(elsewhere.calls).toEqual([]);
    expect(fake.calls[0]!.authorization).toBe(`Bearer ${KEY}`);
  });

  it("is ended when the job is aborted", async () => {
    const { fake, speak } = await start({ hangs: true });
    const controller = new AbortController();
    const reason = new Error("no more");
    setTimeout(() => controller.abort(reason), 200);
    await expect(speak({}, controller.signal)).rejects.toBe(reason);
    await fake.left;
  });
});

describe("the answer", () => {
  it.each(["streamed", "plain", "stereo", "float", "pcm"] as const)("is read as it comes: %s", async (wav) => {
    const { speak } = await start({ wav });
    const [chunk] = await speak();
    expect(chunk!.sampleRateHertz).toBe(24_000);
    expect(chunk!.samples.length).toBe("Hello there.".length * 1_500);
    expect(chunk!.samples[50]).toBe(Math.round(Math.round(0.3 * Math.sin(5) * 32_767)));
  });

  it("that is no sound is an error of the provider", async () => {
    const { fake, speak } = await start();
    fake.misfortunes.push({ status: 200, headers: { "content-type": "audio/mpeg" }, body: "ID3" });
    await expect(speak()).rejects.toMatchObject({
      code: "PROVIDER_ERROR",
      message: expect.stringContaining("audio/mpeg"),
    });
  });
});

describe("an error of the server", () => {
  const error = (message: string, code?: string) => JSON.stringify({ error: { message, code } });

  it("passes when it was busy for a moment", async () => {
    const { fake, speak, said } = await start();
    fake.misfortunes.push({ status: 429, headers: { "retry-after": "1" }, body: error("slow down") });
    fake.misfortunes.push({ status: 503, body: "<html>bad gateway</html>" });
    const started = performance.now();
    expect((await speak()).length).toBe(1);
    expect(performance.now() - started).toBeGreaterThan(950);
    expect(said().length).toBe(3);
  });

  it("that asks for a long pause is handed up with it", async () => {
    const { fake, speak, said } = await start();
    fake.misfortunes.push({ status: 429, headers: { "retry-after": "3600" }, body: error("come back later") });
    await expect(speak()).rejects.toMatchObject({
      code: "RATE_LIMITED",
      retryAfterMs: 3_600_000,
      details: { provider_message: "come back later" },
    });
    expect(said().length).toBe(1);
  });

  it.each([
    [400, error("voice: not one of ours"), "INVALID_INPUT", "voice: not one of ours"],
    [422, JSON.stringify({ detail: "no such model" }), "INVALID_INPUT", "no such model"],
    [401, error(`Incorrect API key provided: ${KEY}.`), "PROVIDER_DISABLED", "Incorrect API key provided: …."],
    [403, error("Your project may not use this model"), "PROVIDER_DISABLED", "Your project may not use this model"],
    [404, error("The model 'tts-9' does not exist"), "NOT_FOUND", "The model 'tts-9' does not exist"],
    [413, error("Too large"), "INVALID_INPUT", "Too large"],
    [429, error("You exceeded your quota", "insufficient_quota"), "PROVIDER_DISABLED", "You exceeded your quota"],
  ])("%i is told in its own words, without a second try: %s", async (status, body, code, sentence) => {
    const { fake, speak, said } = await start();
    fake.misfortunes.push({ status, body });
    const thrown = await speak().catch((caught) => caught);
    const details = { provider: "openai", provider_status: status, provider_message: sentence };
    expect(thrown).toMatchObject({ code, details, hint: expect.stringMatching(/./) });
    expect(JSON.stringify({ ...thrown, message: thrown.message })).not.toContain(KEY);
    expect(said().length).toBe(1);
  });

  it("that does not pass is given up after four tries", async () => {
    const { fake, speak, said } = await start();
    fake.misfortunes.push(...Array.from({ length: 4 }, () => ({ status: 500, body: error("boom") })));
    await expect(speak()).rejects.toMatchObject({ code: "PROVIDER_ERROR", details: { provider_message: "boom" } });
    expect(said().length).toBe(4);
  });
});
