import { type ChildProcess, execFile, spawn } from "node:child_process";
import { afterAll, afterEach } from "vitest";
import { BIN, environment, type Home } from "./program.ts";

type Env = Record<string, string>;

/** The built program's `serve` in a process of its own. */
export interface ServeProgram {
  url: string;
  child: ChildProcess;
  /** Every line on stdout so far. */
  lines(): string[];
  /** What was written to stderr so far. */
  log(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();
const killAll = () => {
  for (const child of running) child.kill("SIGKILL");
};
afterEach(killAll);
afterAll(killAll);

/** Spawns `aittsm serve` on a free port; resolves when it listens. */
export async function startServeProgram(home: Home, env: Env = {}): Promise<ServeProgram> {
  const child = spawn(process.execPath, [BIN, "serve", "--port", "0"], {
    env: environment(home, { AITTSM_LOG_LEVEL: "warn", ...env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let said = "";
  let log = "";
  const exit = new Promise<void>((resolve) => child.once("close", () => resolve()));
  exit.then(() => running.delete(child));
  const url = await new Promise<string>((resolve, reject) => {
    const read = () => {
      const [, found] = /listening on (http:\S+)/.exec(said) ?? [];
      if (found) resolve(found);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      read();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    exit.then(() => reject(new Error(`serve ended before it listened: ${log}`)));
  });
  return {
    url,
    child,
    lines: () => said.split("\n").slice(0, -1),
    log: () => log,
    kill: async (signal = "SIGKILL") => {
      child.kill(signal);
      await exit;
    },
  };
}

/** Runs a command of the built program to its end. */
export function runProgram(
  home: Home,
  args: readonly string[],
  env: Env = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { env: environment(home, env) }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}
