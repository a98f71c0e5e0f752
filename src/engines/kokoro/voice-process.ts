import { type ChildProcess, fork } from "node:child_process";
import { AppError } from "../../errors.ts";
import type { ModelFiles } from "./installation.ts";
import { PULL_COMMAND } from "./layout.ts";
import type { FromVoiceProcess, SpeakOrder, ToVoiceProcess } from "./protocol.ts";
import { voiceProcessFile } from "./voice-process-file.ts";

/**
 * What a voice process needs of the environment: where the system's libraries are. Everything else, such as keys of
 * providers, stays here.
 */
const PASSED_ON = [
  ...["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE"],
  ...["SystemRoot", "windir", "TEMP", "TMP"],
];

/** What is kept of what it wrote to stderr. */
const MOST_STDERR = 2_000;

/** A process that has loaded the model and speaks, one order at a time. Started by the first order. */
export class VoiceProcess {
  readonly #files: ModelFiles;
  readonly #threads: number;
  #child: ChildProcess | undefined;
  #loaded: Promise<void> | undefined;
  #ended: Promise<void> = Promise.resolve();
  readonly #running = new Map<number, Mailbox<Int16Array>>();
  #stderr = "";
  #ids = 0;

  /** @param threads of the model's computations */
  constructor(files: ModelFiles, threads: number) {
    this.#files = files;
    this.#threads = threads;
  }

  /** The process's id while it lives. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Speaks; gives the sound sentence by sentence. Nothing when the runtime finds nothing to say.
   * @throws the signal's reason when it aborts, at once; AppError PROVIDER_DISABLED when the model can't be loaded; Error
   *   when the process ends or the runtime fails
   */
  async *speak(order: SpeakOrder, signal: AbortSignal): AsyncIterable<Int16Array> {
    const child = this.#open();
    try {
      await abortable(this.#loaded!, signal);
      if (this.#child !== child) throw this.#failure("ended");
      const id = ++this.#ids;
      const sounds = new Mailbox<Int16Array>();
      this.#running.set(id, sounds);
      const onAbort = () => sounds.end(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        this.#send({ kind: "speak", id, order });
        yield* sounds.all();
      } finally {
        signal.removeEventListener("abort", onAbort);
        // Still there: whoever asked does not want the rest.
        if (this.#running.delete(id)) this.#send({ kind: "cancel", id });
      }
    } finally {
      if (this.#running.size === 0) this.#hold(false);
    }
  }

  /** Ends the process, and with it gives back its memory; the next order starts another. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
    await this.#ended;
  }

  #open(): ChildProcess {
    if (!this.#child) this.#start();
    this.#hold(true);
    return this.#child!;
  }

  #start(): void {
    this.#stderr = "";
    const child = fork(voiceProcessFile(), [], {
      cwd: this.#files.folder,
      env: Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]!]] : []))),
      execArgv: [],
      serialization: "advanced",
      // Its stdout would be the server's, which belongs to JSON-RPC.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      windowsHide: true,
    } as Parameters<typeof fork>[2]);
    this.#child = child;
    child.stderr!.on("data", (part: Buffer) => {
      this.#stderr = (this.#stderr + part.toString("utf8")).slice(-MOST_STDERR);
    });
    this.#loaded = new Promise<void>((resolve, reject) => {
      child.on("message", (message: FromVoiceProcess) => this.#hear(message, resolve, reject));
      this.#ended = new Promise<void>((ended) => {
        const onEnd = (how: string) => {
          if (this.#child === child) this.#child = undefined;
          reject(unloadable(this.#lastWords() || how));
          for (const sounds of this.#running.values()) sounds.end(this.#failure(how));
          this.#running.clear();
          ended();
        };
        child.once("error", (error) => onEnd(error.message));
        child.once("close", (code, killedBy) => onEnd(`ended with ${killedBy ?? `code ${code}`}`));
      });
    });
    this.#loaded.catch(() => {});
    this.#send({ kind: "load", files: this.#files, threads: this.#threads });
  }

  #hear(message: FromVoiceProcess, loaded: () => void, unloaded: (error: Error) => void): void {
    switch (message.kind) {
      case "loaded":
        loaded();
        break;
      case "unloadable":
        unloaded(unloadable(message.message));
        // Another try starts anew: something may have been mended.
        this.close();
        break;
      case "sound":
        this.#running.get(message.id)?.give(message.samples);
        break;
      case "done": {
        const failed = message.message !== undefined && !NOTHING_TO_SAY.test(message.message);
        this.#running.get(message.id)?.end(failed ? this.#failure(message.message!) : undefined);
        this.#running.delete(message.id);
      }
    }
  }

  #send(message: ToVoiceProcess): void {
    // A channel that is closed is told of by the process's end.
    this.#child?.send(message, () => {});
  }

  /** While it speaks it keeps this thread alive; when it only waits it does not. */
  #hold(held: boolean): void {
    const child = this.#child;
    for (const handle of [child, child?.channel, child?.stderr as unknown as NodeJS.RefCounted | undefined]) {
      if (held) handle?.ref();
      else handle?.unref();
    }
  }

  #failure(how: string): Error {
    return new Error(`Kokoro's voice process failed: ${how}. ${this.#lastWords()}`);
  }

  /** The last line that it wrote, without where in the runtime's source it is from. */
  #lastWords(): string {
    const line = this.#stderr.trimEnd().split("\n").at(-1) ?? "";
    return line.replace(/^\/\S+:\d+\s/, "").slice(0, 300);
  }
}

/** What the runtime's async call says when there are no tokens. */
const NOTHING_TO_SAY = /produced no audio/;

function unloadable(what: string): AppError {
  return new AppError(
    "PROVIDER_DISABLED",
    `Kokoro's model can't be loaded: ${what.split("\n")[0]!.replace(/\.$/, "")}.`,
    {
      hint: `install it again: ${PULL_COMMAND}`,
      details: { provider: "kokoro" },
    },
  );
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Things that arrive by and by, for one reader. */
class Mailbox<T> {
  readonly #things: T[] = [];
  #over: { error?: unknown } | undefined;
  #wake = () => {};

  give(thing: T): void {
    this.#things.push(thing);
    this.#wake();
  }

  /** The first call counts. */
  end(error?: unknown): void {
    this.#over ??= { error };
    this.#wake();
  }

  async *all(): AsyncIterable<T> {
    for (;;) {
      if (this.#over?.error !== undefined) throw this.#over.error;
      const next = this.#things.shift();
      if (next !== undefined) yield next;
      else if (this.#over) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
