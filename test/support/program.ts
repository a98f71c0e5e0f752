import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, expect } from "vitest";
import { DATABASE_FILE } from "../../src/store/files.ts";
import { SAME_VOICES } from "./engines.ts";
import { PATIENCE_MS } from "./eventually.ts";

export { eventually } from "./eventually.ts";

/** The built program, as users start it. `npm test` builds it first. */
export const BIN = path.resolve(import.meta.dirname, "../../bin/aittsm.js");
if (!existsSync(path.join(import.meta.dirname, "../../dist/main.js"))) {
  throw new Error("dist/ is missing: these tests run the built program; build it with `npm run build`");
}

type Env = Record<string, string>;

/** Folders of one server: each test takes fresh ones, below a folder of its file. */
export interface Home {
  dataDir: string;
  outputDir: string;
  databaseFile: string;
  audioDir: string;
}

export function newHome(root: string): Home {
  const folder = mkdtempSync(path.join(root, "home-"));
  const dataDir = path.join(folder, "data");
  const outputDir = path.join(folder, "out put"); // as on a desktop, with a space
  mkdirSync(outputDir);
  return { dataDir, outputDir, databaseFile: path.join(dataDir, DATABASE_FILE), audioDir: path.join(dataDir, "audio") };
}

/** The environment of a user who has set nothing but the folders: settings and voices of the person who runs the tests stay out. */
export function environment({ dataDir, outputDir }: Pick<Home, "dataDir" | "outputDir">, extra: Env = {}): Env {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PATH|TMPDIR|TEMP|TMP|LANG|LC_ALL|SystemRoot|COMSPEC|PATHEXT)$/i.test(name),
  ) as [string, string][];
  const home = path.dirname(dataDir);
  const folders = { HOME: home, USERPROFILE: home, AITTSM_DATA_DIR: dataDir, AITTSM_OUTPUT_DIR: outputDir };
  return { ...Object.fromEntries(kept), ...folders, ...SAME_VOICES, ...extra };
}

/** A JSON-RPC message from the server, whatever its shape: what is expected of it is said by the test. */
export interface Message {
  jsonrpc: "2.0";
  id?: number | string | null;
  method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  result?: any;
  error?: { code: number; message: string };
}

/** A tool's answer. */
export interface ToolAnswer {
  isError?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  structuredContent?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  content: any[];
}

export interface ProgramOptions {
  env?: Env;
  /** Lives until the test file ends, not only until the test does. */
  keep?: boolean;
  /** Runs instead of `node bin/aittsm.js`, e.g. a shell that sets limits first. */
  command?: [file: string, ...args: string[]];
}

const started = new Set<Program>();
afterAll(async () => {
  for (const program of started) await program.kill();
});
afterEach(async () => {
  for (const program of started) {
    if (!program.kept) await program.kill();
    if (program.exited) started.delete(program);
    // Rule 6 of the architecture, asserted for every process of every test.
    expect(program.stray, "nothing but JSON-RPC may be on stdout").toEqual([]);
  }
});

