import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { GOOGLE_NAMES, judge, Refused } from "./fake-google-checks.ts";
import { steady } from "./tones.ts";

export const FAKE_KEY = "AIzaFakeKeyForTests_0123456789abcdefghi";
const RATE = 24_000;

export interface GoogleRequest {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
}

/** An answer in place of the right one. */
export interface Trouble {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** The connection is cut instead. */
  cut?: boolean;
  /** The answer waits until the request is gone. */
  hang?: boolean;
}

/** Cloud Text-to-Speech on this machine: as strict as the real one, and its voices hum. */
export class FakeGoogle {
  readonly requests: GoogleRequest[] = [];
  /** What the next requests are answered with; then all is well again. */
  readonly troubles: Trouble[] = [];
  /** Whose `Authorization: Bearer` is let in. */
  bearer: (token: string) => boolean = () => false;
  names = GOOGLE_NAMES;
  /** Its pace. */
  charsPerSecond = 15;
  /** How long it works on a text, for each of its characters. */
  msPerCharacter = 0;
  /** Characters. */
  longestSentence = 1_000;
  /** Texts of tokens that were given out by /sts/token. */
  readonly tokens: string[] = [];
  /** How long those live. */
  tokenSeconds = 3_600;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => this.#answer(request, Buffer.concat(chunks).toString(), response));
    });
    // It serves as long as the process has something else to do.
    this.#server.unref();
  }

  static async start(): Promise<FakeGoogle> {
    const fake = new FakeGoogle();
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Variables that set the engine up for this server. */
  get variables(): Record<string, string> {
    return { GOOGLE_API_KEY: FAKE_KEY, GOOGLE_TTS_ENDPOINT: this.endpoint };
  }

  /** The bodies of all requests for speech. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  get bodies(): any[] {
    return this.requests.filter(({ url }) => url === "/v1/text:synthesize").map(({ body }) => body);
  }

  #answer(request: IncomingMessage, text: string, response: ServerResponse): void {
    const { method = "", url = "", headers } = request;
    if (url === "/sts/token") {
      this.#giveToken(text, response);
      return;
    }
    const body = headers["content-type"] === "application/json" ? JSON.parse(text) : undefined;
    this.requests.push({ method, url, headers, body });
    const trouble = this.troubles.shift();
    if (trouble?.cut) request.socket.destroy();
    else if (trouble?.hang) return;
    else if (trouble) send(response, trouble.status ?? 500, trouble.body ?? {}, trouble.headers);
    else if (!this.#isLetIn(headers)) refuse(response, 401, "UNAUTHENTICATED", "Request had invalid credentials.");
    else if (method === "GET" && url === "/v1/voices") send(response, 200, { voices: this.names.map(listed) });
    else if (method === "POST" && url === "/v1/text:synthesize") this.#speak(body, response);
    else refuse(response, 404, "NOT_FOUND", "Not found.");
  }

  #speak(body: unknown, response: ServerResponse): void {
    try {
      const said = judge(body, this.longestSentence);
      const answer = { audioContent: wavOf(said, body, this.charsPerSecond).toString("base64") };
      setTimeout(() => send(response, 200, answer), this.msPerCharacter * said.length);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refuse(response, 400, "INVALID_ARGUMENT", error.message);
    }
  }

  #isLetIn(headers: IncomingMessage["headers"]): boolean {
    if (headers["x-goog-api-key"] !== undefined) return headers["x-goog-api-key"] === FAKE_KEY;
    const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
    return token !== undefined && this.bearer(token);
  }

  /** Security token service: RFC 8693. */
  #giveToken(form: string, response: ServerResponse): void {
    const given = new URLSearchParams(form);
    const grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    if (given.get("grant_type") !== grant || given.get("subject_token") !== "who-i-am") {
      send(response, 400, { error: "invalid_grant", error_description: "That is not who you are." });
      return;
    }
    const token = `ya29.fake-${this.tokens.length}`;
    this.tokens.push(token);
    send(response, 200, {
      access_token: token,
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      token_type: "Bearer",
      expires_in: this.tokenSeconds,
    });
  }
}

function listed(name: string) {
  const languageCodes = [/^([a-z]+-[A-Z\d]+)-/.exec(name)?.[1] ?? "en-US"];
  const ssmlGender = /Puck|[BD]$/.test(name) ? "MALE" : "FEMALE";
  return { languageCodes, name, ssmlGender, naturalSampleRateHertz: RATE };
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** The body of an error, as Google's APIs have it. */
export function googleError(code: number, status: string, message: string, reason?: string) {
  const details = reason && [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com" }];
  return { error: { code, message, status, ...(details && { details }) } };
}

const refuse = (response: ServerResponse, code: number, status: string, message: string) =>
  send(response, code, googleError(code, status, message));

/** A hum as long as the text takes to say, in a WAV file with a chunk before its sound, as some writers make it. */
// biome-ignore lint/suspicious/noExplicitAny: bodies of every shape come here
function wavOf(said: string, { audioConfig, voice }: any, charsPerSecond: number): Buffer {
  const rate = audioConfig.sampleRateHertz ?? RATE;
  const seconds = said.length / charsPerSecond / (audioConfig.speakingRate ?? 1);
  const hertz = 200 + [...JSON.stringify(voice)].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 500, 7);
  const samples = steady(rate, Math.round(seconds * rate), hertz * 2 ** ((audioConfig.pitch ?? 0) / 12), 8_000);
  const sound = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const chunk = (id: string, content: Buffer) => {
    const head = Buffer.from(`${id}\0\0\0\0`, "latin1");
    head.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, content, Buffer.alloc(content.length & 1)]);
  };
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(rate * 2, 8);
  format.writeUInt16LE(2, 12);
  format.writeUInt16LE(16, 14);
  const chunks = [Buffer.from("WAVE"), chunk("fmt ", format), chunk("LIST", Buffer.from("odd")), chunk("data", sound)];
  return chunk("RIFF", Buffer.concat(chunks));
}
