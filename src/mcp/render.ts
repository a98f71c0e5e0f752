import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/server";
import type { Attachment, ToolResult } from "../../tools/tool.ts";
import type { AppError } from "../errors.ts";

/** A tool's answer: everything in structuredContent, one text block, and media only when it was asked for. */
export function renderResult(result: ToolResult<Record<string, unknown>>): CallToolResult {
  return {
    content: [{ type: "text", text: result.text }, ...(result.attachments ?? []).map(block)],
    structuredContent: result.data,
  };
}

function block(attachment: Attachment): ContentBlock {
  if (attachment.type === "resource_link") {
    const { mimeType, size, ...link } = attachment;
    return { ...link, ...(mimeType && { mimeType }), ...(size !== undefined && { size }) };
  }
  const { type, data, mimeType } = attachment;
  return { type, mimeType, data: Buffer.from(data).toString("base64") };
}

/** Code, sentence and way out in one line. */
export function errorLine({ code, message, hint }: AppError): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return `${code}: ${sentence}${hint ? ` Hint: ${hint.replace(/\.$/, "")}.` : ""}`;
}

/**
 * A failure towards a model: a line to read and a line to parse. No structuredContent, because v1 clients would check
 * it against the tool's output schema and throw.
 */
export function renderError(error: AppError): CallToolResult {
  const facts = {
    code: error.code,
    retryable: error.retryable,
    ...(error.retryAfterMs !== undefined && { retry_after_ms: error.retryAfterMs }),
    request_id: error.requestId,
  };
  return { isError: true, content: [{ type: "text", text: `${errorLine(error)}\n${JSON.stringify(facts)}` }] };
}
