import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { createRuntime } from "mcporter";
import { describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { BIN, environment, newHome } from "../support/program.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";

const run = promisify(execFile);
const CLI = path.resolve(import.meta.dirname, "../../node_modules/mcporter/dist/cli.js");

const home = newHome(temporaryFolder());
const env = environment(home);
const { AITTSM_DATA_DIR, AITTSM_OUTPUT_DIR } = env as Record<string, string>;
const settings = { command: process.execPath, args: [BIN], env: { AITTSM_DATA_DIR, AITTSM_OUTPUT_DIR } };
const configPath = path.join(path.dirname(home.dataDir), "mcporter.json");
writeFileSync(configPath, JSON.stringify({ mcpServers: { aittsm: settings }, imports: [] }));
mkdirSync(home.dataDir, { recursive: true });

/** The command line, away from the settings of whoever runs the tests. */
async function mcporter(...args: string[]) {
  const options = { env, cwd: path.dirname(configPath), timeout: 90_000 };
  const { stdout } = await run(process.execPath, [CLI, "--config", configPath, ...args], options);
  return stdout;
}

// biome-ignore lint/suspicious/noExplicitAny: a tool's answer, as in the other tests
const call = async (tool: string, args: object): Promise<any> => {
  const result = JSON.parse(
    await mcporter("call", `aittsm.${tool}`, "--args", JSON.stringify(args), "--output", "json"),
  );
  return result.structuredContent ?? result;
};

describe("mcporter", { timeout: 120_000 }, () => {
  it("lists the tools with their schemas", async () => {
    const listed = JSON.parse(await mcporter("list", "aittsm", "--schema", "--json"));
    const names = listed.tools.map((tool: { name: string }) => tool.name);
    expect(names).toEqual(TOOL_NAMES);
    const input = listed.tools[1].inputSchema;
    expect(input.required).toEqual(["text"]);
    expect(Object.keys(input.properties)).toContain("idempotency_key");
  });

  it("speaks, and asks for status and file in later processes", async () => {
    const text = "Hello from the command line.";
    const job = await call("generate_speech", { text, output_format: "wav" });
    expect(job).toMatchObject({ status: "completed", content_type: "audio/wav" });
    const audio = await decode(readFileSync(job.file_path), "audio/wav");
    expect(audio.seconds).toBeCloseTo(job.duration_seconds, 1);
    expect(audio.seconds).toBeGreaterThan(1);

    const status = await call("get_job_status", { job_id: job.job_id });
    expect(status).toMatchObject({ status: "completed", file_path: job.file_path });
    const saved = await call("get_audio_link", { job_id: job.job_id, save_to: "cli.wav" });
    expect(saved.file_path).toBe(path.join(home.outputDir, "cli.wav"));
    expect(readFileSync(saved.file_path).equals(readFileSync(job.file_path))).toBe(true);
  });

  it("takes arguments as key=value words, numbers and all", async () => {
    const out = await mcporter("call", "aittsm.search_voices", "query=female", "limit=1", "--output", "text");
    expect(out).toContain("flite:en-US-Clustergen-Slt");
    const spoken = await mcporter("call", "aittsm.generate_speech", "text=Hello", "speed=1.5", "wait_seconds=30");
    expect(spoken).toContain("completed");
  });

  it("shows a refusal with its hint", async () => {
    const out = await mcporter("call", "aittsm.generate_speech", "text=Hello", "speed=9").catch(
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
    expect(out).toContain("INVALID_INPUT");
    expect(out).toContain("Hint: ");
  });

  it("works as a library too", async () => {
    const runtime = await createRuntime({ configPath, rootDir: path.dirname(configPath) });
    try {
      const tools = await runtime.listTools("aittsm", { includeSchema: true });
      expect(tools).toHaveLength(TOOL_NAMES.length);
      const result = await runtime.callTool("aittsm", "generate_speech", { args: { text: "Hello, library." } });
      expect((result as { structuredContent: object }).structuredContent).toMatchObject({ status: "completed" });
    } finally {
      await runtime.close();
    }
  });
});
