import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import unbzip2 from "unbzip2-stream";
import type { ModelFile } from "../engines/kokoro/layout.ts";
import { AppError } from "../errors.ts";
import type { Bounds } from "./catalogue.ts";
import { entryPath } from "./entry-path.ts";
import { writeMeasured } from "./files.ts";
import { refused } from "./refusal.ts";

/** Longer names and the like are kept in entries of their own; a sound archive needs few bytes for them. */
const MAX_META_BYTES = 64 * 1024;

interface UnpackOptions {
  /** A folder that is there, empty, and nobody else's. */
  into: string;
  bounds: Bounds;
  signal: AbortSignal;
  /** Told how many bytes of the archive have been read. */
  onRead?: (bytes: number) => void;
}

/**
 * Unpacks a tar archive (POSIX.1-1988, pax or GNU; plain, gzip or bzip2, told by its first bytes) that nobody vouches
 * for: regular files and folders only, each once, none outside of `into`, within bounds. Files get no permissions of
 * the archive's and are on disk when it is done.
 * @returns the files, with paths relative to `into`
 * @throws AppError INVALID_INPUT that says what is wrong; then `into` holds rubbish. Also the signal's reason.
 */
export async function unpack(archive: string, options: UnpackOptions): Promise<ModelFile[]> {
  const reader = new EntryReader(options);
  const input = createReadStream(archive, { highWaterMark: 2 ** 17 });
  try {
    for await (const chunk of decompress(input, await compressionOf(archive))) {
      options.onRead?.(input.bytesRead);
      if (!(await reader.write(chunk))) break;
    }
    await reader.end();
  } catch (error) {
    options.signal.throwIfAborted(); // its reason, not what it broke
    if (error instanceof AppError || (error instanceof Error && "syscall" in error)) throw error;
    throw refused(
      `the archive is damaged (${error instanceof Error ? error.message : String(error)}).`,
      undefined,
      error,
    );
  } finally {
    input.destroy();
    await reader.close();
  }
  return reader.files;
}

type Compression = "bzip2" | "gzip" | "none";

async function compressionOf(archive: string): Promise<Compression> {
  const handle = await open(archive, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const magic = buffer.subarray(0, bytesRead).toString("latin1");
    if (/^BZh[1-9]/.test(magic)) return "bzip2";
    return magic.startsWith("\x1f\x8b") ? "gzip" : "none";
  } finally {
    await handle.close();
  }
}

function decompress(input: Readable, compression: Compression): AsyncIterable<Buffer> {
  if (compression === "bzip2") return bunzip2(input);
  // Errors come out of the last stream.
  return compression === "gzip" ? pipeline(input, createGunzip(), () => {}) : input;
}

/** The decoder is a stream of Node's first kind, which gives its output while it is written to. */
async function* bunzip2(input: Readable): AsyncGenerator<Buffer> {
  const decoder = unbzip2() as unknown as NodeJS.ReadWriteStream;
  let output: Buffer[] = [];
  let failure: unknown;
  decoder.on("data", (block: Buffer) => output.push(block));
  decoder.on("error", (error) => {
    failure ??= error;
  });
  const taken = () => {
    if (failure) throw failure;
    const blocks = output;
    output = [];
    return blocks;
  };
  for await (const chunk of input) {
    decoder.write(chunk);
    yield* taken();
  }
  decoder.end();
  yield* taken();
}

/** Reads a tar's entries from its bytes and writes them to files. */
class EntryReader {
  readonly files: ModelFile[] = [];
  readonly #options: UnpackOptions;
  readonly #parser: Parser;
  readonly #seen = new Set<string>();
  #entries = 0;
  #bytes = 0;
  #sawEnd = false;
  #failure: unknown;
  #failed: Promise<void>;
  #fail!: (reason: unknown) => void;
  /** One entry after the other: the parser gives the next one as soon as the last one's bytes are read. */
  #work: Promise<void> = Promise.resolve();
  #taken: ReadEntry | undefined;

  constructor(options: UnpackOptions) {
    this.#options = options;
    this.#failed = new Promise((resolve) => {
      this.#fail = (reason) => {
        this.#failure ??= reason;
        resolve();
      };
    });
    this.#parser = new Parser({
      strict: true,
      maxMetaEntrySize: MAX_META_BYTES,
      onReadEntry: (entry) => {
        this.#work = this.#work.then(() => (this.#failure ? undefined : this.#take(entry))).catch(this.#fail);
      },
    });
    this.#parser.on("error", this.#fail);
    this.#parser.on("ignoredEntry", () => this.#fail(refused("it holds a name of unreasonable length.")));
    this.#parser.on("eof", () => {
      this.#sawEnd = true;
    });
  }

  /** @returns false when the archive has ended and the rest need not be read */
  async write(chunk: Buffer): Promise<boolean> {
    this.#options.signal.throwIfAborted();
    const flows = this.#parser.write(chunk);
    if (!flows && !this.#failure && !this.#sawEnd) {
      const waiting = new AbortController();
      await Promise.race([once(this.#parser, "drain", { signal: waiting.signal }).catch(() => {}), this.#failed]);
      waiting.abort();
    }
    if (this.#failure) throw this.#failure;
    return !this.#sawEnd;
  }

  async end(): Promise<void> {
    if (!this.#sawEnd) {
      const parsed = new Promise((resolve) => this.#parser.once("end", resolve));
      this.#parser.end();
      await Promise.race([parsed, this.#failed]);
    }
    await this.#work;
    if (this.#failure) throw this.#failure;
    // A tar ends with two empty blocks; one without them was cut off between two entries.
    if (!this.#sawEnd) throw refused("the archive ends before its end.");
  }

  /** Lets go of a file that is half written. */
  async close(): Promise<void> {
    this.#failure ??= new Error("stopped");
    this.#taken?.on("error", () => {}).destroy(new Error("stopped"));
    await this.#work;
  }

  async #take(entry: ReadEntry): Promise<void> {
    this.#taken = entry;
    const { into, bounds, signal } = this.#options;
    if (++this.#entries > bounds.entries) throw refused(`it holds more than ${bounds.entries} files and folders.`);
    const name = entryPath(entry.path);
    if (entry.type === "Directory") {
      if (name) await mkdir(path.join(into, name), { recursive: true });
      entry.resume();
      return;
    }
    if (entry.type !== "File" && entry.type !== "OldFile") {
      throw refused(
        `it holds ${JSON.stringify(entry.path.slice(0, 100))}, which is a ${entry.type} and no regular file.`,
      );
    }
    if (!name) throw refused("it holds a file without a name.");
    if (this.#seen.has(name)) throw refused(`it holds ${JSON.stringify(name)} twice.`);
    this.#seen.add(name);
    this.#bytes += entry.size;
    if (entry.size > bounds.fileBytes)
      throw refused(`its file ${name} has ${entry.size} bytes, more than ${bounds.fileBytes}.`);
    if (this.#bytes > bounds.totalBytes) throw refused(`its files have more than ${bounds.totalBytes} bytes together.`);
    const target = path.join(into, name);
    await mkdir(path.dirname(target), { recursive: true }).catch((error) => {
      if (error.code === "EEXIST" || error.code === "ENOTDIR")
        throw refused(`it holds a file where ${name} needs a folder.`);
      throw error;
    });
    const file = await writeMeasured(target, name, entry as AsyncIterable<Uint8Array>, signal);
    if (file.bytes !== entry.size) throw refused(`its file ${name} is cut off.`);
    this.files.push(file);
  }
}
