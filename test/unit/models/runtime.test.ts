import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inspectModel } from "../../../src/models/inspect.ts";
import { findNpm, npmEnvironment } from "../../../src/models/npm.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { KOKORO, newPlace, type Place } from "../../support/models.ts";

const base = temporaryFolder();
const PROJECT = path.resolve(import.meta.dirname, "../../../models/kokoro");
const LOCK = JSON.parse(readFileSync(path.join(PROJECT, "package-lock.json"), "utf8"));
const { version: VERSION } = LOCK.packages["node_modules/sherpa-onnx-node"];

const pullRuntime = (place: Place) => place.pull({ only: "runtime" });
const stateOf = async (place: Place) => (await inspectModel(KOKORO, place.modelDir)).runtime;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("it worked"),
    (error) => error,
  );

afterEach(() => vi.unstubAllEnvs());

describe("the shipped lockfile", () => {
  it("pins every package by its digest, for six platforms, and names no server", () => {
    const packages = Object.entries<Record<string, string[]>>(LOCK.packages).filter(([place]) => place);
    expect(
      packages
        .filter(([, { os }]) => os)
        .map(([, { os, cpu }]) => `${os![0]} ${cpu![0]}`)
        .sort(),
    ).toEqual(["darwin arm64", "darwin x64", "linux arm64", "linux x64", "win32 ia32", "win32 x64"]);
    for (const [name, { version, integrity }] of packages) {
      expect([name, version, integrity]).toEqual([name, VERSION, expect.stringMatching(/^sha512-/)]);
    }
    expect(JSON.stringify(LOCK)).not.toMatch(/resolved|https?:/);
    const { dependencies } = JSON.parse(readFileSync(path.join(PROJECT, "package.json"), "utf8"));
    expect(dependencies).toEqual({ "sherpa-onnx-node": VERSION });
  });
});

describe("the runtime", () => {
  let place: Place;
  beforeEach(() => {
    place = newPlace(base);
  });

  it("is installed by npm ci in a folder of its own, from the lockfile, without scripts, and without our secrets", async () => {
    vi.stubEnv("AITTSM_API_KEY", "tts_secret");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    vi.stubEnv("npm_config_registry", "https://registry.example/");
    vi.stubEnv("npm_config_omit", "optional");
    await pullRuntime(place);
    const [call, ...others] = place.npm.calls();
    expect(others).toEqual([]);
    const { argv, cwd, env, files } = call!;
    expect(argv[0]).toBe("ci");
    expect(argv).toEqual(expect.arrayContaining(["--ignore-scripts", "--no-audit", "--no-fund", "--include=optional"]));
    expect(argv.slice(-2)).toEqual(["--prefix", cwd]);
    expect(path.dirname(path.dirname(cwd))).toBe(place.root);
    expect(files).toEqual(["package-lock.json", "package.json"]);
    expect(JSON.stringify(env)).not.toContain("secret");
    expect(env).toMatchObject({ PATH: process.env.PATH, npm_config_registry: "https://registry.example/" });
    expect(env).not.toHaveProperty("npm_config_omit");
    expect(await stateOf(place)).toEqual({
      package: "sherpa-onnx-node",
      version: VERSION,
      installed: VERSION,
      ready: true,
    });
    expect(place.names()).toEqual(["runtime"]);
  });

  it("is left alone when it is there, and replaced when it is another version or not whole", async () => {
    await pullRuntime(place);
    await pullRuntime(place);
    expect(place.npm.calls()).toHaveLength(1);
    const manifest = path.join(place.root, "runtime/node_modules/sherpa-onnx-node/package.json");
    writeFileSync(manifest, JSON.stringify({ version: "1.12.0" }));
    expect(await stateOf(place)).toMatchObject({ installed: "1.12.0", ready: false });
    await pullRuntime(place);
    expect(place.npm.calls()).toHaveLength(2);
    expect(await stateOf(place)).toMatchObject({ installed: VERSION, ready: true });
    expect(place.names()).toEqual(["runtime"]);
  });

  it("stays as it was when npm fails, which is told in npm's words with what to do", async () => {
    const failing = newPlace(
      base,
      'process.stderr.write("npm error code E404\\nnpm error 404 Not Found\\nnpm error A complete log of this run can be found in: /x\\n"); process.exit(1);',
    );
    const error = await failure(pullRuntime(failing));
    expect([error.code, error.message]).toEqual(["NETWORK_ERROR", expect.stringContaining("E404 404 Not Found")]);
    expect(error.message).not.toContain("complete log");
    expect(error.hint).toMatch(/npm ping.*npm config set registry/);
    expect(failing.names()).toEqual([]);
    await pullRuntime(place);
    writeFileSync(path.join(place.root, "runtime/node_modules/sherpa-onnx-node/package.json"), '{"version":"1.12.0"}');
    await failure(place.pull({ only: "runtime", npm: failing.npm }));
    expect(await stateOf(place)).toMatchObject({ installed: "1.12.0" });
  });

  it("is refused when npm leaves out the part for this machine", async () => {
    const partial = newPlace(base, 'install("sherpa-onnx-node");');
    expect(await failure(pullRuntime(partial))).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining(`${process.platform} on ${process.arch}`),
    });
    expect(partial.names()).toEqual([]);
  });

  it("is refused where there is no npm that can be started", async () => {
    const gone = { command: path.join(base, "no-such-npm"), args: [] };
    expect(await failure(place.pull({ only: "runtime", npm: gone }))).toMatchObject({
      code: "NETWORK_ERROR",
      message: expect.stringContaining("ENOENT"),
    });
  });

  it("ends npm when it is told to stop, and leaves nothing", async () => {
    const slow = newPlace(base, "setTimeout(() => {}, 60_000);");
    const stop = new AbortController();
    const stopped = slow.pull({ only: "runtime", signal: stop.signal });
    while (slow.npm.calls().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new Error("Ctrl-C"));
    await expect(stopped).rejects.toThrow("Ctrl-C");
    expect(slow.names()).toEqual([]);
  });
});

