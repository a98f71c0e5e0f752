import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { fakeNpm } from "../support/fake-npm.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startModelServer } from "../support/model-server.ts";
import { ARCHIVE, modelArchive } from "../support/models.ts";
import { BIN, environment, eventually, type Home, newHome } from "../support/program.ts";
import { sha256 } from "../support/tar.ts";

const root = temporaryFolder();
const npmDir = path.join(root, "npm");
mkdirSync(npmDir);
const npm = fakeNpm(npmDir);
const TINY = readFileSync(path.resolve(import.meta.dirname, "../fixtures/models/tiny-model.tar.bz2"));
const server = await startModelServer({
  [ARCHIVE]: { body: TINY, etag: '"1"' },
  "checksum.txt": { body: `${ARCHIVE}\t${sha256(TINY)}\n` },
});
afterAll(() => server.close());

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Starts `aittsm models …` as a person does, whose npm is the made-up one. */
function start(home: Home, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [BIN, "models", ...args], {
    env: environment(home, { AITTSM_MODEL_BASE_URL: server.url, npm_execpath: npm.script, ...env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...said }));
  });
  return { child, ended };
}

const models = (home: Home, args: string[], env?: Record<string, string>) => start(home, args, env).ended;
const kokoroOf = (home: Home) => path.join(home.dataDir, "models", "kokoro");

