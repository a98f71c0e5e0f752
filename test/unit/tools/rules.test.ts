import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { TOOLSETS } from "../../../src/config.ts";
import { op, SCOPES } from "../../../src/contract/operation.ts";
import { selectTools, tools } from "../../../tools/index.ts";
import { operationTool } from "../../../tools/tool.ts";
import { clientOf, FakeService, ok } from "../client/fake-service.ts";

const folder = path.join(import.meta.dirname, "../../../tools");

describe("the tools", () => {
  it("are exactly these", () => {
    expect(tools.map((tool) => tool.name)).toEqual([
      "search_voices",
      "generate_speech",
      "get_job_status",
      "get_audio_link",
    ]);
  });

  it("have one file each, in their group's folder and under their name", () => {
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((group) => readdirSync(path.join(folder, group.name)).map((file) => `${group.name}/${file}`));
    const expected = tools.map((tool) => `${tool.group}/${tool.name.replaceAll("_", "-")}.ts`);
    expect(files.sort()).toEqual(expected.sort());
  });

  it.each(tools)("$name says what it does in at most 300 characters", ({ description, title, name }) => {
    expect(description.length).toBeLessThanOrEqual(300);
    expect(description).toMatch(/^[A-Z][^.]+[.;]/);
    // Clients put the server's name before it and take 60 characters in all.
    expect(`aittsm_${name}`.length).toBeLessThanOrEqual(60);
    expect(title).not.toBe("");
  });

  it.each(tools)("$name belongs to a known group and names known scopes", ({ group, scopes }) => {
    expect(TOOLSETS).toContain(group);
    expect(scopes.length).toBeGreaterThan(0);
    for (const scope of scopes) expect(SCOPES).toContain(scope);
  });

  it.each(tools)("$name points only to tools that exist", ({ description }) => {
    const mentioned = description.match(/\b(search|generate|get|list|create)_[a-z_]+/g) ?? [];
    expect(mentioned.filter((name) => !tools.some((tool) => tool.name === name))).toEqual([]);
  });

  it.each(tools.filter((tool) => tool.effect === "read"))("$name, a read, sends nothing but GET", async (tool) => {
    const service = new FakeService();
    service.jobs.set("a", { job_id: "a" });
    const input = tool.input.parse(tool.name === "get_job_status" ? { job_id: "a" } : {});
    const config = { outputDir: "/nowhere", webhookHosts: [] };
    await tool.run(input, { client: clientOf(service), config, signal: new AbortController().signal });
    expect(service.seen.length).toBeGreaterThan(0);
    expect(new Set(service.seen.map((seen) => seen.method))).toEqual(new Set(["GET"]));
    expect(tool.input.shape).not.toHaveProperty("save_to");
  });

  it("of groups that are kept out are not there", () => {
    expect(selectTools(["generation"])).toHaveLength(4);
    expect(selectTools(["jobs", "account"])).toEqual([]);
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
