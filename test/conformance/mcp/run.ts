import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../../support/folders.ts";

/** The newest that runs. It wants a newer Node than the product does, so npx brings both. */
const SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12";
const NODE = "node@24";
const PATIENCE_MS = 100_000;

export interface Check {
  id: string;
  status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  errorMessage?: string;
}

/** The suite counts a recommendation that is not followed like a failure. */
export const isFailure = ({ status }: Check) => status === "FAILURE" || status === "WARNING";

export interface SuiteRun {
  /** The suite's own verdict on the list of expected failures. */
  exitCode: number | null;
  /** What it printed. */
  log: string;
  scenarios: { name: string; checks: Check[] }[];
}

export const expectedFailuresFile = (revision: string) =>
  path.join(import.meta.dirname, `expected-failures-${revision}.yml`);

/** Runs every server scenario that a protocol revision has against an MCP server. @throws Error when it doesn't run. */
export async function runSuite(url: string, revision: string): Promise<SuiteRun> {
  const folder = temporaryFolder();
  const command = ["conformance", "server", "--url", url, "--suite", "all", "--spec-version", revision];
  const options = ["--output-dir", folder, "--expected-failures", expectedFailuresFile(revision)];
  // In a folder of its own: npx looks into the project that it runs in.
  const child = spawn("npx", ["-y", "-p", NODE, "-p", SUITE, "--", ...command, ...options], {
    cwd: folder,
    timeout: PATIENCE_MS,
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const [exitCode] = (await once(child, "close")) as [number | null];
  const names = [...log.matchAll(/^=== Running scenario: (\S+) ===$/gm)].map((match) => match[1]!);
  if (names.length === 0) throw new Error(`the suite did not run (${exitCode}): ${log}`);
  return { exitCode, log, scenarios: names.map((name) => ({ name, checks: checksOf(folder, name) })) };
}

function checksOf(folder: string, name: string): Check[] {
  const made = readdirSync(folder).filter((entry) => entry.replace(/-\d{4}-\d\d-\d\dT.*$/, "") === `server-${name}`);
  if (made.length !== 1) throw new Error(`${name} left ${made.length} results`);
  return JSON.parse(readFileSync(path.join(folder, made[0]!, "checks.json"), "utf8"));
}

/** Expected failures by scenario: check → reason. @throws Error for a line without a reason, or one that is there twice. */
export function readExpectedFailures(revision: string): Map<string, Map<string, string>> {
  const expected = new Map<string, Map<string, string>>();
  const [head, ...entries] = readFileSync(expectedFailuresFile(revision), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (head !== "server:") throw new Error(`the list begins with ${head}`);
  for (const line of entries) {
    const [, scenario, check, reason] = /^ {2}- ([\w-]+):([\w-]+) # (\S.+)$/.exec(line) ?? [];
    if (!scenario || !check || !reason) throw new Error(`no scenario, check and reason in: ${line}`);
    const checks = expected.get(scenario) ?? new Map<string, string>();
    if (checks.has(check)) throw new Error(`${scenario}:${check} is there twice`);
    expected.set(scenario, checks.set(check, reason));
  }
  return expected;
}
