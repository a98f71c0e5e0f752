import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { TOOLSETS } from "../../../src/config.ts";
import { op } from "../../../src/contract/operation.ts";
import { listTools } from "../../../src/mcp/tool-list.ts";
import { selectTools, tools } from "../../../tools/index.ts";
import { operationTool } from "../../../tools/tool.ts";
import { operationOf, requestsOf, sampleArguments } from "../../support/sample-calls.ts";
import { TARGET, TARGET_NAMES, TARGET_TOOLS } from "../../support/target-tools.ts";
import { clientOf, FakeService, ok, type Seen } from "../client/fake-service.ts";

const folder = path.join(import.meta.dirname, "../../../tools");
const names = tools.map((tool) => tool.name);
const listedByName = new Map(listTools(tools).map((listed) => [listed.name, listed]));
const listedAs = (name: string) => listedByName.get(name)!;
const propertiesOf = (schema: Record<string, unknown>) => (schema.properties ?? {}) as Record<string, Field>;

interface Field {
  type?: string;
  items?: Field;
  enum?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  description?: string;
  properties?: Record<string, Field>;
}

/** Every field inside a schema, at every depth. */
function* fieldsOf(schema: Field): Generator<[name: string, field: Field]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield [name, field];
    yield* fieldsOf(field);
  }
  if (schema.items) yield* fieldsOf(schema.items);
}

const allFields = [...listedByName.values()].flatMap(({ name, inputSchema, outputSchema }) =>
  [inputSchema, outputSchema].flatMap((schema) =>
    [...fieldsOf(schema as Field)].map(([field, inner]) => ({ tool: name, field, schema: inner })),
  ),
);

describe("the tools", () => {
  it("are exactly these, in this order", () => {
    expect(TARGET_NAMES).toHaveLength(34);
    expect(names).toEqual(TARGET_NAMES);
  });

  it("have one file each, in their group's folder and under their name", () => {
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((group) => readdirSync(path.join(folder, group.name)).map((file) => `${group.name}/${file}`));
    const expected = tools.map((tool) => `${tool.group}/${tool.name.replaceAll("_", "-")}.ts`);
    expect(files.sort()).toEqual(expected.sort());
  });

  it.each(TARGET_TOOLS)("$name is in its group, needs its fields and hints at what it does", ({ name, ...target }) => {
    const tool = tools.find((one) => one.name === name)!;
    const { inputSchema, annotations } = listedAs(name);
    expect(tool).toMatchObject({ group: target.group, effect: target.effect });
    expect(inputSchema.required ?? []).toEqual(target.required);
    expect(annotations).toMatchObject({
      readOnlyHint: target.effect === "read",
      destructiveHint: target.effect === "destroy",
      // Only speech is made by something that nobody can list beforehand.
      openWorldHint: name === "generate_speech",
    });
    if (target.effect === "read") expect(annotations.idempotentHint).toBe(true);
  });

  it.each(tools)("$name says what it does in at most 300 characters", ({ description, title, name }) => {
    expect(description.length).toBeLessThanOrEqual(300);
    expect(description).toMatch(/^[A-Z][^.]+[.;]/);
    // Clients put the server's name before it and take 60 characters in all.
    expect(`aittsm_${name}`.length).toBeLessThanOrEqual(60);
    expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(title).not.toBe("");
  });

  it("have titles and descriptions of their own", () => {
    expect(new Set(tools.map((tool) => tool.title)).size).toBe(tools.length);
    expect(new Set(tools.map((tool) => tool.description)).size).toBe(tools.length);
  });

  it.each(tools)("$name points only to tools and fields that exist", ({ name, description }) => {
    const fields = allFields.filter(({ tool }) => tool === name);
    const words = [description, ...fields.map(({ schema }) => schema.description ?? "")].join(" ");
    const known = new Set([
      ...names,
      ...allFields.flatMap(({ field, schema }) => [field, ...(schema.enum ?? []), ...(schema.items?.enum ?? [])]),
    ]);
    expect((words.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? []).filter((word) => !known.has(word))).toEqual([]);
  });

  it("take and give ids as strings", () => {
    const ids = allFields.filter(({ field }) => /_ids?$/.test(field));
    expect(ids.length).toBeGreaterThan(tools.length);
    for (const { tool, field, schema } of ids) {
      const type = field.endsWith("_ids") ? `${schema.type} of ${schema.items?.type}` : schema.type;
      expect({ tool, field, type }).toEqual({
        tool,
        field,
        type: field.endsWith("_ids") ? "array of string" : "string",
      });
    }
  });
});

describe("a tool that lists", () => {
  const lists = [...listedByName.values()].filter(
    ({ name, inputSchema }) => /^(list|search)_/.test(name) || "limit" in propertiesOf(inputSchema),
  );

  it.each(lists)("as $name does, gives pages: limit, cursor, next_cursor, total", ({ inputSchema, outputSchema }) => {
    const { limit, cursor } = propertiesOf(inputSchema);
    expect(limit).toMatchObject({ type: "integer", minimum: 1, maximum: 100, default: 20 });
    expect(cursor).toMatchObject({ type: "string" });
    expect(inputSchema.required ?? []).not.toContain("cursor");
    const { next_cursor, total } = propertiesOf(outputSchema);
    expect([next_cursor?.type, total?.type]).toEqual(["string", "number"]);
    expect(outputSchema.required).toContain("total");
    expect(outputSchema.required).not.toContain("next_cursor");
  });
});

