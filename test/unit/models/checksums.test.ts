import { describe, expect, it } from "vitest";
import { findChecksum, judgeChecksum } from "../../../src/models/checksums.ts";
import { sha256 } from "../../support/tar.ts";

const A = sha256("a");
const B = sha256("b");

describe("a list of checksums", () => {
  it.each([
    ["sha256sum's lines", `${B}  other.tar\n${A}  it.tar\n`],
    ["sha256sum's lines of binary files, on Windows", `${B} *other.tar\r\n${A.toUpperCase()} *./it.tar\r\n`],
    ["the name first, as sherpa-onnx has it", `other.tar\t${B}\nit.tar\t${A}\n`],
    ["BSD's", `SHA256 (other.tar) = ${B}\nSHA256 (it.tar) = ${A}\n`],
    ["a digest alone", `${A}\n`],
  ])("is read in the form of %s", (_name, list) => {
    expect(findChecksum(list, "it.tar")).toBe(A);
  });

  it.each([
    ["names others only", `${B}  other.tar\n`],
    ["has a name that only begins or ends so", `${B}  it.tar.gz\n${B}  not-it.tar\n`],
    ["has several digests without names", `${A}\n${B}\n`],
    ["is a page", "<html>it.tar</html>"],
    ["has a shorter digest", `${A.slice(0, 40)}  it.tar\n`],
  ])("has none when it %s", (_name, list) => {
    expect(findChecksum(list, "it.tar")).toBeUndefined();
  });
});

describe("the judgement of a checksum", () => {
  const published = { sha256: A, from: "https://mirror.example/it.tar.sha256" };

  it("says which one it was compared with", () => {
    expect(judgeChecksum("it.tar", A, { published })).toBe("published");
    expect(judgeChecksum("it.tar", A, {})).toBe("first pull");
    expect(judgeChecksum("it.tar", A, { noted: A })).toBe("first pull");
  });

  it("goes by the published one when there is one, whatever was noted", () => {
    expect(judgeChecksum("it.tar", A, { published, noted: B })).toBe("published");
    // Wanting another one does not undo what is published.
    expect(() => judgeChecksum("it.tar", B, { published, noted: B, acceptChanged: true })).toThrow(published.from);
  });

  it("refuses another one than at the first pull, with both and the way out", () => {
    const refusal = (() => {
      try {
        judgeChecksum("it.tar", B, { noted: A });
      } catch (error) {
        return error as { message: string; hint: string };
      }
    })();
    expect(refusal!.message).toContain(A);
    expect(refusal!.message).toContain(B);
    expect(refusal!.hint).toContain("--accept-changed");
    expect(judgeChecksum("it.tar", B, { noted: A, acceptChanged: true })).toBe("first pull");
  });
});
