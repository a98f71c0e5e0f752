import OpenAI from "openai";
import { beforeAll, describe, expect, it } from "vitest";
import { contract } from "../../src/contract/index.ts";
import { OPENAI_ROUTES } from "../../src/contract/openai.ts";
import { DEFAULT_SCOPES, SCOPES } from "../../src/contract/scopes.ts";
import { setBalance } from "../../src/service/accounts.ts";
import { decode, loudness } from "../support/audio.ts";
import { jsonOf } from "../support/backends.ts";
import { fakeEspeak, SPEAKS } from "../support/fake-speech-programs.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startServer, type TestServer } from "../support/serve.ts";

let server: TestServer;
let key: string;
let openai: OpenAI;
beforeAll(async () => {
  server = await startServer();
  ({ key } = await server.key({ scopes: DEFAULT_SCOPES }));
  openai = new OpenAI({ apiKey: key, baseURL: `${server.url}/v1` });
});

const TEXT = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background.";

function post(body: unknown, headers: Record<string, string> = {}, to: TestServer = server): Promise<Response> {
  return fetch(`${to.url}/v1/audio/speech`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}
const wish = (more: object = {}) => ({ model: "tts-1", input: TEXT, voice: "nova", ...more });
const jobs = async () => (await server.client((await server.key()).key).call(contract.listJobs, { limit: 100 })).data;

describe("OpenAI's own client", () => {
  it.each([
    ["mp3", "audio/mpeg"],
    ["opus", "audio/ogg"],
    ["wav", "audio/wav"],
  ] as const)("gets speech as %s", async (response_format, contentType) => {
    const response = await openai.audio.speech.create({ ...wish(), response_format });
    expect(response.headers.get("content-type")).toBe(contentType);
    const { seconds, samples } = await decode(new Uint8Array(await response.arrayBuffer()), contentType);
    expect(seconds).toBeGreaterThan(4);
    expect(seconds).toBeLessThan(8);
    expect(loudness(samples)).toBeGreaterThan(0.02);
  });

  it("gets pcm at 24 kHz without a header: the samples of the wav", async () => {
    const pcm = Buffer.from(
      await (await openai.audio.speech.create({ ...wish(), response_format: "pcm" })).arrayBuffer(),
    );
    expect(pcm.subarray(0, 4).toString()).not.toBe("RIFF");
    const { answer } = await server.client(key).submit({
      text: TEXT,
      voice_id: "flite:en-US-Clustergen-Slt",
      output_format: "wav",
      sample_rate_hertz: 24_000,
    });
    const { job } = await server.client(key).wait(answer.job_id, { seconds: 30 });
    const wav = Buffer.from(await (await fetch(job.audio_url!)).arrayBuffer());
    expect(pcm.equals(wav.subarray(44))).toBe(true);
  });

  it("hears the first of a text before the last is made", async () => {
    const response = await openai.audio.speech.create({ ...wish({ input: TEXT.repeat(50) }), response_format: "wav" });
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    expect(value!.length).toBeGreaterThan(0);
    const jobId = response.headers.get("x-aittsm-job-id")!;
    const { data } = await server.client(key).call(contract.getSpeech, { job_id: jobId });
    expect(data.status).toBe("processing");
    let bytes = value!.length;
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value!.length;
    const { job } = await server.client(key).wait(jobId, { seconds: 50 });
    expect(job.bytes).toBe(bytes);
  });

  it("speaks faster when it is told to", async () => {
    const length = async (speed: number) =>
      (await (await openai.audio.speech.create({ ...wish({ speed }), response_format: "pcm" })).arrayBuffer())
        .byteLength;
    const ratio = (await length(1)) / (await length(2));
    expect(ratio).toBeGreaterThan(1.8);
    expect(ratio).toBeLessThan(2.2);
  });

  it("lists models and gets errors of its own classes", async () => {
    const models = [];
    for await (const { id } of openai.models.list()) models.push(id);
    expect(models).toEqual(expect.arrayContaining(["tts-1", "tts-1-hd", "gpt-4o-mini-tts"]));
    const failing = [
      [openai.audio.speech.create({ ...wish(), response_format: "flac" }), OpenAI.BadRequestError, "response_format"],
      [openai.audio.speech.create({ ...wish({ voice: "nobody" }) }), OpenAI.NotFoundError, "voice"],
      [openai.audio.speech.create({ ...wish({ instructions: "Whisper." }) }), OpenAI.BadRequestError, "instructions"],
      [openai.audio.speech.create({ ...wish({ model: "gpt-9" }) }), OpenAI.BadRequestError, "model"],
    ] as const;
    for (const [call, kind, param] of failing) {
      const error = await call.catch((caught) => caught);
      expect(error).toBeInstanceOf(kind);
      expect(error.param).toBe(param);
    }
    const stranger = new OpenAI({ apiKey: "tts_wrong", baseURL: `${server.url}/v1` });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

describe("voices by OpenAI's names", () => {
  it("are local ones, by gender, and by language where it is named", async () => {
    const response = await fetch(`${server.url}/v1/audio/voices`, { headers: { authorization: `Bearer ${key}` } });
    const { voices } = await jsonOf(response);
    const nameOf = (id: string) => voices.find((voice: { id: string }) => voice.id === id).name;
    expect(nameOf("nova")).toBe("nova: flite:en-US-Clustergen-Slt");
    expect(nameOf("onyx")).toBe("onyx: flite:en-US-Clustergen-Rms");
    expect(voices.map(({ id }: { id: string }) => id)).toContain("flite:en-GB-Clustergen-Awb");
    const british = await post(wish({ voice: "echo", language: "en-GB" }));
    const jobId = british.headers.get("x-aittsm-job-id")!;
    await british.arrayBuffer();
    const { data } = await server.client(key).call(contract.getSpeech, { job_id: jobId });
    expect(data.voice_id).toBe("flite:en-GB-Clustergen-Awb");
  });

  it("speak what the text is in, where a local voice can, else English", async () => {
    const { path } = fakeEspeak(temporaryFolder(), SPEAKS);
    const machine = await startServer({ AITTSM_SYSTEM_VOICES: "on", AITTSM_ESPEAK_PATH: path });
    const { key } = await machine.key({ scopes: DEFAULT_SCOPES });
    const voiceFor = async (input: string) => {
      const response = await post(wish({ input }), { authorization: `Bearer ${key}` }, machine);
      await response.arrayBuffer();
      const job_id = response.headers.get("x-aittsm-job-id")!;
      return (await machine.client(key).call(contract.getSpeech, { job_id })).data.voice_id;
    };
    const [german, french] = ["Die Sitzung beginnt um zehn Uhr im großen Saal.", "Où est la gare, s'il vous plaît ?"];
    expect(await voiceFor(german)).toBe("system:de-DE-Espeak-German");
    expect(await voiceFor(french)).toBe("flite:en-US-Clustergen-Slt");
    expect(await voiceFor(TEXT)).toBe("flite:en-US-Clustergen-Slt");
  });

  it("may be a voice_id of ours instead, as text or as an object", async () => {
    for (const voice of ["flite:en-US-Diphone-Kal", { id: "flite:en-US-Diphone-Kal" }]) {
      const response = await post(wish({ voice }));
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    expect((await jobs()).jobs[0]!.voice_id).toBe("flite:en-US-Diphone-Kal");
  });

  it("are refused for a language that nobody here speaks", async () => {
    const response = await post(wish({ language: "xh" }));
    expect(response.status).toBe(400);
    expect((await jsonOf(response)).error).toMatchObject({ param: "language", code: "invalid_input" });
  });
});

describe("a model by OpenAI's names", () => {
  it.each(["tts-1", "tts-1-hd", "tts-1-1106", "gpt-4o-mini-tts-2025-12-15"])("%s stands for any", async (model) => {
    const response = await post(wish({ model, input: "Hello." }));
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });

  it.each(["tts-2", "gpt-4o-mini-tts-new", "x-tts-1"])("%s is refused by name", async (model) => {
    expect((await jsonOf(await post(wish({ model })))).error).toMatchObject({ param: "model" });
  });
});

describe("a speech by OpenAI's API", () => {
  it("is a job in the library, charged once", async () => {
    const { key: poor } = await server.key({ account: "counted" });
    await setBalance(server.store, "counted", 100);
    const response = await post(wish(), { authorization: `Bearer ${poor}` });
    const jobId = response.headers.get("x-aittsm-job-id")!;
    await response.arrayBuffer();
    const client = server.client(poor);
    expect((await client.call(contract.getUsage, {})).data).toMatchObject({
      credit_balance: 100 - TEXT.length,
      jobs: 1,
    });
    expect((await client.call(contract.getJobText, { job_id: jobId })).data.text).toBe(TEXT);
    const refused = await post(wish(), { authorization: `Bearer ${poor}` });
    expect(refused.status).toBe(402);
    expect((await jsonOf(refused)).error).toMatchObject({ type: "insufficient_quota", code: "insufficient_credits" });
  });

  it("is not made again for a repeat of its Idempotency-Key", async () => {
    const before = (await jobs()).total;
    const twice = [];
    for (let i = 0; i < 2; i++) {
      const response = await post(wish({ response_format: "pcm" }), { "idempotency-key": "once" });
      expect(response.status).toBe(200);
      twice.push(Buffer.from(await response.arrayBuffer()));
    }
    expect(twice[0]!.equals(twice[1]!)).toBe(true);
    expect(twice[0]!.length).toBeGreaterThan(100_000);
    expect((await jobs()).total).toBe(before! + 1);
  });

  it("answers with the whole file when the text is too long for a stream", async () => {
    const input = TEXT.repeat(70);
    expect(input.length).toBeGreaterThan(5_000);
    const response = await post(wish({ input, response_format: "wav" }));
    expect(response.status).toBe(200);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(new DataView(bytes.buffer).getUint32(40, true)).toBe(bytes.length - 44);
    expect((await decode(bytes, "audio/wav")).seconds).toBeGreaterThan(300);
  });

  it("fails as one when nothing can be spoken, before anything is charged", async () => {
    const before = (await jobs()).total;
    const response = await post(wish({ input: "世界" }));
    expect(response.status).toBe(400);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect((await jsonOf(response)).error).toEqual({
      message: expect.stringContaining("can't speak"),
      type: "invalid_request_error",
      param: "input",
      code: "invalid_input",
    });
    expect((await jobs()).total).toBe(before);
  });

  it.each([
    ["no JSON", "{", null],
    ["an unknown field", wish({ volume: 3 }), "volume"],
    ["a missing field", { model: "tts-1", voice: "nova" }, "input"],
    ["a speed that is none", wish({ speed: 9 }), "speed"],
    ["events", wish({ stream_format: "sse" }), "stream_format"],
    ["aac", wish({ response_format: "aac" }), "response_format"],
  ])("is refused in OpenAI's words: %s", async (_, body, param) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect((await jsonOf(response)).error).toMatchObject({ type: "invalid_request_error", param });
  });
});

describe("the walls around OpenAI's API", () => {
  const call = (route: (typeof OPENAI_ROUTES)[keyof typeof OPENAI_ROUTES], authorization?: string) =>
    fetch(server.url + route.path, {
      method: route.method,
      headers: { "content-type": "application/json", ...(authorization && { authorization }) },
      ...(route.method === "POST" && { body: JSON.stringify(wish()) }),
    });

  it.each(Object.entries(OPENAI_ROUTES))("%s needs a good key with its scope", async (_, route) => {
    const revoked = await server.key();
    await server.keys.revoke(revoked.keyId);
    const before = (await jobs()).total;
    for (const authorization of [undefined, "Bearer tts_unknown", `Bearer ${revoked.key}`, `Basic ${key}`]) {
      const response = await call(route, authorization);
      expect(response.status).toBe(401);
      expect((await jsonOf(response)).error).toMatchObject({ code: "invalid_api_key", type: "invalid_request_error" });
    }
    const other = await server.key({ scopes: SCOPES.filter((scope) => scope !== route.scope) });
    const response = await call(route, `Bearer ${other.key}`);
    expect(response.status).toBe(403);
    expect((await jsonOf(response)).error).toMatchObject({
      code: "insufficient_scope",
      message: expect.stringContaining(route.scope),
    });
    expect((await jobs()).total).toBe(before);
  });

  it("keep one account's repeat of a key from another's audio", async () => {
    const { key: stranger } = await server.key({ account: "strangers" });
    const headers = { "idempotency-key": "shared" };
    const ours = await post(wish(), headers);
    const theirs = await post(wish(), { ...headers, authorization: `Bearer ${stranger}` });
    expect([ours.status, theirs.status]).toEqual([200, 200]);
    expect(theirs.headers.get("x-aittsm-job-id")).not.toBe(ours.headers.get("x-aittsm-job-id"));
    await Promise.all([ours.arrayBuffer(), theirs.arrayBuffer()]);
  });

  it("count its requests, refuse large ones, and know no other routes", async () => {
    const small = await startServer({ AITTSM_RATE_LIMIT_PER_MINUTE: "1" });
    const authorization = `Bearer ${(await small.key()).key}`;
    expect((await post("{", { authorization }, small)).headers.get("x-ratelimit-remaining")).toBe("0");
    const refused = await post("{", { authorization }, small);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await jsonOf(refused)).error).toMatchObject({ type: "rate_limit_error", code: "rate_limited" });
    await small.close();
    expect((await post(wish({ input: "x".repeat(3_000_000) }))).status).toBe(413);
    const unknown = await fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
    });
    expect(unknown.status).toBe(404);
    expect((await jsonOf(unknown)).error.message).toContain("/v1/audio/speech");
  });
});
