import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** A request to the fake, as it came. */
export interface SpeechCall {
  path: string;
  authorization: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: looked into by tests
  body: any;
}

/** What the fake is to answer a call to /audio/speech with, in place of speech. */
export interface Misfortune {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface FakeOpenAi {
  /** With /v1. */
  baseUrl: string;
  calls: SpeechCall[];
  /** Taken one a call, before it speaks again. */
  misfortunes: Misfortune[];
  /** Resolves when a caller of a call that hangs has left. */
  left: Promise<void>;
}

export interface FakeOptions {
  apiKey?: string;
  /** What GET /audio/voices answers; without it there is no such route, as at OpenAI. */
  voices?: unknown;
  models?: readonly string[];
  /** Its pace. */
  samplesPerCharacter?: number;
  /** The container and its samples. */
  wav?: "streamed" | "plain" | "stereo" | "float" | "pcm";
  /** Never answers a speech call. */
  hangs?: boolean;
}

const RATE = 24_000;
const OWN_VOICES = "alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split(" ");
const FIELDS = ["model", "input", "voice", "response_format", "speed", "instructions"];

const servers = new Set<Server>();
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** A speech endpoint on loopback that checks requests as OpenAI's reference has them. */
export async function startFakeOpenAi(options: FakeOptions = {}): Promise<FakeOpenAi> {
  const {
    apiKey,
    voices,
    models = ["gpt-4o-mini-tts", "tts-1", "tts-1-hd"],
    wav = "streamed",
    hangs,
    samplesPerCharacter = 1_500,
  } = options;
  const known = voices === undefined ? OWN_VOICES : namesOf(voices);
  let leave = () => {};
  const fake: FakeOpenAi = {
    baseUrl: "",
    calls: [],
    misfortunes: [],
    left: new Promise((resolve) => {
      leave = resolve;
    }),
  };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const { authorization } = request.headers;
    const path = request.url ?? "";
    fake.calls.push({ path, authorization, body });
    const answer = (status: number, value: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    const refuse = (status: number, message: string, code: string | null = null) =>
      answer(status, { error: { message, type: "invalid_request_error", param: null, code } });

    if (apiKey !== undefined && authorization !== `Bearer ${apiKey}`) {
      return refuse(401, `Incorrect API key provided: ${authorization}.`, "invalid_api_key");
    }
    if (request.method === "GET" && path === "/v1/models") {
      return answer(200, { object: "list", data: models.map((id) => ({ id, object: "model" })) });
    }
    if (request.method === "GET" && path === "/v1/audio/voices" && voices !== undefined) return answer(200, voices);
    if (request.method !== "POST" || path !== "/v1/audio/speech") return refuse(404, `Invalid URL (${path})`);

    const misfortune = fake.misfortunes.shift();
    if (misfortune) {
      const headers = { "content-type": "application/json", ...misfortune.headers };
      return response.writeHead(misfortune.status, headers).end(misfortune.body ?? "");
    }
    const wrong = faultOf(body, { known, models });
    if (wrong) return refuse(400, wrong);
    if (hangs) return void request.socket.once("close", leave);
    response
      .writeHead(200, { "content-type": wav === "pcm" ? "audio/pcm" : "audio/wav" })
      .end(sound(body, wav, samplesPerCharacter));
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  fake.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return fake;
}

const namesOf = (voices: unknown) =>
  [voices, (voices as { voices?: unknown }).voices]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map((voice) => (typeof voice === "string" ? voice : voice.id));

// biome-ignore lint/suspicious/noExplicitAny: whatever was sent
async function bodyOf(request: IncomingMessage): Promise<any> {
  let text = "";
  for await (const part of request) text += part;
  return text === "" ? undefined : JSON.parse(text);
}

// biome-ignore lint/suspicious/noExplicitAny: whatever was sent
function faultOf(body: any, { known, models }: { known: readonly string[]; models: readonly string[] }) {
  // Half a character has no place in UTF-8, so most servers can't read it.
  if (Object.values(body ?? {}).some((value) => /\p{Cs}/u.test(String(value)))) {
    return "We could not parse the JSON body of your request.";
  }
  const unknown = Object.keys(body ?? {}).find((field) => !FIELDS.includes(field));
  if (unknown) return `Unknown parameter: '${unknown}'.`;
  if (!models.includes(body.model)) return `The model '${body.model}' does not exist.`;
  if (!known.includes(body.voice)) return `Invalid value for voice: '${body.voice}'.`;
  if (typeof body.input !== "string" || body.input === "") return "input: expected a string of at least 1 character.";
  if ([...body.input].length > 4096) return "input: string should have at most 4096 characters.";
  if (body.response_format !== "wav") return "response_format: this test expects wav.";
  if ("speed" in body && !(body.speed >= 0.25 && body.speed <= 4)) return "speed: should be between 0.25 and 4.";
  if ("instructions" in body && /^tts-1/.test(body.model)) return "instructions are not supported by this model.";
  return undefined;
}

/** A tone as long as the text is, at the speed. */
function sound(
  { input, speed = 1 }: { input: string; speed?: number },
  kind: FakeOptions["wav"],
  samplesPerCharacter: number,
): Buffer {
  const frames = Math.round((input.length * samplesPerCharacter) / speed);
  const channels = kind === "stereo" ? 2 : 1;
  const bytes = kind === "float" ? 4 : 2;
  const data = Buffer.alloc(frames * channels * bytes);
  for (let i = 0; i < frames * channels; i++) {
    const value = 0.3 * Math.sin(Math.floor(i / channels) / 10);
    if (kind === "float") data.writeFloatLE(value, i * 4);
    else data.writeInt16LE(Math.round(value * 32_767), i * 2);
  }
  if (kind === "pcm") return data;
  const header = Buffer.alloc(44);
  // OpenAI streams its WAV: sizes are not known when the header leaves.
  const size = kind === "streamed" ? 0xffffffff : data.length;
  header.write("RIFF", 0);
  header.writeUInt32LE(kind === "streamed" ? size : size + 36, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(kind === "float" ? 3 : 1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * channels * bytes, 28);
  header.writeUInt16LE(channels * bytes, 32);
  header.writeUInt16LE(bytes * 8, 34);
  header.write("data", 36);
  header.writeUInt32LE(size, 40);
  return Buffer.concat([header, data]);
}
