import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { BIN, environment, newHome } from "../support/program.ts";

const run = promisify(execFile);
const root = temporaryFolder();
const scripts = path.join(import.meta.dirname, "quickstart");
const home = newHome(root);
// The published voice ids speak here without anybody's credentials.
const env = environment(home, { AITTSM_VOICE_FALLBACK: "nearest", AITTSM_LOG_LEVEL: "warn" });

let url: string;
let key: string;

beforeAll(async () => {
  const made = await run(process.execPath, [BIN, "keys", "create", "--name", "quickstart", "--json"], { env });
  ({ key } = JSON.parse(made.stdout));
  const server = spawn(process.execPath, [BIN, "serve", "--port", "0"], { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(server.stdout)) {
    url = /^aittsm listening on (http:\S+)$/.exec(line)?.[1] ?? "";
    if (url) break;
  }
  return async () => {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  };
});

const PROGRAMS: [name: string, command: string][] = [
  ["quickstart.sh", "bash"],
  ["quickstart.py", "python3"],
  ["quickstart.mjs", process.execPath],
];

describe.each(PROGRAMS)("the published quickstart as %s", (script, command) => {
  it("works with another base URL and default scopes: submit, poll, download, formats, streaming", async () => {
    const out = mkdtempSync(path.join(root, "out-"));
    await run(command, [path.join(scripts, script), url, key, out], { timeout: 60_000 });
    const json = (name: string) => JSON.parse(readFileSync(path.join(out, name), "utf8")).data;
    const heard = async (name: string, type: string) =>
      (await decode(readFileSync(path.join(out, name)), type)).seconds;

    const submitted = json("submitted.json");
    expect(submitted).toMatchObject({ status: "pending", chars_charged: 12 });
    expect(submitted.poll_url).toBe(`/api/v1/tts/${submitted.job_id}`);
    const completed = json("completed.json");
    expect(completed).toMatchObject({ status: "completed", chars_charged: 12 });
    expect(completed.audio_endpoint).toBe(`/api/v1/tts/${completed.job_id}/audio`);
    expect(Date.parse(completed.audio_url_expires_at)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    for (const name of ["submitted.json", "completed.json", "streaming.json"]) {
      expect(json(name).warnings.join()).toMatch(/not available here; flite:\S+ spoke instead/);
    }
    expect(await heard("two-step.mp3", "audio/mpeg")).toBeCloseTo(completed.duration_seconds, 1);
    expect(await heard("format.wav", "audio/wav")).toBeGreaterThan(0.5);
    expect(await heard("format.mp3", "audio/mpeg")).toBeGreaterThan(0.5);
    expect(await heard("format.ogg_opus", "audio/ogg")).toBeGreaterThan(0.5);
    expect(await heard("stream.mp3", "audio/mpeg")).toBeGreaterThan(0.8);
  });
});
