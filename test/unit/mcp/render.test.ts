import { describe, expect, it } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { errorLine, renderError, renderResult } from "../../../src/mcp/render.ts";

describe("an error's text", () => {
  it("is code, sentence and way out, then JSON", () => {
    const error = new AppError("TEXT_TOO_LONG", "The text is too long", { hint: "send less.", requestId: "r" });
    expect(renderError(error)).toEqual({
      isError: true,
      content: [
        {
          type: "text",
          text: 'TEXT_TOO_LONG: The text is too long. Hint: send less.\n{"code":"TEXT_TOO_LONG","retryable":false,"request_id":"r"}',
        },
      ],
    });
  });

  it("has no hint where there is none, and no second full stop", () => {
    expect(errorLine(new AppError("NOT_FOUND", "No such job."))).toBe("NOT_FOUND: No such job.");
  });
});

describe("a result", () => {
  it("holds everything in structuredContent and media after the text", () => {
    const attachments = [{ type: "audio" as const, data: Uint8Array.of(1, 2), mimeType: "audio/wav" }];
    expect(renderResult({ data: { a: 1 }, text: "one", attachments })).toEqual({
      content: [
        { type: "text", text: "one" },
        { type: "audio", data: "AQI=", mimeType: "audio/wav" },
      ],
      structuredContent: { a: 1 },
    });
  });
});
