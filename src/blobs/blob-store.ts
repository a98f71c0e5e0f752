/** Where finished audio lives. Names are the job's own (`<job>-<attempt>.<ext>`), reserved in its row beforehand. */
export interface BlobStore {
  /** Starts a file under a temporary name. A name that was begun before is begun anew. */
  create(name: string): Promise<BlobWriter>;
  /** The whole blob or the bytes [start, end]; undefined when there is none. */
  read(name: string, range?: { start: number; end: number }): Promise<ReadableStream<Uint8Array> | undefined>;
  sizeBytes(name: string): Promise<number | undefined>;
  remove(name: string): Promise<void>;
  /** Removes every file, finished or not, whose name `isReserved` doesn't know. */
  sweep(isReserved: (names: string[]) => Promise<Set<string>>): Promise<number>;
  /** The absolute path of a finished blob, where there is one on this machine. */
  localPath(name: string): string | undefined;
  /** Bytes that can still be stored; undefined when that can't be known. Exact to the moment when below `needed`. */
  freeBytes(needed: number): Promise<number | undefined>;
}

export interface BlobWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Overwrites bytes that were written already. */
  patch(offset: number, bytes: Uint8Array): Promise<void>;
  /** Makes the blob durable and visible under its name, whole or not at all; gives its size. */
  commit(): Promise<number>;
  discard(): Promise<void>;
  /** Reads what is written so far, also after `commit` or `discard`, until `close` of the reader. */
  reader(): Promise<BlobReader>;
}

export interface BlobReader {
  /** Up to `maxBytes` from `offset`; empty when nothing is there yet. */
  read(offset: number, maxBytes: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
