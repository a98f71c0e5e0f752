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

/** The public surface, in the order clients show it. */
const NAMES = [
  ...["search_voices", "generate_speech", "get_job_status", "get_audio_link"],
  ...["list_jobs", "get_job_text", "update_job_metadata", "delete_job_audio"],
  ...["create_share", "list_shares", "get_share", "update_share", "revoke_share", "bulk_revoke_shares"],
  ...["toggle_share_permanent", "update_track_order"],
  ...["create_access_codes", "list_access_codes", "update_access_code", "delete_access_code", "export_access_codes"],
  ...["get_qr_code"],
  ...["list_collections", "manage_collection", "list_tags", "create_tag", "delete_tag", "tag_jobs", "list_bookmarks"],
  ...["toggle_bookmark"],
  ...["get_storage_usage", "bulk_delete_audio"],
  ...["get_usage", "estimate_cost"],
];

describe("the tools", () => {
  it("are exactly these", () => {
    const names = tools.map((tool) => tool.name);
    expect(NAMES.filter((name) => names.includes(name))).toEqual(names);
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
    const input = tool.input.parse({ job_id: "a", share_id: "s" });
    const config = { outputDir: "/nowhere", webhookHosts: [] };
    // What the answer is does not matter here: the service of these tests knows few routes.
    const context = { client: clientOf(service), config, signal: new AbortController().signal };
    await tool.run(input, context).catch(() => {});
    expect(service.seen.length).toBeGreaterThan(0);
    // An estimate is computed from a text too long for a URL; its POST changes nothing.
    const reads = service.seen.filter(({ method, path }) => method === "GET" || path === "/api/v1/pricing/estimate");
    expect(service.seen).toEqual(reads);
    expect(tool.input.shape).not.toHaveProperty("save_to");
  });

  it("of groups that are kept out are not there", () => {
    expect(selectTools(["generation"])).toHaveLength(4);
    expect(selectTools(["jobs", "storage"]).map((tool) => tool.group)).toEqual([
      ...["jobs", "jobs", "jobs", "jobs"],
      ...["storage", "storage"],
    ]);
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
