import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Call, Load } from "./load.ts";
import { plainEnv } from "./server.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/aittsm.js", import.meta.url));
const BARE = fileURLToPath(new URL("./bare-hono.ts", import.meta.url));

/** A process that says its address in its first line. */
async function addressOf(child: ChildProcess): Promise<string> {
  const [line] = await once(createInterface(child.stdout!), "line");
  return /http:\S+/.exec(line)![0];
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = child.exitCode === null ? once(child, "exit") : undefined;
  child.kill("SIGTERM");
  await gone;
}

/** A bare Hono route that answers some JSON. */
export async function startBare(answer: object): Promise<{ url: string; close: () => Promise<void> }> {
  const child = spawn(process.execPath, ["--import", "tsx", BARE, JSON.stringify(answer)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { url: await addressOf(child), close: () => stop(child) };
}

/** The built program as a service, with a key of every scope. */
export class ServeProcess {
  readonly url: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #headers: Record<string, string>;

  private constructor(url: string, key: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.pid = child.pid!;
    this.#child = child;
    this.#folder = folder;
    this.#headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  }

  static async start(): Promise<ServeProcess> {
    const folder = mkdtempSync(path.join(tmpdir(), "aittsm-bench-"));
    const env = {
      ...plainEnv(),
      AITTSM_DATA_DIR: folder,
      AITTSM_LOG_LEVEL: "warn",
      AITTSM_RATE_LIMIT_PER_MINUTE: "1000000",
    };
    const create = [PROGRAM, "keys", "create", "--name", "bench", "--scopes", "all", "--json"];
    const { key } = JSON.parse(execFileSync(process.execPath, create, { env, encoding: "utf8" }));
    const child = spawn(process.execPath, [PROGRAM, "serve", "--port", "0"], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    return new ServeProcess(await addressOf(child), key, child, folder);
  }

  submit(text: string): Call {
    const body = JSON.stringify({ text, output_format: "wav" });
    return { method: "POST", path: "/api/v1/tts", headers: this.#headers, body: () => body, status: 202 };
  }

  read(jobId: string, waitSeconds = 0): Call {
    const wait = waitSeconds > 0 ? `?wait_seconds=${waitSeconds}` : "";
    return { method: "GET", path: `/api/v1/tts/${jobId}${wait}`, headers: this.#headers, status: 200 };
  }

  /** How many jobs of a status there are. */
  async count(load: Load, status: string): Promise<number> {
    const path = `/api/v1/jobs?status=${status}&limit=1`;
    return JSON.parse((await load.one({ method: "GET", path, headers: this.#headers, status: 200 })).text).data.total;
  }

  /** Waits until no job is left to do. */
  async idle(load: Load): Promise<void> {
    while ((await this.count(load, "pending")) + (await this.count(load, "processing")) > 0) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async close(): Promise<void> {
    await stop(this.#child);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
