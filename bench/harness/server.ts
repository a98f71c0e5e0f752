import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../bin/aittsm.js", import.meta.url));
/** Loaded before the program: tells its greatest resident size, in KiB, on descriptor 3 when it ends. */
const TELL_PEAK = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from "node:fs"; process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));`,
)}`;
const PROTOCOL_VERSION = "2025-11-25";

/** What the tools answer, as far as the figures look at it. */
export interface SpeechAnswer {
  job_id: string;
  status: string;
  file_path?: string;
  stream_url?: string;
  idempotent_replay?: boolean;
  duration_seconds?: number;
}

interface Answer {
  result?: { isError?: boolean; structuredContent?: SpeechAnswer; content?: unknown; tools?: unknown };
  error?: { message: string };
}

/** The built program as an MCP client starts it: spawned, over stdio, with a data folder of its own, spoken to in JSON-RPC lines. */
export class SpawnedServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #open = new Map<number, { resolve(answer: Answer): void; reject(reason: Error): void }>();
  #ids = 0;
  #peak = "";

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    createInterface(child.stdout!).on("line", (line) => this.#take(line));
    child.stdio[3]?.on("data", (data) => (this.#peak += data));
    child.once("exit", (code) => {
      for (const { reject } of this.#open.values()) reject(new Error(`the server ended with code ${code}`));
    });
  }

  /**
   * @param options.tellPeak makes `close` give the greatest resident size
   * @param options.env settings of ours that differ from the defaults
   */
  static async spawn(options: { tellPeak?: boolean; env?: Record<string, string> } = {}): Promise<SpawnedServer> {
    const folder = await mkdtemp(path.join(tmpdir(), "aittsm-bench-"));
    const nodeArgs = options.tellPeak ? ["--import", TELL_PEAK] : [];
    const child = spawn(process.execPath, [...nodeArgs, PROGRAM], {
      env: {
        ...plainEnv(),
        AITTSM_DATA_DIR: folder,
        AITTSM_OUTPUT_DIR: folder,
        AITTSM_LOG_LEVEL: "error",
        ...options.env,
      },
      stdio: ["pipe", "pipe", "inherit", ...(options.tellPeak ? (["pipe"] as const) : [])],
    });
    return new SpawnedServer(child, folder);
  }

  /** A server that has listed its tools. */
  static async started(options?: { tellPeak?: boolean }): Promise<SpawnedServer> {
    const server = await SpawnedServer.spawn(options);
    await server.initialize();
    await server.listTools();
    return server;
  }

  async initialize(): Promise<void> {
    const clientInfo = { name: "bench", version: "0" };
    await this.#request("initialize", { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo });
    this.#write({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  async listTools(): Promise<unknown> {
    const { tools } = await this.#request("tools/list", {});
    return tools;
  }

  /** @throws Error with the tool's own words when it fails */
  async call(name: string, args: Record<string, unknown>): Promise<SpeechAnswer> {
    const { isError, structuredContent, content } = await this.#request("tools/call", { name, arguments: args });
    if (isError || !structuredContent) throw new Error(`${name}: ${JSON.stringify(content)}`);
    return structuredContent;
  }

  /** Speaks and waits for the end, however long it takes. */
  async speak(args: Record<string, unknown>): Promise<SpeechAnswer> {
    let answer = await this.call("generate_speech", { wait_seconds: 55, ...args });
    while (answer.status === "pending" || answer.status === "processing") {
      answer = await this.call("get_job_status", { job_id: answer.job_id, wait_seconds: 55 });
    }
    if (answer.status !== "completed") throw new Error(`the job is ${answer.status}`);
    return answer;
  }

  /** Ends the server as a client does, by closing its stdin. @returns its greatest resident size in MiB, if it told */
  async close(): Promise<number> {
    const gone = this.#child.exitCode === null ? once(this.#child, "close") : undefined;
    this.#child.stdin!.end();
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
    return Number(this.#peak) / 1024;
  }

  async #request(method: string, params: object): Promise<NonNullable<Answer["result"]>> {
    const id = ++this.#ids;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      this.#write({ jsonrpc: "2.0", id, method, params });
    });
    if (!answer.result) throw new Error(`${method}: ${answer.error?.message}`);
    return answer.result;
  }

  #write(message: object): void {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  #take(line: string): void {
    const message = JSON.parse(line) as Answer & { id?: number };
    const open = message.id === undefined ? undefined : this.#open.get(message.id);
    if (!open) return;
    this.#open.delete(message.id!);
    open.resolve(message);
  }
}

/** The environment without settings of ours or of Node that would make it another program. */
export function plainEnv(): NodeJS.ProcessEnv {
  const ours = ([name]: [string, unknown]) => !name.startsWith("AITTSM_") && name !== "NODE_OPTIONS";
  return Object.fromEntries(Object.entries(process.env).filter(ours));
}
