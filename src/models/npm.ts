import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";

/** A program with the arguments that come first. */
export interface Npm {
  command: string;
  args: readonly string[];
}

/**
 * npm, as JavaScript for this Node wherever it can be found: Windows starts its `npm.cmd` only through a shell, and none is
 * used here. In this order: the npm that runs this process (`npx`), the one that came with this Node, the one of PATH.
 */
export function findNpm(env: NodeJS.ProcessEnv = process.env, node = process.execPath): Npm | undefined {
  const folder = path.dirname(node);
  const script = [
    // yarn and pnpm set it, too, and are not npm.
    path.basename(env.npm_execpath ?? "") === "npm-cli.js" ? env.npm_execpath! : "",
    path.join(folder, "node_modules", "npm", "bin", "npm-cli.js"),
    path.join(folder, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
  ].find((file) => path.isAbsolute(file) && existsSync(file));
  if (script) return { command: node, args: [script] };
  const searched = Object.entries(env).find(([name]) => name.toUpperCase() === "PATH")?.[1] ?? "";
  for (const place of searched.split(path.delimiter).filter((entry) => path.isAbsolute(entry))) {
    const besides = path.join(place, "node_modules", "npm", "bin", "npm-cli.js");
    if (process.platform === "win32") {
      if (existsSync(path.join(place, "npm.cmd")) && existsSync(besides)) return { command: node, args: [besides] };
      continue;
    }
    const file = path.join(place, "npm");
    if (!existsSync(file)) continue;
    // Mostly a link to the script; else a program of its own kind.
    const real = realpathSync(file);
    return real.endsWith(".js") ? { command: node, args: [real] } : { command: file, args: [] };
  }
  return undefined;
}

/** What npm needs of the environment: where things are, and how the network is reached. Keys stay here. */
const PASSED_ON = new RegExp(
  `^(${[
    ...["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"],
    ...[
      "SystemRoot",
      "SystemDrive",
      "windir",
      "ComSpec",
      "PATHEXT",
      "TEMP",
      "TMP",
      "USERPROFILE",
      "LOCALAPPDATA",
      "APPDATA",
    ],
    ...[
      "ProgramData",
      "ProgramFiles",
      "HTTPS?_PROXY",
      "NO_PROXY",
      "NODE_EXTRA_CA_CERTS",
      "SSL_CERT_FILE",
      "SSL_CERT_DIR",
    ],
    // Not those that would install something else, or elsewhere.
    "npm_config_(registry|cache|userconfig|globalconfig|proxy|https[_-]proxy|noproxy|ca|cafile|strict[_-]ssl|offline|prefer[_-]offline)",
  ].join("|")})$`,
  "i",
);

export function npmEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && PASSED_ON.test(name) ? [[name, value]] : [],
    ),
  );
}

/** How a run of npm ended. */
export interface NpmResult {
  /** 0 when it did what it was asked. */
  code: number | null;
  /** The end of what it wrote. */
  said: string;
}

const MOST_SAID = 4_000;

/**
 * Runs npm in a folder, without a shell and without input.
 * @throws the signal's reason, once npm has ended; Error when it can't be started
 */
export async function runNpm(
  npm: Npm,
  args: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<NpmResult> {
  signal.throwIfAborted();
  const child = spawn(npm.command, [...npm.args, ...args], {
    cwd: folder,
    env: npmEnvironment(),
    shell: false,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-MOST_SAID);
    });
  }
  const stop = () => child.kill();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    signal.throwIfAborted();
    return { code, said: said.trim() };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
