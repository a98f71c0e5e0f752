import { readFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../errors.ts";

/**
 * Where Kokoro is below the models' folder, and what says that it is whole. `aittsm models` writes it, the engine reads
 * it; each puts things where they belong by renaming, and the manifest last.
 */

/** The npm package that runs the model. It holds GPL parts, so users install it and this program never brings it. */
export const RUNTIME_PACKAGE = "sherpa-onnx-node";

/** The command that puts everything in its place. */
export const PULL_COMMAND = "aittsm models pull kokoro";

/** The format of the manifest that this program writes and reads. */
export const MANIFEST_FORMAT = 1;

/** Everything of Kokoro's. @param modelDir absolute: AITTSM_MODEL_DIR */
export const kokoroDir = (modelDir: string): string => path.join(modelDir, "kokoro");

/** An npm project whose node_modules has RUNTIME_PACKAGE. */
export const runtimeDir = (modelDir: string): string => path.join(kokoroDir(modelDir), "runtime");

/** The files of the model's archive, without the folder around them. */
export const modelFilesDir = (modelDir: string): string => path.join(kokoroDir(modelDir), "model");

/** The manifest: there when the model is whole. */
export const manifestFile = (modelDir: string): string => path.join(kokoroDir(modelDir), "model.json");

/** What every model has. Beside them it may have `lexicon-*.txt`, `dict/` and `*.fst`. */
export const REQUIRED_FILES = ["model.onnx", "voices.bin", "tokens.txt"] as const;

/** The folder of espeak-ng's data that every model has; the file by which it is known. */
export const ESPEAK_DATA_DIR = "espeak-ng-data";
export const ESPEAK_DATA_FILE = `${ESPEAK_DATA_DIR}/phontab`;

/** A file of the model as it was when it was installed. */
export interface ModelFile {
  /** Relative to the model's folder, with slashes. */
  path: string;
  bytes: number;
  /** Hexadecimal, lower case. */
  sha256: string;
}

/** What is installed and where it came from; as it stands in the file. */
export interface ModelManifest {
  format: typeof MANIFEST_FORMAT;
  /** The archive's name without its ending, e.g. `kokoro-multi-lang-v1_0`. */
  name: string;
  /** URL or absolute path that it was taken from. */
  source: string;
  /** Of the archive; of a folder, the digest of its files' list. Hexadecimal, lower case. */
  archive_sha256: string;
  /** Whether the digest was compared with a published one, or noted at the first pull. */
  checksum: "published" | "first pull";
  /** ISO 8601, UTC. */
  installed_at: string;
  files: ModelFile[];
}

/**
 * The manifest of the installed model; undefined when none is installed.
 * @throws AppError PROVIDER_DISABLED when the manifest can't be read, or is none: the hint says how to mend it
 */
export async function readManifest(modelDir: string): Promise<ModelManifest | undefined> {
  const file = manifestFile(modelDir);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw broken(`${file} can't be read (${code})`, error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(`${file} is no JSON`, error);
  }
  const wrong = problemOf(value);
  if (wrong) throw broken(`${file} ${wrong}`);
  return value as ModelManifest;
}

function broken(what: string, cause?: unknown): AppError {
  return new AppError("PROVIDER_DISABLED", `Kokoro's model can't be used: ${what}.`, {
    hint: `install it again: ${PULL_COMMAND}`,
    details: { provider: "kokoro" },
    cause,
  });
}

const HEX_SHA256 = /^[0-9a-f]{64}$/;

/** What is wrong with a manifest, as the rest of a sentence; undefined when nothing is. */
function problemOf(value: unknown): string | undefined {
  if (!isObject(value)) return "is no manifest";
  if (value.format !== MANIFEST_FORMAT) {
    return typeof value.format === "number" && value.format > MANIFEST_FORMAT
      ? "was written by a newer version of this program"
      : "has no format that this program knows";
  }
  for (const member of ["name", "source", "installed_at"] as const) {
    if (typeof value[member] !== "string" || value[member] === "") return `has no ${member}`;
  }
  if (!isSha256(value.archive_sha256)) return "has no archive_sha256";
  if (value.checksum !== "published" && value.checksum !== "first pull") return "has no checksum that is known";
  if (!Array.isArray(value.files) || !value.files.every(isModelFile)) return "has no proper list of files";
  const listed = new Set(value.files.map((file) => file.path));
  const missing = [...REQUIRED_FILES, ESPEAK_DATA_FILE].find((file) => !listed.has(file));
  return missing && `lists no ${missing}`;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isSha256 = (value: unknown) => typeof value === "string" && HEX_SHA256.test(value);

function isModelFile(value: unknown): value is ModelFile {
  return (
    isObject(value) &&
    typeof value.path === "string" &&
    isInside(value.path) &&
    Number.isSafeInteger(value.bytes) &&
    (value.bytes as number) >= 0 &&
    isSha256(value.sha256)
  );
}

/** Whether a path stays in the folder that it is relative to, on every system. */
function isInside(relative: string): boolean {
  return (
    relative !== "" && !/[\\:\0]/.test(relative) && relative.split("/").every((part) => !["", ".", ".."].includes(part))
  );
}
