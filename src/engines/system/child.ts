import { spawn } from "node:child_process";

/** A program and how it is run once. */
export interface ChildRun {
  /** Absolute. */
  path: string;
  args: readonly string[];
  /** Written to its stdin, as UTF-8. */
  input?: string;
  timeoutMs: number;
  /** It is ended when it gives more than this. */
  maxBytes: number;
}

/**
 * What programs of the system need of the environment: where things are, and the user's language. Everything else, such
 * as keys of providers, stays here.
 */
const PASSED_ON = [
  ...["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE"],
  ...["SystemRoot", "windir", "ComSpec", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "ProgramData"],
  "ESPEAK_DATA_PATH",
];

const MOST_STDERR = 2_000;

function environment(): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]!]])),
  );
}

/**
 * Runs a program, never through a shell, and gives what it wrote to stdout.
 * @throws the signal's reason when it aborts, which kills the program; Error when it can't be started, ends badly, takes too long or gives too much
 */
export async function runChild(run: ChildRun, signal: AbortSignal): Promise<Buffer> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(run.path, run.args, {
      env: environment(),
      shell: false,
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    const output: Buffer[] = [];
    let bytes = 0;
    let said = "";
    const finish = (act: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const stop = (reason: unknown) => {
      child.kill("SIGKILL");
      finish(() => reject(reason));
    };
    const onAbort = () => stop(signal.reason);
    const timer = setTimeout(
      () => stop(new Error(`${run.path} took longer than ${run.timeoutMs / 1000} s`)),
      run.timeoutMs,
    );
    signal.addEventListener("abort", onAbort, { once: true });
    child.stdout.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes > run.maxBytes) stop(new Error(`${run.path} gave more than ${run.maxBytes} bytes`));
      else output.push(part);
    });
    child.stderr.on("data", (part: Buffer) => {
      if (said.length < MOST_STDERR) said += part.toString("utf8");
    });
    // A program that ends without reading all of its input says so by its exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(run.input ?? "");
    child.on("error", (error) => finish(() => reject(error)));
    child.on("close", (code, killedBy) =>
      finish(() => {
        if (code === 0) resolve(Buffer.concat(output));
        else reject(new Error(`${run.path} ended with ${killedBy ?? `code ${code}`}: ${said.slice(0, MOST_STDERR)}`));
      }),
    );
  });
}
