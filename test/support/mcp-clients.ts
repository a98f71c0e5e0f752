import { Client as V2Client } from "@modelcontextprotocol/client";
import { StdioClientTransport as V2Stdio } from "@modelcontextprotocol/client/stdio";
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as V1Stdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema, type ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { expect } from "vitest";
import { BIN, environment, type Home, type ToolAnswer } from "./program.ts";

const INFO = { name: "test", version: "1" };

export interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: { progress: number; total?: number }) => void;
  timeout?: number;
}

/** What the tests use of every client, over a server that the client itself has spawned. */
export interface SpawnedClient
  extends Pick<
    V1Client,
    "listTools" | "listResources" | "listResourceTemplates" | "readResource" | "complete" | "listPrompts" | "getPrompt"
  > {
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<ToolAnswer>;
  /** The protocol revision that was agreed on. */
  protocol(): string | undefined;
  instructions(): string | undefined;
  /** Ends the server as the client does: stdin closes. Fails if anything but JSON-RPC came from stdout. */
  end(): Promise<void>;
}

export interface Start {
  env?: Record<string, string>;
  command?: string;
  args?: string[];
  /** What the person says to a question; without it the client can't ask. */
  elicit?: (question: string) => ElicitResult;
}

const capabilities = ({ elicit }: Start = {}) => ({ capabilities: elicit ? { elicitation: { form: {} } } : {} });

type Connect = (home: Pick<Home, "dataDir" | "outputDir">, start?: Start) => Promise<SpawnedClient>;

const parameters = (home: Pick<Home, "dataDir" | "outputDir">, start: Start = {}) => ({
  command: start.command ?? process.execPath,
  args: start.args ?? [BIN],
  env: environment(home, start.env),
  stderr: "pipe" as const,
});

/** A client of the current SDK, held to one protocol revision. */
function v2(protocol: "2025-11-25" | "2026-07-28"): Connect {
  return async (home, start) => {
    const transport = new V2Stdio(parameters(home, start));
    const mode = protocol === "2026-07-28" ? { pin: protocol } : ("legacy" as const);
    const client = new V2Client(INFO, { versionNegotiation: { mode }, ...capabilities(start) });
    const { elicit } = start ?? {};
    if (elicit) client.setRequestHandler("elicitation/create", ({ params }) => elicit(params.message));
    const errors: Error[] = [];
    client.onerror = (error) => errors.push(error);
    await client.connect(transport);
    return Object.assign(client, {
      call: (name: string, args: Record<string, unknown>, options?: CallOptions) =>
        client.callTool({ name, arguments: args }, options) as Promise<ToolAnswer>,
      protocol: () => client.getNegotiatedProtocolVersion(),
      instructions: () => client.getInstructions(),
      end: async () => {
        await client.close();
        expect(errors).toEqual([]);
      },
    }) as unknown as SpawnedClient;
  };
}

/** A client of the v1 SDK, which checks structuredContent against the listed output schemas. */
const v1: Connect = async (home, start) => {
  const transport = new V1Stdio(parameters(home, start));
  const client = new V1Client(INFO, capabilities(start));
  const { elicit } = start ?? {};
  if (elicit) client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicit(params.message));
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  await client.connect(transport);
  // The schemas are checked only for tools that were listed.
  await client.listTools();
  return Object.assign(client, {
    call: (name: string, args: Record<string, unknown>, options?: CallOptions) =>
      client.callTool({ name, arguments: args }, undefined, options) as Promise<ToolAnswer>,
    protocol: () => "2025-11-25",
    instructions: () => client.getInstructions(),
    end: async () => {
      await client.close();
      expect(errors).toEqual([]);
    },
  });
};

/** Every kind of client, by name. */
export const SPAWNED_CLIENTS: [name: string, protocol: string, connect: Connect][] = [
  ["v2 client of 2026-07-28", "2026-07-28", v2("2026-07-28")],
  ["v2 client of 2025-11-25", "2025-11-25", v2("2025-11-25")],
  ["v1 SDK client", "2025-11-25", v1],
];
