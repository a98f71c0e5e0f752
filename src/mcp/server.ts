import { ProtocolError, ProtocolErrorCode, Server } from "@modelcontextprotocol/server";
import type { Tool } from "../../tools/tool.ts";
import { nearestName } from "../contract/wire.ts";
import { consentOf } from "./consent.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { type Backend, type ReportError, runTool } from "./pipeline.ts";
import { progressReporter } from "./progress.ts";
import { servePrompts } from "./prompts.ts";
import { SessionJobs, serveResources } from "./resources.ts";
import { type ListedTool, listTools } from "./tool-list.ts";

export interface McpServerOptions {
  /** This package's version. */
  version: string;
  tools: readonly Tool[];
  /**
   * Gives what the tools work with, at the first call. It may throw: a bad setting is then the answer to each call,
   * while the server starts and lists its tools all the same.
   */
  connect: () => Promise<Backend>;
  /** Aborts when the process is about to end; calls that wait then answer with what they know. */
  hurry?: AbortSignal;
  report?: ReportError;
  /** False: the person is not asked before a call, even where the client can. */
  elicitation?: boolean;
}

/** Made once per list of tools: every connection over HTTP has its own server, but the same list. */
const lists = new WeakMap<readonly Tool[], ListedTool[]>();

function listed(tools: readonly Tool[]): ListedTool[] {
  const list = lists.get(tools) ?? listTools(tools);
  lists.set(tools, list);
  return list;
}

/**
 * An MCP server for one connection, of either protocol era; `serveStdio` and the SDK's HTTP handler take it. It is the
 * SDK's plain `Server`, because our own pipeline checks the arguments: every refusal then carries our codes.
 */
export function createMcpServer({
  version,
  tools,
  connect,
  hurry,
  report,
  elicitation = true,
}: McpServerOptions): Server {
  const server = new Server(
    { name: "aittsm", title: "AI TTS", version },
    { capabilities: { tools: {}, resources: {}, prompts: {}, completions: {} }, instructions: INSTRUCTIONS },
  );
  const jobs = new SessionJobs();
  server.setRequestHandler("tools/list", () => ({ tools: listed(tools) }));
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const tool = tools.find((one) => one.name === params.name);
    if (!tool) throw unknownTool(params.name, tools);
    const progress = progressReporter(context);
    const { signal } = context.mcpReq;
    const consent = elicitation ? consentOf(server, context, hurry) : undefined;
    const result = await runTool(tool, params.arguments, connect, { signal, hurry, progress }, report, consent);
    if ("structuredContent" in result) jobs.note(result.structuredContent as Record<string, unknown> | undefined);
    return result;
  });
  serveResources(server, { connect, jobs, report });
  servePrompts(server, tools);
  return server;
}

function unknownTool(name: string, tools: readonly Tool[]): ProtocolError {
  const names = tools.map((tool) => tool.name);
  const near = nearestName(name, names);
  const way = near ? `did you mean ${near}?` : `there are ${names.join(", ")}.`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool "${name.slice(0, 100)}"; ${way}`);
}
