import { Client as V2Client, InMemoryTransport as V2Transport } from "@modelcontextprotocol/client";
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport as V1Transport } from "@modelcontextprotocol/sdk/inMemory.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Transport as ServerTransport } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createMcpServer, type McpServerOptions } from "../../../src/mcp/server.ts";
import { tools } from "../../../tools/index.ts";
import type { ToolConfig } from "../../../tools/tool.ts";
import { clientOf, type FakeService } from "../client/fake-service.ts";

const INFO = { name: "test", version: "1" };

export function optionsFor(service: FakeService, config: Partial<ToolConfig> = {}): McpServerOptions {
  const client = clientOf(service);
  return { version: "0", tools, connect: async () => ({ client, config: { webhookHosts: [], ...config } }) };
}

/** What the person at the client says to a question; without it the client can't ask. */
export type Elicit = (question: string) => "accept" | "decline" | "cancel";

const capabilitiesFor = (elicit: Elicit | undefined) => ({ capabilities: elicit ? { elicitation: { form: {} } } : {} });
const answerOf = (action: ReturnType<Elicit>) => (action === "accept" ? { action, content: {} } : { action });

/** A v2 client that speaks the newest protocol revision. */
async function modernClient(options: McpServerOptions, elicit?: Elicit): Promise<V2Client> {
  const [mine, theirs] = V2Transport.createLinkedPair();
  serveStdio(() => createMcpServer(options), { transport: theirs as unknown as ServerTransport });
  const versionNegotiation = { mode: { pin: "2026-07-28" } };
  const client = new V2Client(INFO, { versionNegotiation, ...capabilitiesFor(elicit) });
  if (elicit) client.setRequestHandler("elicitation/create", ({ params }) => answerOf(elicit(params.message)));
  await client.connect(mine);
  return client;
}

/** A client of the v1 SDK, which checks structuredContent against the listed output schemas. */
async function legacyClient(options: McpServerOptions, elicit?: Elicit): Promise<V1Client> {
  const [mine, theirs] = V1Transport.createLinkedPair();
  serveStdio(() => createMcpServer(options), { transport: theirs as unknown as ServerTransport });
  const client = new V1Client(INFO, capabilitiesFor(elicit));
  if (elicit) client.setRequestHandler(ElicitRequestSchema, ({ params }) => answerOf(elicit(params.message)));
  await client.connect(mine);
  return client;
}

interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: unknown) => void;
}
/** What the tests use of either client. */
export interface AnyClient
  extends Pick<
    V1Client,
    "listTools" | "readResource" | "listResources" | "complete" | "listPrompts" | "getPrompt" | "close"
  > {
  call(name: string, args: Record<string, unknown>, options?: CallOptions): ReturnType<V1Client["callTool"]>;
}

type Connect = (options: McpServerOptions, elicit?: Elicit) => Promise<AnyClient>;

export const CLIENTS: [string, Connect][] = [
  [
    "2026-07-28",
    async (options, elicit) => {
      const client = await modernClient(options, elicit);
      const call = (name: string, args: Record<string, unknown>, more?: CallOptions) =>
        client.callTool({ name, arguments: args }, more);
      return Object.assign(client, { call }) as unknown as AnyClient;
    },
  ],
  [
    "2025-11-25 (v1 SDK)",
    async (options, elicit) => {
      const client = await legacyClient(options, elicit);
      const call = (name: string, args: Record<string, unknown>, more?: CallOptions) =>
        client.callTool({ name, arguments: args }, undefined, more);
      return Object.assign(client, { call });
    },
  ],
];

export const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]!.text;