describe("aittsm models", { timeout: 120_000 }, () => {
  it("pulls, lists, verifies and removes a model", async () => {
    const home = newHome(root);
    const none = await models(home, ["list"]);
    expect(none.stdout).toMatch(
      /^kokoro: kokoro-multi-lang-v1_0 is not installed\n[\s\S]*aittsm models pull kokoro\n$/,
    );
    expect((await models(home, ["verify"])).stderr).toContain("No model is installed");
    expect(await models(home, ["verify", "kokoro"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^NOT_FOUND: /),
    });

    const pulled = await models(home, ["pull", "kokoro"]);
    expect(pulled).toMatchObject({ code: 0, stdout: expect.stringContaining("kokoro is ready") });
    expect(pulled.stderr).toMatch(/Installing the runtime \(sherpa-onnx-node [\d.]+\) with npm/);
    expect(pulled.stderr).toMatch(/Downloading .*: 100 % of/);
    expect(pulled.stderr).toContain(`the published one (${sha256(TINY)})`);
    expect(readdirSync(kokoroOf(home)).sort()).toEqual(["model", "model.json", "runtime"]);

    const [state] = JSON.parse((await models(home, ["list", "--json"])).stdout);
    expect(state).toMatchObject({
      id: "kokoro",
      installed: true,
      name: "kokoro-multi-lang-v1_0",
      source: `${server.url}/${ARCHIVE}`,
      archive_sha256: sha256(TINY),
      checksum: "published",
      runtime: { package: "sherpa-onnx-node", ready: true },
      downloaded_bytes: 0,
    });
    expect(state.bytes).toBeGreaterThan(300_000);
    expect((await models(home, ["list"])).stdout).toMatch(/^kokoro: kokoro-multi-lang-v1_0, 0.3 MB\n[\s\S]*published/);

    expect(await models(home, ["verify"])).toMatchObject({ code: 0, stdout: expect.stringContaining("all 4 files") });
    writeFileSync(path.join(kokoroOf(home), "model", "tokens.txt"), "? 0\n");
    const damaged = await models(home, ["verify", "kokoro"]);
    expect(damaged).toMatchObject({ code: 1, stdout: "kokoro: tokens.txt: changed\n" });
    expect(damaged.stderr).toContain("aittsm models pull kokoro --again");
    expect((await models(home, ["pull", "kokoro", "--again"])).code).toBe(0);
    expect((await models(home, ["verify"])).code).toBe(0);

    // Nobody is there who could be asked.
    const unasked = await models(home, ["remove", "kokoro"]);
    expect(unasked).toMatchObject({ code: 1, stderr: expect.stringMatching(/^INVALID_INPUT: .*--yes/) });
    const removed = await models(home, ["remove", "kokoro", "--yes"]);
    expect(Number(/(\d+) bytes/.exec(removed.stdout)![1])).toBeGreaterThan(300_000);
    expect(readdirSync(kokoroOf(home))).toEqual([]);
  });

  it("says what is wrong with what was asked, and changes nothing", async () => {
    const home = newHome(root);
    const said = async (args: string[], env?: Record<string, string>) => (await models(home, args, env)).stderr;
    expect(await said(["pull", "sopran"])).toMatch(/^INVALID_INPUT: There is no model "sopran".*kokoro/);
    expect(await said(["pull", "kokoro", "--from", "nowhere.tar"])).toMatch(/^INVALID_INPUT: .*nowhere\.tar/);
    expect(await said(["pull", "kokoro", "--from", "x", "--runtime-only"])).toMatch(/^INVALID_INPUT: /);
    const http = { AITTSM_MODEL_BASE_URL: "http://mirror.example/models" };
    expect(await said(["pull", "kokoro"], http)).toMatch(/^CONFIG_INVALID: AITTSM_MODEL_BASE_URL .*https/);
    expect((await models(home, ["pull"])).code).toBe(2);
    expect(existsSync(kokoroOf(home)) ? readdirSync(kokoroOf(home)) : []).toEqual([]);
  });

  it.skipIf(process.platform === "win32").each([
    ["SIGINT", 130, [".download", "runtime"]],
    ["SIGKILL", null, [".download", ".lock", "runtime"]],
  ] as const)(
    "after %s in a download leaves that for the next pull, which goes on from there",
    async (signal, code, left) => {
      const home = newHome(root);
      const body = modelArchive(Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * i * 31 + (i >> 3)) % 256)));
      const files = { [ARCHIVE]: { body, etag: '"2"', stallAfter: 4_000 as number | undefined } };
      const slow = await startModelServer(files);
      const env = { AITTSM_MODEL_BASE_URL: slow.url };
      const { child, ended } = start(home, ["pull", "kokoro"], env);
      const part = path.join(kokoroOf(home), ".download", `${ARCHIVE}.part`);
      await eventually("4,000 bytes are there", () => existsSync(part) && readFileSync(part).length === 4_000);
      child.kill(signal);
      expect(await ended).toMatchObject(code ? { code, stderr: expect.stringContaining("CANCELLED") } : { signal });
      expect(readdirSync(kokoroOf(home)).sort()).toEqual(left);
      expect((await models(home, ["list"], env)).stdout).toContain("a pull goes on from there");

      files[ARCHIVE]!.stallAfter = undefined;
      expect(await models(home, ["pull", "kokoro"], env)).toMatchObject({ code: 0 });
      expect(slow.of(ARCHIVE).map(({ headers }) => headers.range)).toEqual([undefined, "bytes=4000-"]);
      expect((await models(home, ["verify"])).code).toBe(0);
      await slow.close();
    },
  );

  it.skipIf(process.platform === "win32")(
    "killed at any step of putting a model in place leaves the old or the new one",
    async () => {
      const home = newHome(root);
      const from = (name: string) => {
        const file = path.join(root, `${name}.tar.gz`);
        writeFileSync(file, modelArchive(`${name} voices`));
        return ["pull", "kokoro", "--from", file];
      };
      const preload = path.join(root, "killed.mjs");
      writeFileSync(
        preload,
        `import fs from "node:fs/promises"; import { syncBuiltinESMExports } from "node:module";
       const { rename } = fs;
       let left = Number(process.env.KILLED_AT);
       fs.rename = async (...args) => { if (--left === 0) process.kill(process.pid, "SIGKILL"); return rename(...args); };
       syncBuiltinESMExports();`,
      );
      await models(home, from("old"));
      const seen = new Set<string>();
      let killed = 0;
      for (let at = 1; ; at++) {
        const env = { NODE_OPTIONS: `--import ${pathToFileURL(preload)}`, KILLED_AT: String(at) };
        const { signal, code } = await models(home, from("new"), env);
        if (signal !== "SIGKILL") {
          expect(code).toBe(0);
          break;
        }
        killed++;
        expect(await models(home, ["verify", "kokoro"])).toMatchObject({ code: 0 });
        const voices = readFileSync(path.join(kokoroOf(home), "model", "voices.bin"), "utf8");
        seen.add(voices);
        expect((await models(home, from("old"))).code).toBe(0);
      }
      expect(killed).toBeGreaterThan(4);
      expect([...seen].sort()).toEqual(["new voices", "old voices"]);
    },
  );
});
