import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cursors, pageOf } from "../../../src/service/paging.ts";

const jobs = cursors("jobs", ["number", "string"]);
const refused = { code: "INVALID_INPUT", message: "The cursor is not one of this list." };
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a cursor", () => {
  it("brings back the sort key it was made of", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.string({ unit: "grapheme" }), (time, id) => {
        expect(jobs.read(jobs.make([time, id]))).toEqual([time, id]);
      }),
    );
  });

  it("goes into a URL as it is", () => {
    expect(encodeURIComponent(jobs.make([1, "ü?&"]))).toBe(jobs.make([1, "ü?&"]));
  });

  it.each([
    ["nothing", ""],
    ["noise", "%%%"],
    ["no list", encode("jobs")],
    ["another list's", cursors("tags", ["number", "string"]).make([1, "a"])],
    ["too short", encode(["jobs", 1])],
    ["too long", encode(["jobs", 1, "a", "b"])],
    ["of other types", encode(["jobs", "1", "a"])],
    ["of no whole number", encode(["jobs", 1.5, "a"])],
  ])("that is %s is refused", (_, cursor) => {
    expect(() => jobs.read(cursor)).toThrow(expect.objectContaining(refused));
  });

  it("of any made-up text is refused and nothing else happens", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => jobs.read(text)).toThrow(expect.objectContaining(refused));
      }),
    );
  });
});

describe("a page", () => {
  it("has a cursor only when there is more", () => {
    expect(pageOf([1, 2, 3], 2, String)).toEqual({ rows: [1, 2], nextCursor: "2" });
    expect(pageOf([1, 2], 2, String)).toEqual({ rows: [1, 2], nextCursor: undefined });
    expect(pageOf([], 2, String)).toEqual({ rows: [], nextCursor: undefined });
  });
});
