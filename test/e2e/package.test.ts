import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { npmEnvironment } from "../../src/models/npm.ts";
import { decode } from "../support/audio.ts";
import { temporaryFolder } from "../support/folders.ts";
import { SPAWNED_CLIENTS } from "../support/mcp-clients.ts";
import { environment, newHome, startProgram, textOf } from "../support/program.ts";

const run = promisify(execFile);
const project = path.resolve(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(path.join(project, "package.json"), "utf8"));
const root = temporaryFolder();
const windows = process.platform === "win32";
const npm = (args: string[], cwd: string) => run("npm", args, { cwd, shell: windows, maxBuffer: 2 ** 26 });

let tarball: string;
/** Every file of the tarball, without the `package/` in front. */
let packed: string[];
let installed: string;

/** A folder that is nothing but the place where a user has installed the tarball. */
async function install(name: string, ...options: string[]): Promise<string> {
  const folder = path.join(root, name);
  mkdirSync(folder);
  writeFileSync(path.join(folder, "package.json"), "{}");
  await npm(["install", "--no-audit", "--no-fund", ...options, tarball], folder);
  return folder;
}

const programOf = (folder: string) => path.join(folder, "node_modules", ".bin", windows ? "aittsm.cmd" : "aittsm");

/** Runs the installed program as a person does, who has set nothing. */
async function aittsm(folder: string, args: string[], home = newHome(root)) {
  const { AITTSM_OUTPUT_DIR, ...env } = environment(home);
  return run(programOf(folder), args, { cwd: path.dirname(home.dataDir), env, shell: windows });
}

