import { readFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../errors.ts";
import { writeJson } from "./files.ts";
import type { Http } from "./http.ts";
import { refused } from "./refusal.ts";

/** The list of a whole release is about 100 kB. */
const MAX_LIST_BYTES = 4 * 2 ** 20;
/** The name under which sherpa-onnx publishes the digests of a release's archives. */
const LIST_FILE = "checksum.txt";

/** A digest that the archive's publisher or whoever copied it has put beside it. */
export interface PublishedChecksum {
  /** Hexadecimal, lower case. */
  sha256: string;
  /** URL or file that it was read from. */
  from: string;
}

/**
 * The digest of a file in a list: `sha256sum`'s lines (`digest  name`), the same the other way round (`name digest`, as
 * sherpa-onnx has it), BSD's (`SHA256 (name) = digest`), or nothing but a digest.
 * @returns hexadecimal, lower case; undefined when the list has none for that name
 */
export function findChecksum(list: string, name: string): string | undefined {
  const lines = list.split(/\r?\n/).map((line) => line.trim());
  for (const line of lines) {
    const [, digestFirst, nameSecond] = /^([0-9a-f]{64})\s+\*?(?:\.\/)?(\S.*)$/i.exec(line) ?? [];
    if (digestFirst && nameSecond === name) return digestFirst.toLowerCase();
    const [, nameFirst, digestSecond] = /^(?:SHA256 \()?(?:\.\/)?(\S.*?)(?:\) =)?\s+([0-9a-f]{64})$/i.exec(line) ?? [];
    if (digestSecond && nameFirst === name) return digestSecond.toLowerCase();
  }
  const [only, ...others] = lines.filter(Boolean);
  return others.length === 0 && only && /^[0-9a-f]{64}$/i.test(only) ? only.toLowerCase() : undefined;
}

/**
 * The digest published beside an archive: in `<archive>.sha256`, else in the folder's `checksum.txt`.
 * @param read gives a file of the archive's folder, by name; undefined when there is none
 * @returns undefined when none is published
 * @throws AppError PROVIDER_ERROR when there is an `<archive>.sha256` without a digest; what `read` throws
 */
async function findPublished(
  archive: string,
  read: (name: string) => Promise<{ text: string; from: string } | undefined>,
): Promise<PublishedChecksum | undefined> {
  const own = await read(`${archive}.sha256`);
  if (own) {
    const sha256 = findChecksum(own.text, archive);
    if (sha256) return { sha256, from: own.from };
    throw new AppError("PROVIDER_ERROR", `${own.from} has no SHA-256 of ${archive}.`, {
      hint: "check that file, or AITTSM_MODEL_BASE_URL",
    });
  }
  const list = await read(LIST_FILE);
  const sha256 = list && findChecksum(list.text, archive);
  return sha256 ? { sha256, from: list.from } : undefined;
}

/** As `findPublished`, of a folder on a server. */
export const publishedAt = (http: Http, baseUrl: string, archive: string, signal: AbortSignal) =>
  findPublished(archive, async (name) => {
    const from = `${baseUrl}/${name}`;
    const text = await http.text(from, MAX_LIST_BYTES, signal);
    return text === undefined ? undefined : { text, from };
  });

/** As `findPublished`, of the folder that a file is in. */
export const publishedBeside = (file: string) =>
  findPublished(path.basename(file), async (name) => {
    const from = path.join(path.dirname(file), name);
    try {
      return { text: await readFile(from, "utf8"), from };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  });

/** The digests noted at first pulls, by archive; kept when a model is removed. */
export class NotedChecksums {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  async get(archive: string): Promise<string | undefined> {
    const { archives } = await this.#read();
    return Object.hasOwn(archives, archive) ? archives[archive] : undefined;
  }

  async note(archive: string, sha256: string): Promise<void> {
    const { archives } = await this.#read();
    if (archives[archive] !== sha256)
      await writeJson(this.#file, { format: 1, archives: { ...archives, [archive]: sha256 } });
  }

  async #read(): Promise<{ archives: Record<string, string> }> {
    let text: string;
    try {
      text = await readFile(this.#file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { archives: {} };
      throw error;
    }
    try {
      const { format, archives } = JSON.parse(text);
      if (format === 1 && archives && typeof archives === "object") return { archives };
    } catch {
      // said below
    }
    // Not begun anew: that would let every archive in.
    throw new AppError("CONFIG_INVALID", `${this.#file} can't be read: it should hold the checksums of first pulls.`, {
      hint: `mend it, or delete it to note the checksums anew`,
    });
  }
}

/**
 * Whether an archive is the one that it should be, and how that is known: `published` when its digest is the one that
 * is published beside it, `first pull` when none is and it is the same as at the first pull, or this is the first.
 * @param acceptChanged takes another digest than at the first pull
 * @throws AppError INVALID_INPUT with both digests when they differ
 */
export function judgeChecksum(
  archive: string,
  actual: string,
  { published, noted, acceptChanged }: { published?: PublishedChecksum; noted?: string; acceptChanged?: boolean },
): "published" | "first pull" {
  if (published) {
    if (published.sha256 === actual) return "published";
    throw refused(
      `the SHA-256 of ${archive} is ${actual}, but ${published.from} says ${published.sha256}.`,
      "try again; when it stays so, the archive was changed or damaged where it comes from: use another source",
    );
  }
  if (noted === undefined || noted === actual || acceptChanged) return "first pull";
  throw refused(
    `the SHA-256 of ${archive} is ${actual}, but at the first pull it was ${noted}, and none is published.`,
    "find out whether its publisher has replaced it; if so, add --accept-changed",
  );
}
