import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { installKokoroModel, linkKokoroRuntime, measuredTone, toneOf } from "../support/kokoro-model.ts";
import { codeOf, newHome, startProgram, textOf } from "../support/program.ts";
import { runProgram } from "../support/serve-program.ts";

const BELLA = "kokoro:en-US-Kokoro-Bella";
/** Its place in the model. */
const BELLA_SID = 2;
const root = temporaryFolder();
const modelDir = temporaryFolder();
const env = { AITTSM_MODEL_DIR: modelDir };

beforeAll(() => {
  installKokoroModel(modelDir);
  linkKokoroRuntime(modelDir);
});

/** Processes of Kokoro's whose parent is `pid`. */
function voiceProcesses(pid: number): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${name}/stat`, "latin1"))?.[1];
        return Number(parent) === pid && readFileSync(`/proc/${name}/cmdline`, "latin1").includes("kokoro-voice");
      } catch {
        return false; // ended meanwhile
      }
    });
}

describe("the program with Kokoro's model", { timeout: 120_000 }, () => {
  it("speaks with a voice of it to a file", async () => {
    const home = newHome(root);
    const file = path.join(home.outputDir, "bella.wav");
    const said = ["say", "The birch canoe slid on the smooth planks.", "--voice", BELLA, "--out", file];
    const { code, stdout } = await runProgram(home, said, env);
    expect(code).toBe(0);
    expect(stdout).toContain(BELLA);
    const { samples, sampleRateHertz } = await decode(readFileSync(file), "audio/wav");
    expect(sampleRateHertz).toBe(24_000);
    expect(measuredTone(Int16Array.from(samples, (sample) => sample * 32_767))).toBeCloseTo(toneOf(BELLA_SID), -1);
  });

  it("takes it when no voice is named, and says so", async () => {
    const program = await startProgram(newHome(root), { env });
    const { voice_id, status } = await program.ok("generate_speech", { text: "Hello, how are you today?" });
    expect([status, voice_id]).toEqual(["completed", "kokoro:en-US-Kokoro-Heart"]);
  });

  it.runIf(process.platform === "linux")("leaves no process behind, however it ends", async () => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const program = await startProgram(newHome(root), { env });
      await program.ok("generate_speech", { text: "Hello.", voice_id: BELLA });
      const [voice] = voiceProcesses(program.pid);
      expect(voice).toBeDefined();
      await program.kill(signal);
      await eventually("the end of the voice's process", () => {
        try {
          return !process.kill(Number(voice), 0);
        } catch {
          return true;
        }
      });
    }
  });
});

describe("the program without Kokoro's model", { timeout: 120_000 }, () => {
  const without = { AITTSM_MODEL_DIR: temporaryFolder() };

  it("lists its voices as unavailable, and refuses one with the command that gets them", async () => {
    const program = await startProgram(newHome(root), { env: without });
    const { voices } = await program.ok("search_voices", { provider: "kokoro", limit: 100 });
    expect(voices).toHaveLength(54);
    for (const { available, why_unavailable } of voices) {
      expect([available, why_unavailable]).toEqual([false, expect.stringContaining("aittsm models pull kokoro")]);
    }
    const refused = await program.call("generate_speech", { text: "Hello.", voice_id: BELLA });
    expect(codeOf(refused)).toBe("PROVIDER_DISABLED");
    expect(textOf(refused)).toContain("run: aittsm models pull kokoro");
    expect(textOf(refused)).toContain("flite:en-US-Clustergen-");
    const spoken = await program.ok("generate_speech", { text: "Hello." });
    expect(spoken.voice_id).toMatch(/^flite:/);
  });

  it("has them as soon as another process has installed the model", async () => {
    const folder = temporaryFolder();
    const program = await startProgram(newHome(root), { env: { AITTSM_MODEL_DIR: folder } });
    expect(codeOf(await program.call("generate_speech", { text: "Hello.", voice_id: BELLA }))).toBe(
      "PROVIDER_DISABLED",
    );
    installKokoroModel(folder);
    linkKokoroRuntime(folder);
    const spoken = await eventually("the model's being seen", async () => {
      const answer = await program.call("generate_speech", { text: "Hello.", voice_id: BELLA });
      return !answer.isError && answer.structuredContent;
    });
    expect(spoken.status).toBe("completed");
  });
});
