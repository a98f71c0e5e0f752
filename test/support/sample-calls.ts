import { contract } from "../../src/contract/index.ts";
import type { Operation } from "../../src/contract/operation.ts";
import { BASE_PATH } from "../../src/contract/wire.ts";
import type { ListedTool } from "../../src/mcp/tool-list.ts";
import type { Tool } from "../../tools/tool.ts";
import { clientOf, FakeService, type Seen } from "../unit/client/fake-service.ts";

type Schema = Record<string, unknown>;

/** What the required fields leave open: one way to call the tool so that it has something to do. */
const MORE: Record<string, Schema> = {
  manage_collection: { action: "delete", collection_id: "a" },
  bulk_revoke_shares: { share_ids: ["a"] },
  bulk_delete_audio: { job_ids: ["a"] },
  estimate_cost: { chars: 5 },
  update_job_metadata: { title: "A" },
  update_share: { title: "A" },
  update_access_code: { label: "A" },
  tag_jobs: { add: ["a"] },
};

function sample(schema: Schema): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.type === "array") return [sample(schema.items as Schema)];
  if (schema.type === "boolean") return true;
  return schema.type === "string" ? "a" : schema.minimum;
}

/** Arguments that a tool takes: those it requires, and what makes them a whole call. Never `confirm`. */
export function sampleArguments({ name, inputSchema }: ListedTool): Schema {
  const properties = (inputSchema.properties ?? {}) as Record<string, Schema>;
  const required = (inputSchema.required ?? []) as string[];
  return { ...Object.fromEntries(required.map((field) => [field, sample(properties[field]!)])), ...MORE[name] };
}

/** The requests that a tool makes. The service of these tests knows few routes, so how the call ends does not matter. */
export async function requestsOf(tool: Tool, args: Schema): Promise<Seen[]> {
  const service = new FakeService();
  service.jobs.set("a", { job_id: "a" });
  const context = {
    client: clientOf(service),
    config: { outputDir: "/nowhere", webhookHosts: [] },
    signal: new AbortController().signal,
  };
  await tool.run(tool.input.parse(args), context).catch(() => {});
  return service.seen.filter(({ path }) => path.startsWith(BASE_PATH));
}

/** The operation of the contract that a request is. */
export function operationOf({ method, path }: Seen): Operation {
  const found = (Object.values(contract) as Operation[]).filter((operation) => {
    const pattern = operation.path.replace(/\{\w+\}/g, "[^/]+");
    return operation.method === method && new RegExp(`^${BASE_PATH}${pattern}$`).test(path);
  });
  // A path without fields wins over one with, as in the server's router.
  const operation = found.sort((a, b) => a.path.split("{").length - b.path.split("{").length)[0];
  if (!operation) throw new Error(`the contract has no ${method} ${path}`);
  return operation;
}