describe("npm", () => {
  const NODE = path.join(base, "nowhere", "bin", "node");
  const script = (...parts: string[]) => {
    const file = path.join(mkdtempSync(path.join(base, "npm-")), ...parts);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, "");
    chmodSync(file, 0o755);
    return file;
  };

  it("is the one that runs this program, if it is npm", () => {
    const own = script("npm-cli.js");
    expect(findNpm({ npm_execpath: own }, NODE)).toEqual({ command: NODE, args: [own] });
    expect(findNpm({ npm_execpath: script("pnpm.cjs") }, NODE)).toBeUndefined();
    expect(findNpm({ npm_execpath: "npm-cli.js" }, NODE)).toBeUndefined();
  });

  it("is else the one that came with this Node, on POSIX and Windows", () => {
    const posix = script("lib/node_modules/npm/bin/npm-cli.js");
    const root = posix.slice(0, -"/lib/node_modules/npm/bin/npm-cli.js".length);
    expect(findNpm({}, path.join(root, "bin/node"))?.args).toEqual([posix]);
    const windows = script("node_modules/npm/bin/npm-cli.js");
    const node = path.join(windows.slice(0, -"/node_modules/npm/bin/npm-cli.js".length), "node.exe");
    expect(findNpm({}, node)).toEqual({ command: node, args: [windows] });
  });

  it.skipIf(process.platform === "win32")("is else the one of PATH: a link to its script, or a program", () => {
    const real = script("npm-cli.js");
    const bin = mkdtempSync(path.join(base, "bin-"));
    symlinkSync(real, path.join(bin, "npm"));
    expect(findNpm({ PATH: `relative:${bin}` }, NODE)).toEqual({ command: NODE, args: [real] });
    const program = script("npm");
    expect(findNpm({ PATH: path.dirname(program) }, NODE)).toEqual({ command: program, args: [] });
    expect(findNpm({ PATH: base }, NODE)).toBeUndefined();
  });

  it("gets what it needs of the environment, and no keys", () => {
    const env = { Path: "x", HTTPS_PROXY: "p", npm_config_cafile: "c", NODE_EXTRA_CA_CERTS: "e", APPDATA: "a" };
    const kept = npmEnvironment({
      ...env,
      OPENAI_API_KEY: "k",
      NODE_OPTIONS: "--inspect",
      npm_config_global: "true",
      PATHS: "x",
    });
    expect(kept).toEqual(env);
  });
});
