import { beforeEach, describe, expect, it } from "vitest";
import { FakeService, ok } from "../client/fake-service.ts";
import { type AnyClient, CLIENTS, type Elicit, optionsFor, textOf } from "./connect.ts";

const PREVIEW = { job_id: "j1", deleted: false, bytes_freed: 10, shares_affected: ["s1"] };
const SHARE = {
  share_id: "s1",
  share_url: "http://127.0.0.1/s/x",
  state: "active",
  access: "public",
  permanent: false,
  plays: 0,
  allow_download: false,
  created_at: "t",
  code_count: 0,
  tracks: [{ job_id: "j1" }],
};

describe.each(CLIENTS)("a client of %s", (_, connect) => {
  let service: FakeService;
  let asked: string[];
  const person =
    (answer: ReturnType<Elicit>): Elicit =>
    (question) => {
      asked.push(question);
      return answer;
    };
  beforeEach(() => {
    service = new FakeService();
    asked = [];
  });
  const sent = () => service.seen.map(({ method, path, query }) => `${method} ${path} ${query.get("dry_run") ?? ""}`);
  const scripted = (...answers: object[]) => service.scripted.push(...answers.map((answer) => () => ok(answer)));
  const deletion = { job_id: "j1", confirm: true };
  const start = (elicit?: Elicit): Promise<AnyClient> => connect(optionsFor(service), elicit);

  it("asks the person once, with the preview, and does what they agree to", async () => {
    scripted(PREVIEW, { ...PREVIEW, deleted: true });
    const client = await start(person("accept"));
    const result = await client.call("delete_job_audio", deletion);
    expect(asked).toEqual(["Audio of job j1 would be deleted: 10 bytes. Would lose a track: shares s1.\nGo on?"]);
    expect(result.structuredContent).toMatchObject({ deleted: true });
    expect(sent()).toEqual(["DELETE /api/v1/jobs/j1/audio true", "DELETE /api/v1/jobs/j1/audio false"]);
    await client.close();
  });

  it.each(["decline", "cancel"] as const)("changes nothing when the person says %s", async (answer) => {
    scripted(PREVIEW);
    const client = await start(person(answer));
    const result = await client.call("delete_job_audio", deletion);
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/^DECLINED: The person .* Hint: nothing was changed/);
    expect(sent()).toEqual(["DELETE /api/v1/jobs/j1/audio true"]);
    await client.close();
  });

  it("that can't ask goes on: confirm is enough", async () => {
    scripted({ ...PREVIEW, deleted: true });
    const client = await start();
    expect((await client.call("delete_job_audio", deletion)).structuredContent).toMatchObject({ deleted: true });
    expect(sent()).toEqual(["DELETE /api/v1/jobs/j1/audio false"]);
    await client.close();
  });

  it("does not ask for a preview, nor for what would be refused anyway", async () => {
    scripted(PREVIEW);
    const client = await start(person("accept"));
    expect((await client.call("delete_job_audio", { job_id: "j1" })).structuredContent).toMatchObject({
      preview: true,
    });
    const refused = await client.call("delete_job_audio", { ...deletion, erase: "all" });
    expect(textOf(refused)).toContain("INVALID_INPUT");
    const unfit = await client.call("manage_collection", { action: "delete", confirm: true });
    expect(textOf(unfit)).toContain("collection_id");
    const missing = await client.call("delete_job_audio", { job_id: "nowhere", confirm: true });
    expect(missing.isError).toBe(true);
    expect(asked).toEqual([]);
    await client.close();
  });

  it.each([
    ["create_share", { job_ids: ["j1"] }, "Share 1 track with anyone who has the link?"],
    ["create_share", { job_ids: ["j1", "j2"], access: "code", permanent: true }, /an access code, without an end\?$/],
    ["create_share", { job_ids: ["j1"], access: "code" }, undefined],
    ["update_share", { share_id: "s1", access: "public" }, /^Open share s1 to anyone/],
    ["update_share", { share_id: "s1", title: "New" }, undefined],
    ["toggle_share_permanent", { share_id: "s1", permanent: true }, "Keep share s1 open without an end?"],
    ["toggle_share_permanent", { share_id: "s1", permanent: false }, undefined],
  ])("is asked about public and permanent shares: %s %o", async (tool, args, question) => {
    scripted(SHARE);
    const client = await start(person("accept"));
    expect((await client.call(tool, args)).isError).toBeFalsy();
    expect(asked).toEqual(question === undefined ? [] : [expect.stringMatching(question)]);
    await client.close();
  });

  it("is asked before access codes are exported, and before a collection goes", async () => {
    scripted({ format: "csv", count: 1, data: "code\r\n" });
    const client = await start(person("accept"));
    await client.call("export_access_codes", { share_id: "s1" });
    scripted(
      { collection_id: "c1", name: "Book", job_count: 2, deleted: false },
      { collection_id: "c1", name: "Book", job_count: 2, deleted: true },
    );
    await client.call("manage_collection", { action: "delete", collection_id: "c1", confirm: true });
    expect(asked).toEqual([
      "Show every access code of share s1?",
      'Collection "Book" (c1, 2 jobs) would be deleted; its jobs stay.\nGo on?',
    ]);
    await client.close();
  });
});
