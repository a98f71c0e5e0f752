import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import { eventually } from "./eventually.ts";

/** A webhook as it came over the wire. */
export interface Received {
  event: string | undefined;
  deliveryId: string | undefined;
  signature: string;
  raw: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
  at: number;
}

type Answer = (received: Received, response: ServerResponse, request: IncomingMessage) => void;

const open = new Set<Server>();
afterAll(() => {
  for (const server of open) {
    server.close();
    server.closeAllConnections();
  }
});

/** A receiver of webhooks on this machine; what it answers is the test's to say. */
export class Receiver {
  readonly received: Received[] = [];
  answer: Answer = (_, response) => void response.writeHead(204).end();
  /** Requests that were at work at the same time, at most. */
  mostAtOnce = 0;
  #atWork = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#atWork += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#atWork);
      response.once("close", () => (this.#atWork -= 1));
      const chunks: Buffer[] = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        const raw = Buffer.concat(chunks);
        const received: Received = {
          event: request.headers["x-tts-event"] as string | undefined,
          deliveryId: request.headers["x-tts-delivery-id"] as string | undefined,
          signature: String(request.headers["x-tts-signature"]),
          raw,
          body: JSON.parse(raw.toString()),
          at: Date.now(),
        };
        this.received.push(received);
        this.answer(received, response, request);
      });
    });
    open.add(this.#server);
  }

  static async start(port = 0): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(port, "127.0.0.1", resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `host:port`, as AITTSM_WEBHOOK_ALLOWED_HOSTS takes it. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `http://${this.host}/hook?from=test`;
  }

  /** The first so many webhooks, when they are there. */
  async get(count: number): Promise<Received[]> {
    await eventually(`${count} webhooks`, () => this.received.length >= count);
    return this.received.slice(0, count);
  }
}

/**
 * Checks a signature as a receiver's programmer would who has read nothing but its description: `t=<unix s>,v1=<hex>`,
 * HMAC-SHA256 over `t`, a dot and the raw body. Shares no code with what signs.
 */
export function isSigned({ signature, raw }: Received, secret: string, toleranceSeconds = 300): boolean {
  const parts = signature.split(",").map((part) => part.split("=") as [string, string]);
  const t = parts.find(([name]) => name === "t")?.[1] ?? "";
  const v1 = parts.find(([name]) => name === "v1")?.[1] ?? "";
  if (!/^\d+$/.test(t) || Math.abs(Date.now() / 1000 - Number(t)) > toleranceSeconds) return false;
  const hmac = createHmac("sha256", Buffer.from(secret, "utf8"));
  hmac.update(Buffer.concat([Buffer.from(`${t}.`), raw]));
  const expected = Buffer.from(hmac.digest("hex"));
  const given = Buffer.from(v1);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
