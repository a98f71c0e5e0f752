import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/folders.ts";
import { newHome } from "../support/program.ts";
import { runProgram } from "../support/serve-program.ts";

describe("aittsm voices", () => {
  const home = newHome(temporaryFolder());
  const ids = async (...args: string[]) => {
    const { stdout } = await runProgram(home, ["voices", "--json", ...args]);
    return (JSON.parse(stdout) as { voice_id: string }[]).map(({ voice_id }) => voice_id);
  };
  it("filters by options and by words, also misspelt ones", async () => {
    expect(await ids("--provider", "flite", "--gender", "female", "--available")).toEqual([
      "flite:en-US-Clustergen-Slt",
    ]);
    expect(await ids("scotish")).toEqual(["flite:en-GB-Clustergen-Awb"]);
    expect(await ids("--query", "united kingdom", "--language", "en", "--available")).toEqual([
      "flite:en-GB-Clustergen-Awb",
    ]);
  });

  it("says that nothing matches, and refuses an option's wrong value by name", async () => {
    const none = await runProgram(home, ["voices", "--language", "qaa", "--available"]);
    expect(none).toMatchObject({ stdout: "", stderr: expect.stringContaining("No voice matches") });
    const wrong = await runProgram(home, ["voices", "--gender", "tall"]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("--gender");
  });
});

describe("aittsm doctor", () => {
  it("has a line for each provider", async () => {
    const { stdout, code } = await runProgram(newHome(temporaryFolder()), ["doctor"]);
    expect(code).toBe(0);
    expect(stdout).toContain("provider flite: works, on this machine");
  });
});
