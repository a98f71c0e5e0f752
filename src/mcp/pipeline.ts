import { randomUUID } from "node:crypto";
import type { CallToolResult, InputRequiredResult } from "@modelcontextprotocol/server";
import type { Tool, ToolConfig, ToolContext } from "../../tools/tool.ts";
import type { Client } from "../client/client.ts";
import type { KeyScope } from "../contract/scopes.ts";
import { decodeInput } from "../contract/wire.ts";
import { toAppError } from "../errors.ts";
import type { Consent } from "./consent.ts";
import { renderError, renderResult } from "./render.ts";
import { requireScopes, withToolScopes } from "./scopes.ts";

/** What the tools work with. */
export interface Backend {
  client: Client;
  config: ToolConfig;
  /** What the caller's key may do, where this side knows it (MCP over HTTP). */
  scopes?: ReadonlySet<KeyScope> | "all";
}

/** Gets what went wrong inside, which never goes to a model. */
export type ReportError = (error: unknown, facts: { request_id: string; tool?: string; uri?: string }) => void;

type Rest = Pick<ToolContext, "signal" | "hurry" | "progress">;

/**
 * The way every call goes: read the arguments, ask the person where that is due, run, check the answer. The only catch
 * block towards a model.
 */
export async function runTool(
  tool: Tool,
  args: unknown,
  connect: () => Promise<Backend>,
  context: Rest,
  report?: ReportError,
  consent?: Consent,
): Promise<CallToolResult | InputRequiredResult> {
  const request_id = randomUUID();
  try {
    const input = decodeInput(tool.input, args ?? {});
    const { scopes, ...backend } = await connect();
    requireScopes(tool, scopes);
    const whole = { ...backend, ...context };
    const pending = tool.asks && (await consent?.(async () => tool.asks?.(input, whole)));
    if (pending) return pending;
    const result = await tool.run(input, whole);
    // v1 clients check structuredContent against the listed schema: what doesn't fit is our bug, found here.
    return renderResult({ ...result, data: tool.output.parse(result.data) });
  } catch (error) {
    const shown = withToolScopes(toAppError(error, request_id), tool);
    if (shown.code === "INTERNAL") report?.(error, { request_id: shown.requestId ?? request_id, tool: tool.name });
    return renderError(shown);
  }
}