describe("a tool that reads", () => {
  const reads = tools.filter((tool) => tool.effect === "read");

  it.each(reads)("as $name does, asks for nothing that changes anything", async (tool) => {
    const requests = await requestsOf(tool, sampleArguments(listedAs(tool.name)));
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) {
      const { method, path: route, retry } = operationOf(request);
      // An estimate is a question with a body.
      if (route !== "/pricing/estimate") expect(method).toBe("GET");
      expect(retry).toBe("safe");
    }
    expect(Object.keys(tool.input.shape)).not.toContain("save_to");
    expect(tool.scopes.filter((scope) => scope.endsWith(":write"))).toEqual([]);
  });
});

const changesThings = ({ method, body, query }: Seen) =>
  method !== "GET" && String(body?.dry_run ?? query.get("dry_run")) !== "true";

describe("a tool that destroys", () => {
  const destroys = tools.filter((tool) => tool.effect === "destroy");

  it.each(destroys)("as $name does, changes nothing without confirm", async (tool) => {
    const { inputSchema, outputSchema } = listedAs(tool.name);
    expect(propertiesOf(inputSchema).confirm).toMatchObject({ type: "boolean" });
    expect(inputSchema.required ?? []).not.toContain("confirm");
    const { preview, next } = propertiesOf(outputSchema);
    expect([preview?.type, next?.type]).toEqual(["boolean", "string"]);
    for (const confirm of [undefined, false]) {
      const requests = await requestsOf(tool, { ...sampleArguments(listedAs(tool.name)), confirm });
      expect(requests.length).toBeGreaterThan(0);
      expect(requests.filter(changesThings)).toEqual([]);
    }
    const confirmed = await requestsOf(tool, { ...sampleArguments(listedAs(tool.name)), confirm: true });
    expect(confirmed.filter(changesThings)).toHaveLength(1);
  });

  it("alone takes confirm, and dry_run is never a tool's field", () => {
    const confirming = tools.filter((tool) => "confirm" in tool.input.shape).map(({ name }) => name);
    expect(confirming).toEqual(destroys.map(({ name }) => name));
    expect(tools.filter((tool) => "dry_run" in tool.input.shape)).toEqual([]);
  });
});

describe("scopes", () => {
  it.each(tools)("of $name are its group's, and cover every operation it calls", async (tool) => {
    const group = TARGET.find((one) => one.group === tool.group)!;
    expect(TOOLSETS).toContain(tool.group);
    expect(tool.scopes.length).toBeGreaterThan(0);
    expect(tool.scopes.filter((scope) => !group.scopes.includes(scope))).toEqual([]);
    const requests = await requestsOf(tool, sampleArguments(listedAs(tool.name)));
    const needed = new Set(requests.map((request) => operationOf(request).scope));
    expect(requests.length).toBeGreaterThan(0);
    expect([...needed].filter((scope) => !tool.scopes.includes(scope))).toEqual([]);
  });
});

describe("AITTSM_TOOLSETS", () => {
  it("keeps whole groups out, and the order", () => {
    for (const group of TOOLSETS) {
      const expected = TARGET_TOOLS.filter((target) => target.group === group).map(({ name }) => name);
      expect(selectTools([group]).map(({ name }) => name)).toEqual(expected);
    }
    expect(selectTools(["account", "generation"]).map(({ name }) => name)).toEqual(
      TARGET_TOOLS.filter(({ group }) => group === "generation" || group === "account").map(({ name }) => name),
    );
    expect(selectTools(TOOLSETS)).toEqual(tools);
  });
});

describe("a tool made of one operation", () => {
  const rename = op({
    method: "PUT",
    path: "/things/{id}",
    scope: "jobs:write",
    retry: "safe",
    success: 200,
    summary: "Rename a thing.",
    input: z.object({ id: z.string(), name: z.string() }),
    output: z.object({ id: z.string(), name: z.string() }),
  });
  const tool = operationTool(rename, {
    name: "rename_thing",
    title: "Rename",
    group: "jobs",
    effect: "write",
    description: "Rename a thing.",
    text: (thing) => `${thing.id} is ${thing.name}.`,
  });

  it("has the operation's schemas and scope", () => {
    expect(tool).toMatchObject({ scopes: ["jobs:write"], idempotent: false, openWorld: false });
    expect(tool.input).toBe(rename.input);
  });

  it("makes the operation's call and renders its answer", async () => {
    const service = new FakeService();
    service.scripted.push(({ method, path, body }) => ok({ id: "1", name: `${method} ${path} ${body?.name}` }));
    const context = { client: clientOf(service), config: { webhookHosts: [] }, signal: new AbortController().signal };
    const { data, text } = await tool.run({ id: "1", name: "new" }, context);
    expect(data).toEqual({ id: "1", name: "PUT /api/v1/things/1 new" });
    expect(text).toBe("1 is PUT /api/v1/things/1 new.");
  });
});
