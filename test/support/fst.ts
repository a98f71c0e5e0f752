/**
 * A rule that rewrites text, as sherpa-onnx reads it: a transducer over bytes in OpenFst's binary form of a VectorFst
 * (fst/vector-fst.h and fst/fst.cc of OpenFst: header, then each state with its arcs). Every other byte stays as it is.
 * @param from one ASCII character
 */
export function rewritingRule(from: string, to: string): Buffer {
  const MAGIC = 2_125_659_606;
  const EXPANDED_AND_MUTABLE = 3n;
  const parts: Buffer[] = [];
  const int32 = (number: number) => parts.push(Buffer.from(new Int32Array([number]).buffer));
  const int64 = (number: bigint) => parts.push(Buffer.from(new BigInt64Array([number]).buffer));
  const float = (number: number) => parts.push(Buffer.from(new Float32Array([number]).buffer));
  const string = (text: string) => {
    int32(text.length);
    parts.push(Buffer.from(text, "latin1"));
  };
  const state = (final: boolean, arcs: readonly [input: number, output: number, next: number][]) => {
    float(final ? 0 : Number.POSITIVE_INFINITY);
    int64(BigInt(arcs.length));
    for (const [input, output, next] of arcs) {
      int32(input);
      int32(output);
      float(0);
      int32(next);
    }
  };
  const bytes = [...Buffer.from(to, "utf8")];
  const same = Array.from({ length: 255 }, (_, i) => i + 1).filter((byte) => byte !== from.charCodeAt(0));
  const rest = bytes.slice(1);

  int32(MAGIC);
  string("vector");
  string("standard");
  int32(2); // version
  int32(0); // no tables of symbols
  int64(EXPANDED_AND_MUTABLE);
  int64(0n); // first state
  int64(BigInt(1 + rest.length));
  int64(BigInt(same.length + bytes.length));
  const first = [from.charCodeAt(0), bytes[0]!, rest.length > 0 ? 1 : 0] as [number, number, number];
  state(true, [...same.map((byte) => [byte, byte, 0] as [number, number, number]), first]);
  for (const [i, byte] of rest.entries()) state(false, [[0, byte, i + 2 > rest.length ? 0 : i + 2]]);
  return Buffer.concat(parts);
}
