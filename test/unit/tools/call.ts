import { decodeInput } from "../../../src/contract/wire.ts";
import { tools } from "../../../tools/index.ts";
import type { ToolConfig, ToolContext } from "../../../tools/tool.ts";
import { clientOf, type FakeService } from "../client/fake-service.ts";

export type Data = Record<string, unknown>;

/** Calls a tool as the pipeline does: reads the arguments, runs it, checks the answer against its schema. */
export async function callTool(
  service: FakeService,
  name: string,
  args: Data,
  { config, ...context }: Partial<Omit<ToolContext, "config">> & { config?: Partial<ToolConfig> } = {},
) {
  const tool = tools.find((one) => one.name === name)!;
  const result = await tool.run(decodeInput(tool.input, args), {
    client: clientOf(service),
    signal: new AbortController().signal,
    ...context,
    config: { webhookHosts: [], ...config },
  });
  // JSON as a client gets it: undefined members are not there.
  const data = JSON.parse(JSON.stringify(tool.output.parse(result.data))) as Data;
  return { data, text: result.text, attachments: result.attachments ?? [] };
}