/** A spawned server with its pipes, spoken to in bare JSON-RPC lines. */
export class Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly kept: boolean;
  readonly messages: Message[] = [];
  /** Lines on stdout that are not JSON-RPC. */
  readonly stray: string[] = [];
  stderr = "";
  /** Resolves when the process is gone and all it wrote has been read. */
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  exited = false;
  #rest = "";
  #lastId = 0;
  #wake = new Set<() => void>();

  constructor(home: Pick<Home, "dataDir" | "outputDir">, options: ProgramOptions = {}) {
    const [file, ...args] = options.command ?? [process.execPath, BIN];
    this.kept = options.keep ?? false;
    this.child = spawn(file, args, { env: environment(home, options.env), stdio: "pipe" });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.child.stdin.on("error", () => {}); // EPIPE of a process that was killed while being written to
    this.exit = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        this.exited = true;
        if (this.#rest) this.#line(this.#rest);
        for (const wake of this.#wake) wake();
        resolve({ code, signal });
      });
    });
    started.add(this);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Raw bytes to stdin. */
  write(bytes: string | Uint8Array): void {
    this.child.stdin.write(bytes);
  }

  send(message: object): void {
    this.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Sends a request without waiting; gives its id. */
  post(method: string, params?: object): number {
    const id = ++this.#lastId;
    this.send({ id, method, params });
    return id;
  }

  /** Waits for a message that fits. @throws when the process ends or nothing comes. */
  async next(fits: (message: Message) => boolean, patienceMs = PATIENCE_MS): Promise<Message> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const found = this.messages.find(fits);
      if (found) return found;
      if (this.exited) throw new Error(`the server ended before it answered; stderr: ${this.stderr}`);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no answer in ${patienceMs} ms; stderr: ${this.stderr}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(wake, left);
        const wakes = this.#wake;
        function wake() {
          clearTimeout(timer);
          wakes.delete(wake);
          resolve();
        }
        wakes.add(wake);
      });
    }
  }

  answerTo(id: number): Promise<Message> {
    return this.next((message) => message.id === id && message.method === undefined);
  }

  async request(method: string, params?: object): Promise<Message> {
    return this.answerTo(this.post(method, params));
  }

  /** Opens a session of the 2025-11-25 era. */
  async initialize(): Promise<this> {
    const { error } = await this.request("initialize", INITIALIZE);
    if (error) throw new Error(error.message);
    this.send({ method: "notifications/initialized" });
    return this;
  }

  async toolNames(): Promise<string[]> {
    return (await this.request("tools/list", {})).result.tools.map(({ name }: { name: string }) => name);
  }

  /** Calls a tool, without waiting; gives the request's id. */
  postCall(name: string, args: object = {}): number {
    return this.post("tools/call", { name, arguments: args });
  }

  async call(name: string, args: object = {}): Promise<ToolAnswer> {
    const { result, error } = await this.answerTo(this.postCall(name, args));
    if (error) throw new Error(`${name}: ${error.message}`);
    return result;
  }

  /** Calls a tool that is expected to work; gives its structured content. */
  async ok(name: string, args: object = {}) {
    const answer = await this.call(name, args);
    if (answer.isError) throw new Error(textOf(answer));
    return answer.structuredContent;
  }

  /** A job when it has completed, however often that must be asked. */
  async completed(jobId: string) {
    for (const deadline = Date.now() + 3 * PATIENCE_MS; ; ) {
      const job = await this.ok("get_job_status", { job_id: jobId, wait_seconds: 20 });
      if (job.status === "completed") return job;
      if (Date.now() > deadline) throw new Error(`job ${jobId} is still ${job.status}`);
    }
  }

  /** What a client does that goes away: it closes stdin. */
  endInput(): void {
    this.child.stdin.end();
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (!this.exited) this.child.kill(signal);
    await this.exit;
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
    for (const wake of this.#wake) wake();
  }

  #line(line: string): void {
    let message: Message | undefined;
    try {
      message = JSON.parse(line);
    } catch {}
    if (message?.jsonrpc === "2.0") this.messages.push(message);
    // Killed in the middle of a line, it can't have ended it.
    else if (!this.child.killed) this.stray.push(line);
  }
}

export const INITIALIZE = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
};

/** Spawns a server and opens a session with it. */
export function startProgram(home: Pick<Home, "dataDir" | "outputDir">, options?: ProgramOptions): Promise<Program> {
  return new Program(home, options).initialize();
}

export const textOf = (answer: ToolAnswer): string => answer.content[0].text;

/** Our code of a refusal. */
export function codeOf(answer: ToolAnswer): string | undefined {
  return answer.isError ? JSON.parse(textOf(answer).split("\n").at(-1)!).code : undefined;
}

/** A text of about so many characters, in sentences. */
export function longText(chars: number): string {
  const sentences = [
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
  ];
  let text = "";
  for (let i = 0; text.length < chars; i++) text += `${sentences[i % sentences.length]} `;
  return text.trim();
}
