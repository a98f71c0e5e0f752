import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from "@modelcontextprotocol/client";
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as V1Http } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallOptions } from "./mcp-clients.ts";
import type { ToolAnswer } from "./program.ts";

const INFO = { name: "test", version: "1" };

/** What the tests use of every client of MCP over HTTP. */
export interface HttpClient
  extends Pick<
    V1Client,
    "listTools" | "listPrompts" | "listResourceTemplates" | "readResource" | "complete" | "close"
  > {
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<ToolAnswer>;
}

export interface HttpOptions {
  headers?: Record<string, string>;
  /** Sees every request; for counting. */
  fetch?: typeof fetch;
  /** The client says that it can ask its person, and answers every question with this. */
  elicitation?: () => Promise<{ action: "accept"; content: Record<string, never> }>;
}

type Connect = (service: string, key: string, options?: HttpOptions) => Promise<HttpClient>;

const requestOptions = (key: string, { headers, fetch }: HttpOptions) => ({
  requestInit: { headers: { authorization: `Bearer ${key}`, ...headers } },
  ...(fetch && { fetch }),
});
const address = (service: string) => new URL(`${service}/api/v1/mcp`);

/** A client of the current SDK, held to one protocol revision. */
function v2(protocol: "2025-11-25" | "2026-07-28"): Connect {
  return async (service, key, options = {}) => {
    const mode = protocol === "2026-07-28" ? { pin: protocol } : ("legacy" as const);
    const capabilities = options.elicitation && { elicitation: { form: {} } };
    const client = new V2Client(INFO, { versionNegotiation: { mode }, ...(capabilities && { capabilities }) });
    if (options.elicitation) client.setRequestHandler("elicitation/create", options.elicitation);
    await client.connect(new V2Http(address(service), requestOptions(key, options)));
    return Object.assign(client, {
      call: (name: string, args: Record<string, unknown> = {}, more?: CallOptions) =>
        client.callTool({ name, arguments: args }, more) as Promise<ToolAnswer>,
    }) as unknown as HttpClient;
  };
}

/** A client of the v1 SDK, which checks structuredContent against the listed output schemas. */
const v1: Connect = async (service, key, options = {}) => {
  const capabilities = options.elicitation && { elicitation: { form: {} } };
  const client = new V1Client(INFO, capabilities && { capabilities });
  if (options.elicitation) {
    const { ElicitRequestSchema } = await import("@modelcontextprotocol/sdk/types.js");
    client.setRequestHandler(ElicitRequestSchema, options.elicitation);
  }
  await client.connect(new V1Http(address(service), requestOptions(key, options)));
  // The schemas are checked only for tools that were listed.
  await client.listTools();
  return Object.assign(client, {
    call: (name: string, args: Record<string, unknown> = {}, more?: CallOptions) =>
      client.callTool({ name, arguments: args }, undefined, more) as Promise<ToolAnswer>,
  });
};

/** Every kind of client, by name. */
export const HTTP_CLIENTS: [name: string, connect: Connect, protocol: string][] = [
  ["v2 client of 2026-07-28", v2("2026-07-28"), "2026-07-28"],
  ["v2 client of 2025-11-25", v2("2025-11-25"), "2025-11-25"],
  ["v1 SDK client", v1, "2025-11-25"],
];
