import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import LibsqlDatabase from "libsql";
import { describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { codeOf, newHome, startProgram, textOf } from "../support/program.ts";
import { TOOL_NAMES } from "../support/tool-names.ts";

const root = temporaryFolder();

describe("the program with settings that are wrong", { timeout: 120_000 }, () => {
  it.each([
    ["AITTSM_BACKEND", "banana"],
    ["AITTSM_DATA_DIR", "relative/folder"],
    ["AITTSM_OUTPUT_DIR", "./here"],
    ["AITTSM_BASE_URL", "ftp://example.com"],
    ["AITTSM_BASE_URL", "http://example.com"],
    ["AITTSM_TOOLSETS", "generation,banana"],
    ["AITTSM_LOG_LEVEL", "loud"],
    ["AITTSM_VOICE_FALLBACK", "maybe"],
    ["AITTSM_RATE_CARD", "rates.json"],
    ["AITTSM_API_KEY", "tts_with a space"],
  ])("starts with %s=%s, lists its tools, and answers each call with what to mend", async (name, value) => {
    const home = newHome(root);
    const program = await startProgram(home, { env: { [name]: value } });
    expect(await program.toolNames()).toEqual(TOOL_NAMES);
    for (const [tool, args] of [
      ["generate_speech", { text: "Hello." }],
      ["search_voices", {}],
    ] as const) {
      const answer = await program.call(tool, args);
      expect(codeOf(answer)).toBe("CONFIG_INVALID");
      expect(textOf(answer)).toContain(name);
      expect(textOf(answer)).toContain("Hint: ");
      if (name === "AITTSM_API_KEY") expect(textOf(answer) + program.stderr).not.toContain(value);
    }
    expect(program.stderr).toContain("CONFIG_INVALID");
    expect(existsSync(home.dataDir)).toBe(false);
  });

  it("takes empty settings for unset ones", async () => {
    const names = ["API_KEY", "BASE_URL", "BACKEND", "DEFAULT_VOICE", "TOOLSETS", "LOG_LEVEL", "VOICE_FALLBACK"];
    const env = Object.fromEntries([...names, "WEBHOOK_HOSTS"].map((name) => [`AITTSM_${name}`, ""]));
    const program = await startProgram(newHome(root), { env: { ...env, AITTS_API_KEY: " ", AITTS_API_URL: "" } });
    const job = await program.ok("generate_speech", { text: "Nothing is set." });
    expect(job).toMatchObject({ status: "completed", voice_id: "flite:en-US-Clustergen-Rms" });
  });

  it("speaks with the default voice, and says so, and says of a wrong one what would be right", async () => {
    const env = { AITTSM_DEFAULT_VOICE: "flite:en-US-Clustergen-Slt" };
    const job = await (await startProgram(newHome(root), { env })).ok("generate_speech", { text: "Hello." });
    expect(job.voice_id).toBe(env.AITTSM_DEFAULT_VOICE);
    expect(job.voice_reason).toContain("AITTSM_DEFAULT_VOICE");
    const wrong = await startProgram(newHome(root), { env: { AITTSM_DEFAULT_VOICE: "flite:en-US-Clustergen-Slr" } });
    const answer = await wrong.call("generate_speech", { text: "Hello." });
    expect(answer.isError).toBe(true);
    expect(textOf(answer)).toContain("AITTSM_DEFAULT_VOICE");
    expect(textOf(answer)).toContain("flite:en-US-Clustergen-Slt");
  });
});

describe("the program with a data folder that is wrong", { timeout: 120_000 }, () => {
  it("speaks from a folder of its own when the data folder can't be made, and warns in the answer", async () => {
    const home = newHome(root);
    // Below a file no folder can be, whatever the rights of whoever runs the tests.
    const file = path.join(path.dirname(home.dataDir), "file");
    writeFileSync(file, "");
    const temporary = path.join(path.dirname(home.dataDir), "tmp");
    mkdirSync(temporary);
    const dataDir = path.join(file, "data");
    const env = { TMPDIR: temporary, TEMP: temporary, TMP: temporary };
    const program = await startProgram({ ...home, dataDir, outputDir: home.outputDir }, { env });
    const job = await program.ok("generate_speech", { text: "Hello.", output_format: "wav" });
    expect(job.status).toBe("completed");
    expect(job.file_path.startsWith(temporary)).toBe(true);
    expect((await decode(readFileSync(job.file_path), "audio/wav")).seconds).toBeGreaterThan(0.2);
    expect(job.warnings.join(" ")).toContain(dataDir);
    expect(job.warnings.join(" ")).toContain("AITTSM_DATA_DIR");
  });

  it("leaves a database of a newer version as it is, and says so", async () => {
    const home = newHome(root);
    const first = await startProgram(home);
    await first.ok("generate_speech", { text: "Hello." });
    first.endInput();
    await first.exit;
    const database = new LibsqlDatabase(home.databaseFile);
    database.exec("PRAGMA user_version = 999");
    database.close();
    const hash = () => createHash("sha256").update(readFileSync(home.databaseFile)).digest("hex");
    const before = hash();

    const program = await startProgram(home);
    const answer = await program.call("generate_speech", { text: "Hello." });
    expect(codeOf(answer)).toBe("CONFIG_INVALID");
    expect(textOf(answer)).toMatch(/newer version.*Hint: update aittsm/s);
    expect(await program.toolNames()).toEqual(TOOL_NAMES);
    program.endInput();
    expect((await program.exit).code).toBe(0);
    expect(hash()).toBe(before);
  });

  it("makes no new key when the one of existing data is missing", async () => {
    const home = newHome(root);
    const first = await startProgram(home);
    await first.ok("generate_speech", { text: "Hello." });
    first.endInput();
    await first.exit;
    const keys = path.join(home.dataDir, "secrets", "keys.json");
    const saved = readFileSync(keys);
    rmSync(keys);

    const program = await startProgram(home);
    const answer = await program.call("generate_speech", { text: "Hello." });
    expect(codeOf(answer)).toBe("CONFIG_INVALID");
    expect(textOf(answer)).toContain(keys);
    expect(textOf(answer)).toContain("Hint: ");
    expect(existsSync(keys)).toBe(false);
    // Put back, it works at once: the server need not be started again.
    writeFileSync(keys, saved, { mode: 0o600 });
    expect((await program.ok("generate_speech", { text: "Hello." })).status).toBe("completed");
  });

  it("says of a file that is no database that it is none, and leaves it", async () => {
    const home = newHome(root);
    mkdirSync(path.join(home.dataDir, "secrets"), { recursive: true, mode: 0o700 });
    writeFileSync(home.databaseFile, "This is a letter to my aunt, and no database at all. ".repeat(50));
    const keys = { current: "a", keys: [{ id: "a", secret: "A".repeat(43) }] };
    writeFileSync(path.join(home.dataDir, "secrets", "keys.json"), JSON.stringify(keys), { mode: 0o600 });
    const program = await startProgram(home);
    const answer = await program.call("generate_speech", { text: "Hello." });
    expect(codeOf(answer)).toBe("CONFIG_INVALID");
    expect(textOf(answer)).toContain(home.databaseFile);
    expect(readFileSync(home.databaseFile, "utf8")).toContain("my aunt");
  });

  it.skipIf(process.platform === "win32")("keeps its folder and its key to its user", async () => {
    const home = newHome(root);
    const program = await startProgram(home);
    const { file_path } = await program.ok("generate_speech", { text: "Hello." });
    const modeOf = (...parts: string[]) => statSync(path.join(home.dataDir, ...parts)).mode & 0o777;
    expect(modeOf()).toBe(0o700);
    expect(modeOf("secrets")).toBe(0o700);
    expect(modeOf("secrets", "keys.json")).toBe(0o600);
    expect(statSync(file_path).mode & 0o777).toBe(0o600);
  });
});
