import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeService, ok } from "../client/fake-service.ts";
import { type AnyClient, CLIENTS, type Elicit, optionsFor, textOf, YES } from "./connect.ts";

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
    (answer: Awaited<ReturnType<Elicit>>): Elicit =>
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
  const start = (elicit?: Elicit, declared?: Parameters<typeof connect>[2]): Promise<AnyClient> =>
    connect(optionsFor(service), elicit, declared);

  it("asks the person once, with the preview, and does what they agree to", async () => {
    scripted(PREVIEW, PREVIEW, { ...PREVIEW, deleted: true });
    const client = await start(person(YES));
    const result = await client.call("delete_job_audio", deletion);
    expect(asked).toEqual(["Audio of job j1 would be deleted: 10 bytes. Would lose a track: shares s1.\nGo on?"]);
    expect(result.structuredContent).toMatchObject({ deleted: true });
    expect(sent()).toEqual(["true", "true", "false"].map((dry) => `DELETE /api/v1/jobs/j1/audio ${dry}`));
    await client.close();
  });

  it.each([
    [{ action: "decline" }, "The person declined."],
    [{ action: "cancel" }, "The person closed the question without an answer."],
    [{ action: "accept", content: { answer: "No" } }, "The person declined."],
    [{ action: "accept", content: { answer: "yes, but" } }, "The person declined."],
  ] as const)("changes nothing when the person answers %o", async (answer, sentence) => {
    scripted(PREVIEW);
    const client = await start(person(answer));
    const result = await client.call("delete_job_audio", deletion);
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain(`DECLINED: ${sentence} Hint: nothing was changed`);
    expect(sent()).toEqual(["DELETE /api/v1/jobs/j1/audio true"]);
    await client.close();
  });

  it("may have buttons only: accepting without a form is a yes", async () => {
    scripted(PREVIEW, PREVIEW, { ...PREVIEW, deleted: true });
    const client = await start(person({ action: "accept", content: {} }));
    expect((await client.call("delete_job_audio", deletion)).structuredContent).toMatchObject({ deleted: true });
    await client.close();
  });

  it("asks again when what would be done has changed meanwhile", async () => {
    const bulk = (deleted: number) => ({ deleted, bytes_freed: 10, shares_affected: [], skipped: [] });
    scripted(bulk(3), bulk(300), bulk(300), bulk(300));
    const answers: Awaited<ReturnType<Elicit>>[] = [YES, { action: "decline" }];
    const client = await start((question) => {
      asked.push(question);
      return answers.shift()!;
    });
    const result = await client.call("bulk_delete_audio", { tag: "old", confirm: true });
    expect(asked).toEqual([expect.stringContaining(" 3 jobs"), expect.stringContaining(" 300 jobs")]);
    expect(textOf(result)).toContain("DECLINED");
    expect(service.seen.map(({ body }) => body?.dry_run)).not.toContain(false);
    await client.close();
  });

  it("changes nothing when the client fails to ask", async () => {
    scripted(PREVIEW);
    const client = await start(() => Promise.reject(new Error("no window")));
    // In the 2026 era the question is between the client and its user, and so is the failure.
    const result = await client.call("delete_job_audio", deletion).catch(() => undefined);
    if (result) expect(textOf(result)).toMatch(/^DECLINED: The client could not ask the person\. Hint: nothing was/);
    expect(JSON.stringify(result ?? "")).not.toContain("window");
    expect(sent()).toEqual(["DELETE /api/v1/jobs/j1/audio true"]);
    await client.close();
  });

  it("takes the question back when the call is cancelled, and changes nothing", async () => {
    scripted(PREVIEW, PREVIEW);
    const cancel = new AbortController();
    let takenBack = () => {};
    const gone = new Promise<void>((resolve) => {
      takenBack = resolve;
    });
    const client = await start((question, signal) => {
      asked.push(question);
      // The first is answered: v1 clients overlook that request 0 is taken back.
      if (asked.length === 1) return { action: "decline" };
      signal.addEventListener("abort", takenBack);
      setTimeout(() => cancel.abort(new Error("enough")));
      return gone.then(() => ({ action: "cancel" }));
    });
    await client.call("delete_job_audio", deletion);
    await expect(client.call("delete_job_audio", deletion, { signal: cancel.signal })).rejects.toThrow();
    await gone;
    expect(sent()).toEqual(["DELETE /api/v1/jobs/j1/audio true", "DELETE /api/v1/jobs/j1/audio true"]);
    await client.close();
  });

  it("is asked when it declares elicitation without a mode, and not when it can open pages only", async () => {
    scripted(PREVIEW, { ...PREVIEW, deleted: true });
    const bare = await start(person({ action: "decline" }), {});
    expect(textOf(await bare.call("delete_job_audio", deletion))).toContain("DECLINED");
    await bare.close();
    const pages = await start(person({ action: "decline" }), { url: {} });
    expect((await pages.call("delete_job_audio", deletion)).structuredContent).toMatchObject({ deleted: true });
    expect(asked).toHaveLength(1);
    await pages.close();
  });

  it("is not asked when its person wants that (AITTSM_ELICITATION off)", async () => {
    scripted({ ...PREVIEW, deleted: true });
    const client = await connect({ ...optionsFor(service), elicitation: false }, person(YES));
    expect((await client.call("delete_job_audio", deletion)).structuredContent).toMatchObject({ deleted: true });
    expect(asked).toEqual([]);
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
    const client = await start(person(YES));
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
    const client = await start(person(YES));
    expect((await client.call(tool, args)).isError).toBeFalsy();
    expect(asked).toEqual(question === undefined ? [] : [expect.stringMatching(question)]);
    await client.close();
  });

  it("is asked before access codes are exported, and before a collection goes", async () => {
    scripted({ format: "csv", count: 1, data: "code\r\n" });
    const client = await start(person(YES));
    await client.call("export_access_codes", { share_id: "s1" });
    const preview = { collection_id: "c1", name: "Book", job_count: 2, deleted: false };
    scripted(preview, preview, { ...preview, deleted: true });
    await client.call("manage_collection", { action: "delete", collection_id: "c1", confirm: true });
    expect(asked).toEqual([
      "Show every access code of share s1?",
      'Collection "Book" (c1, 2 jobs) would be deleted; its jobs stay.\nGo on?',
    ]);
    await client.close();
  });
});

