import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { judge, POLLY_VOICES, Refused } from "./fake-polly-checks.ts";
import { faultOfSignature, type Signer } from "./sigv4.ts";
import { steady } from "./tones.ts";

export const FAKE_ACCESS_KEY = "AKIAFAKEKEYFORTESTS1";
export const FAKE_SECRET = "fake/Secret+Key0123456789abcdefghijklmnop";
const REGION = "eu-test-1";
const PAGE_SIZE = 4;

export interface PollyRequest {
  method: string;
  url: URL;
  body: Record<string, string>;
}

/** An answer in place of the right one. */
export interface Trouble {
  status?: number;
  /** AWS's name of the error, and its sentence. */
  type?: string;
  message?: string;
  /** The connection is cut instead: before the answer, or within the sound. */
  cut?: "before" | "within";
  /** The answer, or the rest of the sound, waits until the request is gone. */
  hang?: "before" | "within";
}

/** Amazon Polly on this machine: as strict as the real one, and its voices hum. */
export class FakePolly {
  /** Those whose signature was right. */
  readonly requests: PollyRequest[] = [];
  /** What the next requests are answered with; then all is well again. */
  readonly troubles: Trouble[] = [];
  signer: Signer = { accessKeyId: FAKE_ACCESS_KEY, secretAccessKey: FAKE_SECRET };
  readonly region = REGION;
  voices = POLLY_VOICES;
  /** Its pace. */
  charsPerSecond = 15;
  /** How long it works on a text, for each of its characters. */
  msPerCharacter = 0;
  /** Connections that ended before their answer did. */
  left = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => this.#answer(request, Buffer.concat(chunks), response));
      response.on("close", () => {
        if (!response.writableFinished) this.left++;
      });
    });
    // It serves as long as the process has something else to do.
    this.#server.unref();
  }

  static async start(): Promise<FakePolly> {
    const fake = new FakePolly();
    await new Promise<void>((resolve) => fake.#server.listen(0, "127.0.0.1", resolve));
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Variables that set the engine up for this server. */
  get variables(): Record<string, string> {
    return {
      AWS_ACCESS_KEY_ID: FAKE_ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: FAKE_SECRET,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL_POLLY: this.endpoint,
    };
  }

  /** The bodies of all requests for speech. */
  get spoken(): Record<string, string>[] {
    return this.requests.filter(({ method }) => method === "POST").map(({ body }) => body);
  }

  /** Forgets what was asked. */
  reset(): void {
    this.requests.length = 0;
    this.troubles.length = 0;
    this.left = 0;
  }

  #answer(request: IncomingMessage, bytes: Buffer, response: ServerResponse): void {
    try {
      const asked = this.#admit(request, bytes);
      this.requests.push(asked);
      const trouble = this.troubles.shift() ?? {};
      if (trouble.hang === "before") return;
      if (trouble.cut === "before") {
        request.socket.destroy();
        return;
      }
      if (trouble.status) {
        throw new Refused(trouble.type ?? "ServiceFailureException", trouble.message ?? "", trouble.status);
      }
      const { method, url, body } = asked;
      if (method === "GET" && url.pathname === "/v1/voices") this.#list(url, response);
      else if (method === "POST" && url.pathname === "/v1/speech") {
        if (request.headers["content-type"] !== "application/json") {
          throw new Refused("UnsupportedMediaTypeException", "", 415);
        }
        const heard = judge(body);
        const speak = () => this.#speak(heard, body.SampleRate ?? "16000", trouble, response);
        setTimeout(speak, this.msPerCharacter * heard.length);
      } else throw new Refused("UnknownOperationException", "", 404);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      response.writeHead(error.status, { "content-type": "application/json", "x-amzn-errortype": error.type });
      response.end(JSON.stringify({ message: error.message }));
    }
  }

  /** Throws Refused when the signature is not right. */
  #admit({ method = "", url = "", headers }: IncomingMessage, body: Buffer): PollyRequest {
    const place = { region: this.region, service: "polly" };
    const fault = faultOfSignature({ method, url, headers, body }, this.signer, place);
    if (fault) throw new Refused(...fault, 403);
    return { method, url: new URL(url, this.endpoint), body: body.length > 0 ? JSON.parse(String(body)) : {} };
  }

  #speak(heard: string, sampleRate: string, { cut, hang }: Trouble, response: ServerResponse): void {
    const rate = Number(sampleRate);
    const sound = steady(rate, Math.ceil(([...heard].length * rate) / this.charsPerSecond));
    const bytes = Buffer.from(sound.buffer);
    response.writeHead(200, { "content-type": "audio/pcm", "x-amzn-requestcharacters": String(heard.length) });
    // In pieces that end within a sample.
    const third = Math.floor(bytes.length / 3) | 1;
    response.write(bytes.subarray(0, third), () => {
      if (cut === "within") response.destroy();
      else if (hang !== "within") response.end(bytes.subarray(third));
    });
  }

  #list({ searchParams }: URL, response: ServerResponse): void {
    const known = ["Engine", "IncludeAdditionalLanguageCodes", "LanguageCode", "NextToken"];
    if ([...searchParams.keys()].some((name) => !known.includes(name))) throw new Refused("ValidationException", "");
    const token = searchParams.get("NextToken");
    const start = token === null ? 0 : Number(/^page\/\+(\d+)=$/.exec(token)?.[1]);
    if (Number.isNaN(start)) throw new Refused("InvalidNextTokenException", "The NextToken is invalid.");
    const next = start + PAGE_SIZE;
    // Signs that have to be escaped in a URL, as in the real one.
    const more = next < this.voices.length ? { NextToken: `page/+${next}=` } : {};
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ Voices: this.voices.slice(start, next), ...more }));
  }
}
