import * as z from "zod";
import type { Client } from "../src/client/client.ts";
import type { Toolset } from "../src/config.ts";
import type { Operation, OutputOf } from "../src/contract/operation.ts";
import type { Scope } from "../src/contract/scopes.ts";

/** What a tool does to the account and this machine. Its hints to the client follow from it. */
export type Effect = "read" | "write" | "destroy";

/** The settings that tools need. */
export interface ToolConfig {
  /** Where save_to may write, absolute. Absent when the caller is not on this machine (MCP over HTTP). */
  outputDir?: string;
  defaultVoice?: string;
  /** Hosts that webhook_url may name. */
  webhookHosts: readonly string[];
}

export interface ToolContext {
  client: Client;
  config: ToolConfig;
  /** Aborts when the client cancels the call. */
  signal: AbortSignal;
  /** Aborts when this process is about to end: answer with what is known. */
  hurry?: AbortSignal;
  /** Reports progress; absent when nobody asked for it. */
  progress?: (done: number, total: number) => void;
}

/** A block beside the text, which only goes out when the caller asked for it by `include`. */
export type Attachment =
  | { type: "audio" | "image"; data: Uint8Array; mimeType: string }
  | { type: "resource_link"; uri: string; name: string; mimeType?: string; size?: number };

export interface ToolResult<O> {
  data: O;
  /** A few lines that mirror the data, with every id that the next call needs. Never the spoken text. */
  text: string;
  attachments?: Attachment[];
}

export interface Tool<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject> {
  name: string;
  title: string;
  group: Toolset;
  scopes: readonly Scope[];
  /** At most 300 characters: what it does, when to use it, what to call next. */
  description: string;
  effect: Effect;
  /** A repeat changes nothing. */
  idempotent: boolean;
  /** It reaches things that nobody can list beforehand. */
  openWorld: boolean;
  input: I;
  output: O;
  /**
   * What the person is asked before the call is run, where their client can ask; undefined when this call needs no
   * asking. It may look things up, and changes nothing. @throws AppError when the call would be refused anyway.
   */
  asks?(input: z.output<I>, context: ToolContext): Promise<string | undefined> | string | undefined;
  run(input: z.output<I>, context: ToolContext): Promise<ToolResult<z.input<O>>>;
}

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** A tool with a `run` of its own. A read is idempotent; nothing is open-world unless it says so. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(
  tool: Optional<Tool<I, O>, "idempotent" | "openWorld">,
): Tool {
  const whole: Tool<I, O> = { idempotent: tool.effect === "read", openWorld: false, ...tool };
  // In a list of tools the schemas' types are gone; the pipeline hands `run` what `input` has read.
  return whole as unknown as Tool;
}

type Described = Optional<Omit<Tool, "input" | "output" | "run" | "scopes">, "idempotent" | "openWorld">;

/** A tool that is one operation of the contract: its schemas, one call, one rendering. */
export function operationTool<Op extends Operation>(
  operation: Op,
  {
    text,
    asks,
    ...tool
  }: Omit<Described, "asks"> & {
    text: (answer: OutputOf<Op>) => string;
    asks?: (input: z.output<Op["input"]>) => string | undefined;
  },
): Tool {
  return defineTool({
    ...tool,
    ...(asks && { asks: (input: unknown) => asks(input as z.output<Op["input"]>) }),
    scopes: [operation.scope],
    input: operation.input,
    output: operation.output,
    run: async (input, { client, signal }) => {
      const { data } = await client.call<Operation>(operation, input, { signal });
      return { data, text: text(data as OutputOf<Op>) };
    },
  });
}

/** The fields that tools have and the wire has not. */
export const SaveTo = z.string().max(1_024).optional();
export const Include = z
  .array(z.enum(["audio", "resource_link"]))
  .max(2)
  .optional();
