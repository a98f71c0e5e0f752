import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { Header } from "tar";

/** An entry of a made-up archive; `content` of a folder or link is empty. */
export interface TarEntry {
  path: string;
  content?: string | Buffer;
  type?: "File" | "Directory" | "SymbolicLink" | "Link" | "CharacterDevice" | "FIFO";
  linkpath?: string;
  /** What the header says, when it is to lie. */
  size?: number;
}

const BLOCK = 512;
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);

/** A tar archive of entries as they are given, sound or not. */
export function makeTar(entries: readonly TarEntry[], { ended = true } = {}): Buffer {
  const parts = entries.flatMap(({ path, content = "", type = "File", linkpath, size }) => {
    const body = Buffer.from(content as string);
    const block = Buffer.alloc(BLOCK);
    new Header({ path, type, linkpath, size: size ?? body.length, mode: 0o644, mtime: new Date(0) }).encode(block, 0);
    return [block, padded(body)];
  });
  return Buffer.concat([...parts, Buffer.alloc(ended ? 2 * BLOCK : 0)]);
}

/** As `makeTar`, compressed. */
export const makeTarGz = (entries: readonly TarEntry[]): Buffer => gzipSync(makeTar(entries));

export const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

/** The files that a model of Kokoro's must have, without meaning. @param voices what tells this model from others */
export const modelEntries = (top: string, voices: string | Buffer = "voices"): TarEntry[] => [
  { path: `${top}/`, type: "Directory" },
  { path: `${top}/model.onnx`, content: "made up" },
  { path: `${top}/voices.bin`, content: voices },
  { path: `${top}/tokens.txt`, content: "$ 0\n" },
  { path: `${top}/espeak-ng-data/`, type: "Directory" },
  { path: `${top}/espeak-ng-data/phontab`, content: "phontab" },
];