beforeAll(async () => {
  // In a copy: packing builds, and nobody's dist may change under their feet.
  const copy = path.join(root, "project");
  const left = new Set(
    ["node_modules", "dist", ".git", "reports", "bench", "test"].map((name) => path.join(project, name)),
  );
  cpSync(project, copy, { recursive: true, filter: (from) => !left.has(from) });
  symlinkSync(path.join(project, "node_modules"), path.join(copy, "node_modules"), "junction");
  // What must not be in the tarball is put there for it to be left out.
  for (const folder of ["test", "bench"]) {
    mkdirSync(path.join(copy, folder));
    writeFileSync(path.join(copy, folder, "left-out.ts"), "");
  }
  await npm(["pack", "--pack-destination", root], copy);
  tarball = path.join(root, readdirSync(root).find((name) => name.endsWith(".tgz"))!);
  const { stdout } = await run("tar", ["-tzf", tarball]);
  packed = stdout
    .split(/\r?\n/)
    .filter(Boolean)
    .map((name) => name.replace(/^package\//, ""));
  installed = await install("installed");
});

describe("the tarball", () => {
  it("holds the built program, its licences and its readme, and nothing of the workshop", () => {
    const needed = [
      "package.json",
      "README.md",
      "CHANGELOG.md",
      "THIRD_PARTY_NOTICES.md",
      "bin/aittsm.js",
      "dist/main.js",
      "models/kokoro/package.json",
      "models/kokoro/package-lock.json",
    ];
    expect(packed).toEqual(
      expect.arrayContaining([...needed, "dist/speech-worker.js", "dist/THIRD_PARTY_LICENSES.txt"]),
    );
    const folders = new Set(packed.filter((name) => name.includes("/")).map((name) => name.split("/")[0]));
    expect([...folders].sort()).toEqual(["bin", "dist", "models"]);
    expect(packed.filter((name) => /\.ts$|test|\.map$/.test(name))).toEqual([]);
    const licences = readFileSync(
      path.join(installed, "node_modules", manifest.name, "dist/THIRD_PARTY_LICENSES.txt"),
      "utf8",
    );
    for (const bundled of ["zod", "hono", "undici", "kysely", "tar", "unbzip2-stream"])
      expect(licences).toMatch(new RegExp(`^${bundled} \\d`, "m"));
  });

  it("installs few packages, with the version and the program that it says", async () => {
    const { packages } = JSON.parse(readFileSync(path.join(installed, "package-lock.json"), "utf8"));
    const present = Object.keys(packages).filter((name) => name && existsSync(path.join(installed, name)));
    const megabytes = Math.round(sizeOf(path.join(installed, "node_modules")) / 1e5) / 10;
    console.log(`installed: ${present.length} packages, ${megabytes} MB; tarball: ${lstatSync(tarball).size} bytes`);
    expect(present.length).toBeLessThan(40);
    expect(megabytes).toBeLessThan(120);
    expect((await aittsm(installed, ["--version"])).stdout.trim()).toBe(manifest.version);
  });

  it("works where scripts of packages may not run", async () => {
    const folder = await install("without scripts", "--ignore-scripts");
    const { stdout } = await aittsm(folder, ["say", "No script was run.", "--out", "hello.ogg"]);
    const file = stdout.split(/\r?\n/)[0]!;
    expect((await decode(readFileSync(file), "audio/ogg")).seconds).toBeGreaterThan(0.5);
  });
});

describe("the installed program", () => {
  it.each(SPAWNED_CLIENTS)("speaks in all formats with a %s", async (_name, protocol, connect) => {
    const client = await connect(newHome(root), { command: programOf(installed), args: [] });
    expect(client.protocol()).toBe(protocol);
    for (const [output_format, type] of [
      ["wav", "audio/wav"],
      ["mp3", "audio/mpeg"],
      ["ogg_opus", "audio/ogg"],
    ]) {
      const answer = await client.call("generate_speech", { text: "Hello world!", output_format });
      expect(answer.isError, textOf(answer)).toBeFalsy();
      const { status, file_path, content_type, duration_seconds } = answer.structuredContent;
      expect([status, content_type]).toEqual(["completed", type]);
      const { seconds } = await decode(readFileSync(file_path), content_type);
      expect(Math.abs(seconds - duration_seconds)).toBeLessThan(0.05);
      expect(seconds).toBeGreaterThan(0.4);
    }
    await client.end();
  });

  it("streams, and ends when its client goes", async () => {
    const command: [string] = [programOf(installed)];
    const program = await startProgram(newHome(root), { command });
    const { stream_url } = await program.ok("generate_speech", { text: "A stream.", delivery_mode: "stream" });
    const bytes = new Uint8Array(await (await fetch(stream_url)).arrayBuffer());
    expect((await decode(bytes, "audio/ogg")).seconds).toBeGreaterThan(0.3);
    program.endInput();
    expect((await program.exit).code).toBe(0);
  });

  it("says a text into the file that the person names", async () => {
    const home = newHome(root);
    const { stdout } = await aittsm(installed, ["say", "Hello world!", "--out", "my hello.wav"], home);
    const [file, facts] = stdout.split(/\r?\n/);
    expect(file).toBe(path.join(path.dirname(home.dataDir), "my hello.wav"));
    const { seconds } = await decode(readFileSync(file!), "audio/wav");
    expect(facts).toBe(`${seconds.toFixed(2)} s, flite:en-US-Clustergen-Rms`);
  });

  it("lists its voices, finds those of the readme's example, and is well by its own doctor", async () => {
    expect((await aittsm(installed, ["voices"])).stdout.trim().split("\n").length).toBeGreaterThanOrEqual(4);
    expect((await aittsm(installed, ["voices", "british", "male"])).stdout).toMatch(
      /^flite:en-GB-Clustergen-Awb .*\n(kokoro:.* not available\n)*$/,
    );
    const { stdout } = await aittsm(installed, ["doctor"]);
    expect(stdout).toContain(`aittsm ${manifest.version}`);
    for (const format of ["wav", "mp3", "ogg_opus"])
      expect(stdout).toMatch(new RegExp(`^ok +speech as ${format}:`, "m"));
    expect(stdout).not.toContain("FAILED");
  });

  it("installs what runs a model, by the npm that is there and the lockfile that came with it", async () => {
    const home = newHome(root);
    // With what npm needs here to reach a registry: a proxy, certificates.
    const env = environment(home, npmEnvironment());
    const args = ["models", "pull", "kokoro", "--runtime-only"];
    expect((await run(programOf(installed), args, { env, shell: windows })).stderr).toContain("with npm");
    const [state] = JSON.parse((await aittsm(installed, ["models", "list", "--json"], home)).stdout);
    expect(state.runtime).toMatchObject({ package: "sherpa-onnx-node", ready: true });
    const runtime = path.join(home.dataDir, "models/kokoro/runtime");
    const { stdout } = await run(process.execPath, ["-p", "require('sherpa-onnx-node').version"], { cwd: runtime });
    expect(stdout.trim()).toBe(state.runtime.version);
  });

  it("ends with a status and a hint when it is called wrongly", async () => {
    const wrong = await aittsm(installed, ["say", "Hi", "--out", "hello.txt"]).catch((error) => error);
    expect([wrong.code, wrong.stdout]).toEqual([1, ""]);
    expect(wrong.stderr).toMatch(/INVALID_INPUT: .*Hint: /);
    expect((await aittsm(installed, ["sing"]).catch((error) => error)).code).toBe(2);
  });
});

describe("the readme", () => {
  const readme = readFileSync(path.join(project, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json!));

  it("has settings that clients can read, which start this package or reach it over HTTP", () => {
    // Other blocks show other files, such as a rate card.
    const settings = blocks.map((block) => block.mcpServers ?? block.servers).filter(Boolean);
    expect(settings.length).toBeGreaterThanOrEqual(4);
    for (const servers of settings) {
      expect(Object.keys(servers)).toEqual(["aittsm"]);
      const { command, args, env, url, headers } = servers.aittsm;
      if (url !== undefined) {
        expect(url).toMatch(/^https:\/\/[^/]+\/api\/v1\/mcp$/);
        expect(headers).toEqual({ Authorization: "Bearer tts_YOUR_KEY" });
        continue;
      }
      expect([command, ...args].join(" ")).toMatch(/^(cmd \/c )?npx (-y )?@theproductivepixel\/aittsm$/);
      for (const name of Object.keys(env ?? {})) expect(name).toMatch(/^AITTSM_/);
    }
  });

  it("has the published settings word for word", () => {
    const published = {
      mcpServers: {
        aittsm: {
          command: "npx",
          args: ["@theproductivepixel/aittsm"],
          env: { AITTSM_API_KEY: "tts_YOUR_KEY" },
        },
      },
    };
    expect(blocks).toContainEqual(published);
  });

  it("names only scripts and commands that there are", async () => {
    const first = /```sh\n(.*)\n/.exec(readme)![1]!;
    expect(first).toBe('npm ci && npm run say -- "Hello world!" --out hello.wav');
    for (const [, script] of readme.matchAll(/npm run ([\w:]+)/g)) expect(manifest.scripts).toHaveProperty([script!]);
    const help = (await aittsm(installed, ["--help"])).stdout;
    for (const [, command] of readme.matchAll(/^aittsm ([a-z]+)/gm))
      expect(help).toMatch(new RegExp(`^ +${command}\\b`, "m"));
    const options = (await aittsm(installed, ["say", "--help"])).stdout;
    for (const option of ["--voice", "--speed", "--file", "--sample-rate", "--bitrate"])
      expect(options).toContain(option);
  });
});

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce((sum, name) => {
    const info = lstatSync(path.join(folder, name));
    return sum + (info.isFile() ? info.size : 0);
  }, 0);
}
