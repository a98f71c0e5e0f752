import type { Readable, Writable } from "node:stream";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { type Line, LineReader } from "./line-reader.ts";

/** A text of 500,000 bytes with every character escaped as \uXXXX, and room for the rest of the request. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

export interface StdioOptions {
  stdin: Readable;
  stdout: Writable;
  /** How long after the end of stdin calls may still be answered, in milliseconds. */
  graceMs: number;
  /** Called when stdin ends while calls are unanswered, half the grace before they are given up. */
  onHurry?: () => void;
  log?: (message: string) => void;
}

type Id = string | number;
type Loose = Record<string, unknown>;

/**
 * JSON-RPC lines over stdin and stdout. The SDK's own transport drops what is in flight when stdin ends, dies of a long
 * line and is silent about bad ones; a client that pipes its requests in, and one that sends garbage, get answers here.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  readonly #options: StdioOptions;
  readonly #reader = new LineReader(MAX_LINE_BYTES);
  /** Requests that were read and not answered yet. */
  readonly #open = new Set<Id>();
  /** Lines that are handed to stdout and not out yet. */
  #writing = 0;
  #closed = false;
  #ending = false;
  #settled?: () => void;

  constructor(options: StdioOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { stdin, stdout } = this.#options;
    stdin.on("data", this.#onData);
    stdin.once("end", this.#onEnd);
    stdin.once("close", this.#onEnd);
    stdin.once("error", this.#onEnd);
    // EPIPE: the client is gone, and with it everybody who could read an answer.
    stdout.on("error", this.#onGone);
    if (stdin.readableEnded || stdin.destroyed) setImmediate(this.#onEnd);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#closed) return;
    const written = this.#write(message);
    if ("id" in message && message.id !== undefined && !("method" in message)) this.#settle(message.id);
    await written;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { stdin } = this.#options;
    stdin.off("data", this.#onData);
    stdin.off("end", this.#onEnd);
    stdin.off("close", this.#onEnd);
    stdin.off("error", this.#onEnd);
    stdin.pause();
    // The error listener of stdout stays: a late EPIPE must not become an uncaught exception.
    this.onclose?.();
  }

  readonly #onData = (chunk: Buffer | string): void => {
    for (const line of this.#reader.push(Buffer.from(chunk))) this.#read(line);
  };

  readonly #onGone = (): void => void this.close();

  readonly #onEnd = async (): Promise<void> => {
    if (this.#closed || this.#ending) return;
    this.#ending = true;
    const last = this.#reader.end();
    if (last) this.#read(last);
    const { graceMs, onHurry } = this.#options;
    if (this.#open.size + this.#writing > 0) {
      const hurry = setTimeout(() => onHurry?.(), graceMs / 2);
      const late = setTimeout(() => this.#settled?.(), graceMs);
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
      clearTimeout(hurry);
      clearTimeout(late);
    }
    await this.close();
  };

  #settle(id: Id): void {
    this.#open.delete(id);
    this.#wake();
  }

  #wake(): void {
    if (this.#open.size + this.#writing === 0) this.#settled?.();
  }

  #read(line: Line): void {
    if ("unreadable" in line) this.#refuse(PARSE_ERROR, `Parse error: the line is ${line.unreadable}`);
    else if (line.text.trim() !== "") this.#parse(line.text);
  }

  #parse(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      this.#refuse(PARSE_ERROR, "Parse error: the line is not JSON");
      return;
    }
    const wrong = problemOf(message);
    if (wrong) {
      this.#refuse(INVALID_REQUEST, `Invalid request: ${wrong}`, idOf(message));
      return;
    }
    const valid = message as JSONRPCMessage;
    if ("method" in valid && "id" in valid) {
      // A subscription stays open by nature: it is nothing to wait for.
      if (valid.method !== "subscriptions/listen") this.#open.add(valid.id);
    } else if ("method" in valid && valid.method === "notifications/cancelled") {
      // A cancelled request gets no answer.
      this.#settle((valid.params as Loose | undefined)?.requestId as Id);
    }
    this.onmessage?.(valid);
  }

  #refuse(code: number, message: string, id: Id | null = null): void {
    this.#options.log?.(message);
    // JSON-RPC 2.0 §5: the id is null when it could not be read. The SDK's type has no null.
    const answer = { jsonrpc: "2.0", id, error: { code, message } } as unknown as JSONRPCMessage;
    this.#write(answer).catch(() => {});
  }

  #write(message: JSONRPCMessage): Promise<void> {
    const { stdout } = this.#options;
    if (!stdout.writable) return Promise.resolve();
    this.#writing++;
    return new Promise((resolve) => {
      // The callback comes when the line has left this process, so an ending one loses nothing.
      stdout.write(`${JSON.stringify(message)}\n`, () => {
        this.#writing--;
        this.#wake();
        resolve();
      });
    });
  }
}

/** What keeps a value from being a JSON-RPC 2.0 message; undefined when nothing does. */
function problemOf(message: unknown): string | undefined {
  if (Array.isArray(message)) return "batches are not part of this protocol";
  if (typeof message !== "object" || message === null) return "a message is an object";
  const { jsonrpc, id, method, params, result, error } = message as Loose;
  if (jsonrpc !== "2.0") return 'jsonrpc must be "2.0"';
  if (id !== undefined && typeof id !== "string" && !Number.isInteger(id)) return "id must be a string or an integer";
  if (params !== undefined && (typeof params !== "object" || params === null || Array.isArray(params))) {
    return "params must be an object";
  }
  if (method === undefined && (result !== undefined || error !== undefined)) return undefined;
  return typeof method === "string" ? undefined : "method must be a string";
}

function idOf(message: unknown): Id | null {
  const id = typeof message === "object" && message !== null ? (message as Loose).id : undefined;
  return typeof id === "string" || Number.isInteger(id) ? (id as Id) : null;
}
