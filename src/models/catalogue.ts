import {
  ESPEAK_DATA_FILE,
  kokoroDir,
  type ModelManifest,
  manifestFile,
  modelFilesDir,
  REQUIRED_FILES,
  RUNTIME_PACKAGE,
  readManifest,
  runtimeDir,
} from "../engines/kokoro/layout.ts";
import { invalidField } from "../errors.ts";

/** Something that `aittsm models pull` can install: a model, and the npm package that runs it. */
export interface ModelEntry {
  /** What people type; also the folder of its runtime's npm project in this package's `models/`. */
  id: string;
  /** The archive's file name, as its publisher has it. */
  archive: string;
  /** Where the archive and its checksums are, unless a mirror is set. */
  baseUrl: string;
  /** Files without which it can't work, relative to the model's folder. */
  requiredFiles: readonly string[];
  runtimePackage: string;
  /** Where everything of it is. @param modelDir absolute: AITTSM_MODEL_DIR */
  folder(modelDir: string): string;
  runtimeDir(modelDir: string): string;
  filesDir(modelDir: string): string;
  manifestFile(modelDir: string): string;
  /** @throws AppError PROVIDER_DISABLED when there is one that can't be used */
  readManifest(modelDir: string): Promise<ModelManifest | undefined>;
}

/** Every model there is; a new one is a line here, a layout in its engine's folder and a project in `models/`. */
export const MODELS: readonly ModelEntry[] = [
  {
    id: "kokoro",
    archive: "kokoro-multi-lang-v1_0.tar.bz2",
    // The release has a checksum.txt for all its archives.
    baseUrl: "https://github.com/k2-fsa/sherpa-onnx/releases/download/tts-models",
    requiredFiles: [...REQUIRED_FILES, ESPEAK_DATA_FILE],
    runtimePackage: RUNTIME_PACKAGE,
    folder: kokoroDir,
    runtimeDir,
    filesDir: modelFilesDir,
    manifestFile,
    readManifest,
  },
];

/** The entry of that id. @throws AppError INVALID_INPUT with the ids that there are */
export function findModel(id: string): ModelEntry {
  const found = MODELS.find((entry) => entry.id === id);
  if (found) return found;
  const ids = MODELS.map((entry) => entry.id).join(", ");
  throw invalidField("model", `There is no model "${id}".`, `there is ${ids}`);
}

/** An archive's name without its ending. */
export const nameOf = (archive: string): string => archive.replace(/\.(tar(\.(bz2|gz))?|tbz2?|tgz)$/i, "");

/** What an archive or a folder may hold at most. */
export interface Bounds {
  archiveBytes: number;
  /** Files and folders. */
  entries: number;
  fileBytes: number;
  /** Of all files together. */
  totalBytes: number;
}

const GIB = 2 ** 30;

/** Kokoro has about 400 files and 400 MB; more than these is something else. */
export const BOUNDS: Bounds = { archiveBytes: 2 * GIB, entries: 5_000, fileBytes: GIB, totalBytes: 2 * GIB };
