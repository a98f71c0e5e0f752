import { type FileHandle, open } from "node:fs/promises";

// Fields of ModelProto and StringStringEntryProto in onnx.proto (github.com/onnx/onnx).
const METADATA_PROPS = 14;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

// Wire types of protocol buffers that models have at the top.
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A tag and a length: two varints of at most ten bytes. */
const HEADER_BYTES = 20;
const MOST_METADATA_BYTES = 1024 * 1024;

/**
 * What an ONNX model says about itself: its metadata_props, by key. Reads past the graph, so it costs a few reads,
 * whatever the size of the file.
 * @throws Error when the file is no ONNX model or can't be read
 */
export async function readOnnxMetadata(path: string): Promise<Map<string, string>> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const found = new Map<string, string>();
    let read = 0;
    for (let at = 0; at < size; ) {
      const field = nextField(await bytesAt(file, at, Math.min(HEADER_BYTES, size - at)), 0);
      const start = at + field.headerBytes;
      if (start + field.length > size) throw new Error("the model ends too soon");
      if (field.number === METADATA_PROPS) {
        read += field.length;
        if (read > MOST_METADATA_BYTES) throw new Error("the model's metadata is too big");
        const [key, value] = entryOf(await bytesAt(file, start, field.length));
        found.set(key, value);
      }
      at = start + field.length;
    }
    return found;
  } finally {
    await file.close();
  }
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error("the model ends too soon");
  return buffer;
}

interface Field {
  number: number;
  headerBytes: number;
  /** Of what follows the header. */
  length: number;
}

function nextField(bytes: Buffer, at: number): Field {
  const tag = varintAt(bytes, at);
  const number = Math.floor(tag.value / 8);
  const wire = tag.value % 8;
  const value = varintAt(bytes, at + tag.bytes);
  const headerBytes = tag.bytes + value.bytes;
  if (number === 0 || (wire !== VARINT && wire !== LENGTH_DELIMITED)) throw new Error("this is no ONNX model");
  return { number, headerBytes, length: wire === VARINT ? 0 : value.value };
}

function varintAt(bytes: Buffer, at: number): { value: number; bytes: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, bytes: i + 1 };
  }
  throw new Error("this is no ONNX model");
}

function entryOf(bytes: Buffer): [key: string, value: string] {
  const parts = new Map<number, string>();
  for (let at = 0; at < bytes.length; ) {
    const { number, headerBytes, length } = nextField(bytes, at);
    parts.set(number, bytes.toString("utf8", at + headerBytes, at + headerBytes + length));
    at += headerBytes + length;
  }
  return [parts.get(ENTRY_KEY) ?? "", parts.get(ENTRY_VALUE) ?? ""];
}
