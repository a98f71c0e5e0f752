import { existsSync } from "node:fs";
import path from "node:path";
import { selectTools } from "../tools/index.ts";
import { type ComposedClient, composeClient } from "./compose.ts";
import { type Config, readConfig, TOOLSETS } from "./config.ts";
import { AppError } from "./errors.ts";
import { serveMcpStdio } from "./mcp/stdio.ts";
import { DATABASE_FILE } from "./store/files.ts";
import { VERSION } from "./version.ts";

/** How long after its start an idle server looks for jobs that a killed one left: after it has listed its tools. */
const ORPHAN_CHECK_DELAY_MS = 1_000;
/** When stdin ends, what was asked is still answered for so long; with the closing below it all takes under a second. */
const GRACE_MS = 700;
/** At the end, time to give running jobs back. What is not given back in time is taken over from a dead process. */
const CLOSE_TIMEOUT_MS = 150;

/** The MCP server on stdin and stdout. Ends the process when the client has gone. */
export async function runStdio(): Promise<void> {
  const config = readSettings();
  let composed: ComposedClient | undefined;
  const compose = (good: Config) => {
    composed ??= composeClient(good);
    return composed;
  };
  const say = (message: string) => void process.stderr.write(`aittsm: ${message}\n`);
  if (config instanceof AppError) say(`${config.code}: ${config.message} Hint: ${config.hint}.`);

  const server = serveMcpStdio({
    version: VERSION,
    graceMs: GRACE_MS,
    elicitation: config instanceof AppError || config.elicitation,
    tools: selectTools(config instanceof AppError ? TOOLSETS : config.toolsets),
    connect: async () => {
      if (config instanceof AppError) throw config;
      return { client: compose(config).client, config };
    },
    report: (error, facts) => say(`${JSON.stringify(facts)} ${error instanceof Error ? error.stack : error}`),
    log: config instanceof AppError || ["warn", "error", "silent"].includes(config.logLevel) ? undefined : say,
  });
  if (!(config instanceof AppError)) finishOldJobs(config, compose, say);

  const stop = () => void server.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  await server.closed;
  const timeout = new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT_MS));
  await Promise.race([composed?.close(), timeout]).catch(() => {});
  process.exit(0);
}

/** A bad setting must not keep the server from starting: most clients show no reason when one dies. */
function readSettings(): Config | AppError {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** A job that a killed process left goes on without anybody calling a tool. */
function finishOldJobs(
  config: Config,
  compose: (config: Config) => ComposedClient,
  say: (message: string) => void,
): void {
  if (config.backend !== "embedded" || !existsSync(path.join(config.dataDir, DATABASE_FILE))) return;
  setTimeout(() => {
    compose(config)
      .start()
      .catch((error) => say(`jobs of an earlier process could not be taken up: ${error.message}`));
  }, ORPHAN_CHECK_DELAY_MS).unref();
}
