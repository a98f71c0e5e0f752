import { existsSync, readdirSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../errors.ts";
import { ESPEAK_DATA_DIR, manifestFile, modelFilesDir, PULL_COMMAND, readManifest } from "./layout.ts";
import { readOnnxMetadata } from "./onnx-metadata.ts";
import { runsHere, runtimeFile } from "./runtime.ts";
import { SAMPLE_RATE_HERTZ } from "./voices.ts";

/** A model that is ready to be loaded. */
export interface Installed {
  /** Differs once another model is installed. */
  revision: string;
  /** The model's name, for people. */
  name: string;
  /** Numbers of speakers by their names. */
  sids: ReadonlyMap<string, number>;
  /** What a voice process loads. */
  load: ModelFiles;
}

/** Where a voice process finds what it loads. */
export interface ModelFiles {
  /** Main file of the runtime, absolute. */
  runtime: string;
  /** The model's folder, absolute; the names below are of files in it. */
  folder: string;
  /** How Chinese characters are read; none: they can't be. */
  lexicons: readonly string[];
  /** How numbers in a Chinese text are written out, in the order in which they are tried. */
  rules: readonly string[];
}

/** Why there is none. */
export interface NotInstalled {
  whyUnavailable: string;
  hint: string;
}

const RUN_PULL = `run ${PULL_COMMAND}`;
const notInstalled = (what: string): NotInstalled => ({
  whyUnavailable: `${what}; ${RUN_PULL}.`,
  hint: `run: ${PULL_COMMAND}`,
});

/** What is installed in a models' folder, read anew when it changes: another process may install meanwhile. */
export class Installation {
  readonly #modelDir: string;
  readonly #runtimeFrom: string | undefined;
  #seen: { signature: string; found: Installed | NotInstalled } | undefined;

  /** @param runtimeFrom URL of the module from whose place the runtime is looked for; default: this program */
  constructor(modelDir: string, runtimeFrom?: string) {
    this.#modelDir = modelDir;
    this.#runtimeFrom = runtimeFrom;
  }

  /** A stat and a few look-ups; more only after a change. */
  async current(): Promise<Installed | NotInstalled> {
    const manifest = await statOf(manifestFile(this.#modelDir));
    const runtime = runtimeFile(this.#modelDir, this.#runtimeFrom);
    const signature = JSON.stringify([runtime, manifest?.mtimeMs, manifest?.size, manifest?.ino]);
    if (this.#seen?.signature !== signature) this.#seen = { signature, found: await this.#look(runtime) };
    return this.#seen.found;
  }

  /** As `current`. @throws AppError PROVIDER_DISABLED with the way out */
  async required(): Promise<Installed> {
    const found = await this.current();
    if ("load" in found) return found;
    throw new AppError("PROVIDER_DISABLED", `Kokoro can't speak here: ${found.whyUnavailable}`, {
      hint: found.hint,
      details: { provider: "kokoro" },
    });
  }

  async #look(runtime: string | undefined): Promise<Installed | NotInstalled> {
    try {
      const manifest = await readManifest(this.#modelDir);
      if (!manifest) return notInstalled("Kokoro's model is not installed");
      if (!runtime) return notInstalled("Kokoro's runtime is not installed");
      if (!runsHere(runtime)) {
        return notInstalled(`Kokoro's runtime has no code for this machine (${process.platform} on ${process.arch})`);
      }
      const folder = modelFilesDir(this.#modelDir);
      const sids = await speakersOf(folder);
      return { revision: manifest.archive_sha256, name: manifest.name, sids, load: filesOf(folder, runtime) };
    } catch (error) {
      if (error instanceof AppError) return notInstalled(error.message.replace(/\.$/, ""));
      return notInstalled(`Kokoro's model can't be used (${error instanceof Error ? error.message : String(error)})`);
    }
  }
}

async function statOf(file: string): Promise<Stats | undefined> {
  return stat(file).catch(() => undefined);
}

/** Telephone numbers and dates before what is left: numbers. */
const RULES = ["phone-zh.fst", "date-zh.fst", "number-zh.fst"];

function filesOf(folder: string, runtime: string): ModelFiles {
  const names = readdirSync(folder).sort();
  // English goes by espeak-ng: the runtime asks lexicons only for Chinese characters when it is told a language.
  const lexicons = names.filter((name) => /^lexicon-zh[^,]*\.txt$/.test(name));
  return { runtime, folder, lexicons, rules: RULES.filter((name) => names.includes(name)) };
}

const FLOAT_BYTES = 4;

/**
 * The speakers that a model names, by their place in its voices' file. Checks what the runtime would end its process
 * for. @throws Error that says what is wrong
 */
async function speakersOf(folder: string): Promise<Map<string, number>> {
  const metadata = await readOnnxMetadata(path.join(folder, "model.onnx"));
  const speakers = (metadata.get("speaker_names") ?? "").split(",").filter(Boolean);
  const count = Number(metadata.get("n_speakers"));
  if (speakers.length === 0 || speakers.length !== count) throw new Error("model.onnx does not name its speakers");
  const rate = Number(metadata.get("sample_rate"));
  if (rate !== SAMPLE_RATE_HERTZ) throw new Error(`model.onnx speaks at ${rate} Hz, not ${SAMPLE_RATE_HERTZ}`);
  const [rows = 0, , width = 0] = (metadata.get("style_dim") ?? "").split(",").map(Number);
  const bytes = count * rows * width * FLOAT_BYTES;
  const voices = await statOf(path.join(folder, "voices.bin"));
  if (voices?.size !== bytes) throw new Error(`voices.bin has ${voices?.size ?? 0} bytes, not ${bytes}`);
  for (const name of ["tokens.txt", ...["phontab", "phonindex", "phondata", "intonations"].map(inEspeakData)]) {
    if (!existsSync(path.join(folder, name))) throw new Error(`${name} is missing`);
  }
  return new Map(speakers.map((speaker, sid) => [speaker, sid]));
}

const inEspeakData = (name: string) => `${ESPEAK_DATA_DIR}/${name}`;
