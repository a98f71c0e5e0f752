import path from "node:path";
import { createInterface } from "node:readline/promises";
import { readConfig } from "../config.ts";
import { AppError, invalidField } from "../errors.ts";
import { findModel, MODELS, nameOf } from "../models/catalogue.ts";
import { inspectModel, type ModelState, removeModel as remove, verifyModel } from "../models/inspect.ts";
import { checksumSentence, pull, weightOf } from "../models/pull.ts";
import { ProgressLine } from "./progress-line.ts";

export interface PullOptions {
  from?: string;
  runtimeOnly?: boolean;
  modelOnly?: boolean;
  again?: boolean;
  acceptChanged?: boolean;
}

/** `aittsm models pull`: installs a runtime and a model, telling what it does on stderr. */
export async function pullModel(id: string, options: PullOptions): Promise<void> {
  const entry = findModel(id);
  if (options.from !== undefined && options.runtimeOnly) {
    throw invalidField(
      "from",
      "--from is a copy of the model, which --runtime-only leaves out.",
      "leave one of them out",
    );
  }
  const { modelDir, modelBaseUrl } = readConfig();
  await untilInterrupted(async (signal) => {
    const line = new ProgressLine(process.stderr);
    try {
      await pull({
        entry,
        modelDir,
        signal,
        baseUrl: modelBaseUrl,
        from: options.from === undefined ? undefined : path.resolve(options.from),
        only: options.runtimeOnly ? "runtime" : options.modelOnly ? "model" : undefined,
        again: options.again,
        acceptChanged: options.acceptChanged,
        report: { say: (sentence) => line.say(sentence), progress: (...of) => line.show(...of) },
      });
    } finally {
      line.end();
    }
    const { runtime, manifest, problem } = await inspectModel(entry, modelDir);
    if (runtime.ready && manifest && !problem) {
      process.stdout.write(`${id} is ready: \`aittsm voices --provider ${id}\` lists its voices.\n`);
    }
  });
}

/** `aittsm models list`: every model there is, and what is installed of it. */
export async function listModels({ json }: { json?: boolean }): Promise<void> {
  const { modelDir } = readConfig();
  const states = await Promise.all(MODELS.map((entry) => inspectModel(entry, modelDir)));
  if (json) process.stdout.write(`${JSON.stringify(states.map(wireState), null, 2)}\n`);
  else for (const state of states) process.stdout.write(`${describe(state).join("\n  ")}\n`);
}

function wireState({ id, runtime, manifest, problem, downloadedBytes }: ModelState) {
  const { installed, ready, version, package: name } = runtime;
  return {
    id,
    installed: manifest !== undefined,
    ...(manifest && {
      name: manifest.name,
      bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      source: manifest.source,
      archive_sha256: manifest.archive_sha256,
      checksum: manifest.checksum,
      installed_at: manifest.installed_at,
    }),
    ...(problem && { problem }),
    runtime: { package: name, version, ...(installed !== undefined && { installed_version: installed }), ready },
    downloaded_bytes: downloadedBytes,
  };
}

function describe({ id, runtime, manifest, problem, downloadedBytes }: ModelState): string[] {
  const { package: name, installed, version, ready } = runtime;
  const other = installed === undefined ? "not installed" : `${installed} is installed, ${version} is wanted`;
  const { archive } = findModel(id);
  return [
    `${id}: ${manifest ? `${manifest.name}, ${weightOf(manifest)}` : (problem ?? `${nameOf(archive)} is not installed`)}`,
    ...(manifest ? [`from ${manifest.source}, ${manifest.installed_at}`, checksumSentence(manifest)] : []),
    `runtime: ${name} ${ready ? version : `(${other})`}`,
    ...(downloadedBytes > 0
      ? [`${(downloadedBytes / 1e6).toFixed(1)} MB are downloaded; a pull goes on from there`]
      : []),
    ...(manifest && ready ? [] : [`to install it: aittsm models pull ${id}`]),
  ];
}

/** `aittsm models verify`: names every file that is not as it was installed; then the exit status is 1. */
export async function verifyModels(id: string | undefined): Promise<void> {
  const { modelDir } = readConfig();
  await untilInterrupted(async (signal) => {
    const entries = id === undefined ? await installedModels(modelDir) : [findModel(id)];
    if (entries.length === 0)
      process.stderr.write("No model is installed; `aittsm models list` shows what there is.\n");
    for (const entry of entries) {
      const line = new ProgressLine(process.stderr);
      const onBytes = (done: number, total: number) => line.show(`Checking ${entry.id}`, done, total);
      const { manifest, differences } = await verifyModel(entry, modelDir, { signal, onBytes }).finally(() =>
        line.end(),
      );
      for (const { path: name, what } of differences) process.stdout.write(`${entry.id}: ${name}: ${what}\n`);
      if (differences.length === 0) {
        process.stdout.write(
          `${entry.id}: all ${manifest.files.length} files of ${manifest.name} are as they were installed.\n`,
        );
        continue;
      }
      process.exitCode = 1;
      process.stderr.write(`${entry.id} is damaged. To install it anew: aittsm models pull ${entry.id} --again\n`);
    }
  });
}

async function installedModels(modelDir: string) {
  const states = await Promise.all(
    MODELS.map(async (entry) => ({ entry, state: await inspectModel(entry, modelDir) })),
  );
  return states.filter(({ state }) => state.manifest || state.problem).map(({ entry }) => entry);
}

/** `aittsm models remove`: asks where there is somebody to ask, else takes `--yes`. */
export async function removeModel(id: string, { yes }: { yes?: boolean }): Promise<void> {
  const entry = findModel(id);
  const { modelDir } = readConfig();
  if (!yes && !(await confirmed(`Remove the model and the runtime of ${id} from ${entry.folder(modelDir)}? [y/N] `))) {
    throw new AppError("DECLINED", "Nothing was removed.", { hint: "answer y to remove it" });
  }
  const bytes = await remove(entry, modelDir);
  process.stdout.write(bytes > 0 ? `Removed ${id}: ${bytes} bytes are free again.\n` : `${id} was not installed.\n`);
}

async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw invalidField("yes", "Nobody can be asked here whether to remove it.", "add --yes");
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

/** As shells count a program that a signal ended. */
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs what Ctrl-C ends in order; a second one ends it at once. */
async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const handlers = Object.entries(EXIT_BY_SIGNAL).map(([name, code]) => {
    const handler = () => {
      process.exitCode = code;
      const hint = "run the same command again: what was downloaded is kept";
      stop.abort(new AppError("CANCELLED", "Stopped before it was done.", { hint }));
    };
    process.once(name, handler);
    return () => process.off(name, handler);
  });
  try {
    await run(stop.signal);
  } finally {
    for (const remove of handlers) remove();
  }
}
