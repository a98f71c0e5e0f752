import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { fakeEspeak } from "../support/fake-speech-programs.ts";
import { temporaryFolder } from "../support/folders.ts";
import { BIN, environment, eventually, newHome } from "../support/program.ts";

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("aittsm say", { timeout: 60_000 }, () => {
  it.each(["SIGINT", "SIGTERM"] as const)("that is ended by %s ends the program that speaks for it", async (signal) => {
    const program = fakeEspeak(temporaryFolder(), "setInterval(() => {}, 1000);");
    const variables = { AITTSM_SYSTEM_VOICES: "on", AITTSM_ESPEAK_PATH: program.path };
    const home = newHome(temporaryFolder());
    const said = ["say", "Hallo Welt.", "--voice", "system:de-DE-Espeak-German", "--out", "x.wav"];
    const child = spawn(process.execPath, [BIN, ...said], { env: environment(home, variables), cwd: home.outputDir });
    const speaking = () => program.calls().find(({ argv }) => argv.includes("--stdin"));
    await eventually("the program speaks", () => speaking() !== undefined);
    child.kill(signal);
    const [code] = await once(child, "exit");
    expect(code).not.toBe(0);
    await eventually("the program is gone", () => !isRunning(speaking()!.pid));
  });
});
