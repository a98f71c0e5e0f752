import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { FAKE_KEY, FakeGoogle } from "../support/fake-google.ts";
import { temporaryFolder } from "../support/folders.ts";
import { BIN, environment, newHome, startProgram } from "../support/program.ts";

const google = await FakeGoogle.start();
const root = temporaryFolder();
const run = promisify(execFile);

async function aittsm(args: string[], variables: Record<string, string>) {
  const home = newHome(root);
  try {
    const options = { env: environment(home, variables), cwd: home.outputDir };
    return { ...(await run(process.execPath, [BIN, ...args], options)), folder: home.outputDir };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { stdout, stderr, folder: home.outputDir };
  }
}

describe("the program with Google's credentials", { timeout: 120_000 }, () => {
  it("speaks with a voice of Google's", async () => {
    const said = ["say", "Hello from a cloud.", "--voice", "google:en-US-Chirp3HD-Aoede", "--out", "cloud.wav"];
    const { stdout, folder } = await aittsm(said, google.variables);
    expect(stdout).toContain("google:en-US-Chirp3HD-Aoede");
    const { seconds, sampleRateHertz } = await decode(readFileSync(path.join(folder, "cloud.wav")), "audio/wav");
    expect([Math.round(seconds * 10), sampleRateHertz]).toEqual([13, 24_000]);
    expect(google.bodies[0].voice.name).toBe("en-US-Chirp3-HD-Aoede");
  });

  it("speaks with a built-in voice when none is named, and sends no text away", async () => {
    google.requests.length = 0;
    const { stdout } = await aittsm(["say", "Stay here.", "--out", "here.wav"], google.variables);
    expect(stdout).toContain("flite:");
    expect(google.bodies).toEqual([]);
  });

  it("speaks with the model and the prompt that were given, and erases the prompt with the text", async () => {
    const home = newHome(root);
    const program = await startProgram(home, { env: google.variables });
    google.requests.length = 0;
    const prompt = "Whisper it like a xylophagous beetle.";
    const { job_id, status } = await program.ok("generate_speech", {
      ...{ text: "Hello.", voice_id: "google:en-US-Gemini-Kore", model: "gemini-2.5-pro-tts", prompt },
    });
    expect(status).toBe("completed");
    expect(google.bodies[0].voice).toMatchObject({ name: "Kore", modelName: "gemini-2.5-pro-tts" });
    expect(google.bodies[0].input.prompt).toBe(prompt);
    await program.ok("delete_job_audio", { job_id, erase_text: true, confirm: true });
    await program.kill("SIGTERM");
    const files = readdirSync(home.dataDir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    expect(files.length).toBeGreaterThan(1);
    for (const { parentPath, name } of files) {
      expect(readFileSync(path.join(parentPath, name)).includes("xylophagous"), name).toBe(false);
    }
  });

  it("says what is wrong with the key, and not the key", async () => {
    const wrong = { ...google.variables, GOOGLE_API_KEY: `${FAKE_KEY}x` };
    const said = ["say", "Hello.", "--voice", "google:en-US-Wavenet-A", "--out", "x.wav"];
    const { stdout, stderr } = await aittsm(said, wrong);
    expect(stderr).toContain("Request had invalid credentials");
    expect(stderr).toContain("GOOGLE_API_KEY");
    expect(stdout + stderr).not.toContain(FAKE_KEY);
  });
});