describe("a question", () => {
  const [[, modern], [, legacy]] = CLIENTS as [(typeof CLIENTS)[number], (typeof CLIENTS)[number]];
  let service: FakeService;
  beforeEach(() => {
    service = new FakeService();
    service.scripted.push(() => ok(PREVIEW));
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(service.seen.map(({ query }) => query.get("dry_run"))).not.toContain("false");
  });

  it("that nobody answers within five minutes is no consent (2025-11-25)", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const client = await legacy(optionsFor(service), () => {
      isAsked();
      return new Promise(() => {});
    });
    const args = { job_id: "j1", confirm: true };
    let result: unknown;
    const call = client.call("delete_job_audio", args, { timeout: 3_600_000 }).then((answer) => {
      result = answer;
    });
    await asked;
    await vi.advanceTimersByTimeAsync(299_000);
    expect(result).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1_000);
    await call;
    expect(textOf(result)).toMatch(/^DECLINED: The person gave no answer in time\. Hint: nothing was changed/);
    await client.close();
  });

  it("that is open when the process is about to end is no consent (2025-11-25)", async () => {
    const ending = new AbortController();
    const client = await legacy({ ...optionsFor(service), hurry: ending.signal }, () => {
      ending.abort();
      return new Promise(() => {});
    });
    const result = await client.call("delete_job_audio", { job_id: "j1", confirm: true });
    expect(textOf(result)).toMatch(/^DECLINED: The person gave no answer in time\./);
    await client.close();
  });

  it("whose answer is none is no consent (2026-07-28)", async () => {
    const client = await modern(optionsFor(service), () => YES);
    for (const inputResponses of [{}, { consent: { roots: [] } }, { consent: "yes" }]) {
      const params = { name: "delete_job_audio", arguments: { job_id: "j1", confirm: true }, inputResponses };
      const result = await (client as unknown as { callTool(params: object): Promise<unknown> }).callTool(params);
      expect(textOf(result)).toMatch(/^DECLINED: The client sent no answer/);
    }
    await client.close();
  });
});
