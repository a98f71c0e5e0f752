/**
 * Writes ONNX models: just enough of onnx.proto (github.com/onnx/onnx, field numbers from there) for the small graphs of
 * tests. A message is bytes; strings, numbers and messages become fields of one.
 */

const WIRE = { varint: 0, bytes: 2, fixed32: 5 } as const;

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const tag = (field: number, wire: number) => varint((field << 3) | wire);
const int = (field: number, value: number) => Buffer.concat([tag(field, WIRE.varint), varint(value)]);

function bytes(field: number, value: Uint8Array | string): Buffer {
  const content = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([tag(field, WIRE.bytes), varint(content.length), content]);
}

/** TensorProto.DataType */
export const FLOAT = 1;
export const INT64 = 7;

/** An initializer: a constant tensor. */
export function tensor(name: string, dims: readonly number[], data: Float32Array | BigInt64Array): Buffer {
  return Buffer.concat([
    ...dims.map((dim) => int(1, dim)),
    int(2, data instanceof Float32Array ? FLOAT : INT64),
    bytes(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

/** A node of the graph; attributes are whole numbers. */
export function node(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): Buffer {
  const INT_ATTRIBUTE = 2;
  return Buffer.concat([
    ...inputs.map((input) => bytes(1, input)),
    bytes(2, output),
    bytes(3, output),
    bytes(4, type),
    ...Object.entries(attributes).map(([name, value]) =>
      bytes(5, Buffer.concat([bytes(1, name), int(3, value), int(20, INT_ATTRIBUTE)])),
    ),
  ]);
}

/** An input or output of the graph; a dimension is a number or a name. */
export function value(name: string, type: number, shape: readonly (number | string)[]): Buffer {
  const dims = shape.map((dim) => bytes(1, typeof dim === "number" ? int(1, dim) : bytes(2, dim)));
  const tensorType = Buffer.concat([int(1, type), bytes(2, Buffer.concat(dims))]);
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, tensorType))]);
}

export interface ModelParts {
  nodes: readonly Buffer[];
  initializers: readonly Buffer[];
  inputs: readonly Buffer[];
  outputs: readonly Buffer[];
  metadata: Readonly<Record<string, string | number>>;
  opset: number;
}

/** The file's bytes. */
export function model({ nodes, initializers, inputs, outputs, metadata, opset }: ModelParts): Buffer {
  const IR_VERSION = 8;
  const graph = Buffer.concat([
    ...nodes.map((item) => bytes(1, item)),
    bytes(2, "made for tests"),
    ...initializers.map((item) => bytes(5, item)),
    ...inputs.map((item) => bytes(11, item)),
    ...outputs.map((item) => bytes(12, item)),
  ]);
  return Buffer.concat([
    int(1, IR_VERSION),
    bytes(7, graph),
    bytes(8, Buffer.concat([bytes(1, ""), int(2, opset)])),
    ...Object.entries(metadata).map(([key, text]) => bytes(14, Buffer.concat([bytes(1, key), bytes(2, String(text))]))),
  ]);
}
