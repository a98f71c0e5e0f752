import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { op } from "../../../src/contract/operation.ts";
import { decodeInput, encodeRequest, nearestName, toCamel, toWire } from "../../../src/contract/wire.ts";
import { AppError, codeForStatus, fromWireError, toAppError, toWireError } from "../../../src/errors.ts";

const Input = z.object({
  share_id: z.string(),
  job_ids: z.array(z.string()).min(1).optional(),
  speed: z.number().min(0).max(4).default(1),
  loud: z.boolean().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

const refusal = (raw: unknown): AppError => {
  try {
    decodeInput(Input, raw);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error("it was not refused");
};

describe("what arrives", () => {
  it("is read kindly: null is absent, text stands for numbers, booleans and lists", () => {
    const raw = { share_id: "s", job_ids: "a, b", speed: "2.5", loud: "true", metadata: null };
    expect(decodeInput(Input, raw)).toEqual({ share_id: "s", job_ids: ["a", "b"], speed: 2.5, loud: true });
  });

  it("gets its defaults", () => {
    expect(decodeInput(Input, { share_id: "s" })).toEqual({ share_id: "s", speed: 1 });
  });

  it("is refused with every bad field named at once, unknown ones with the nearest known", () => {
    const error = refusal({ sped: 2, speed: "fast", job_ids: [] });
    expect(error.code).toBe("INVALID_INPUT");
    const fields = (error.details as { fields: { field: string; message: string }[] }).fields;
    expect(fields.map(({ field }) => field).sort()).toEqual(["job_ids", "share_id", "sped", "speed"]);
    expect(fields.find(({ field }) => field === "sped")!.message).toContain("did you mean speed?");
    expect(fields.find(({ field }) => field === "share_id")!.message).toBe("is required");
  });

  it.each([[undefined], [null], ["text"], [[1]], [7]])("is refused when it is %o instead of an object", (raw) => {
    expect(refusal(raw).code).toBe("INVALID_INPUT");
  });

  it("is not fooled by names that every object has", () => {
    expect(refusal({ share_id: "s", constructor: "x" }).message).toContain("constructor: unknown field");
    expect(refusal(JSON.parse('{"share_id":"s","__proto__":"x"}')).code).toBe("INVALID_INPUT");
  });
});

describe("names", () => {
  it("change between the wire and inside and back, and the keys of a record stay the user's", () => {
    const wire = { share_id: "s", job_ids: ["a"], speed: 1, metadata: { my_key: "v", otherKey: "w" } };
    const inside = toCamel(Input, wire);
    expect(inside).toEqual({ shareId: "s", jobIds: ["a"], speed: 1, metadata: { my_key: "v", otherKey: "w" } });
    expect(toWire(Input, inside)).toEqual(wire);
  });

  it("go out only when the schema has them, in nested lists too", () => {
    const Output = z.object({
      items: z.array(z.object({ job_id: z.string(), voice_speaker_1: z.string().optional() })),
    });
    const answer = { items: [{ jobId: "j", voiceSpeaker1: "v", secret: "no" }], more: 1 };
    expect(toWire(Output, answer)).toEqual({ items: [{ job_id: "j", voice_speaker_1: "v" }] });
  });

  it("find their nearest only when it is near", () => {
    expect(nearestName("voiceid", ["voice_id", "text"])).toBe("voice_id");
    expect(nearestName("zzzzzzzzzz", ["voice_id", "text"])).toBeUndefined();
  });
});

describe("a request", () => {
  const get = op({
    method: "GET",
    path: "/things/{share_id}/x",
    scope: "voices:list",
    retry: "safe",
    success: 200,
    summary: "",
    input: Input,
    output: z.object({}),
  });

  it("carries path fields in the path, the rest in the query or the body", () => {
    const input = { share_id: "a/b c", job_ids: ["1", "2"], loud: undefined };
    expect(encodeRequest(get, input)).toEqual({ path: "/things/a%2Fb%20c/x?job_ids=1&job_ids=2" });
    const post = { ...get, method: "POST" } as const;
    expect(encodeRequest(post, input)).toEqual({ path: "/things/a%2Fb%20c/x", body: '{"job_ids":["1","2"]}' });
  });
});

describe("errors", () => {
  it("survive the wire", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.nat(), (message, hint, retryAfterMs) => {
        const error = new AppError("RATE_LIMITED", message, { hint, retryAfterMs, details: { a: 1 }, requestId: "r" });
        const back = fromWireError(JSON.parse(JSON.stringify(toWireError(error))), error.status);
        expect(toWireError(back)).toEqual(toWireError(error));
      }),
    );
  });

  it("of a newer server keep their sentence and take a code that is known here", () => {
    const error = fromWireError({ code: "BRAND_NEW", message: "Something new." }, 429);
    expect(error).toMatchObject({ code: "RATE_LIMITED", message: "Something new.", retryable: true });
    expect(error.details).toMatchObject({ server_code: "BRAND_NEW" });
    expect(codeForStatus(418)).toBe("INVALID_INPUT");
    expect(codeForStatus(599)).toBe("INTERNAL");
  });

  it("that nobody expected lose their text", () => {
    const error = toAppError(new Error("password is hunter2"), "r-1");
    expect(JSON.stringify(toWireError(error))).not.toContain("hunter2");
    expect(error).toMatchObject({ code: "INTERNAL", requestId: "r-1" });
  });
});
