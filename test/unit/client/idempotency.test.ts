import Keyv from "keyv";
import { beforeEach, describe, expect, it } from "vitest";
import { createClient } from "../../../src/client/client.ts";
import { inProcessTransport } from "../../../src/client/in-process.ts";
import { clientOf, FakeService, fail, ok } from "./fake-service.ts";

let service: FakeService;
let disk: Map<string, unknown>;
beforeEach(() => {
  service = new FakeService();
  disk = new Map();
});
/** A client as a new process has it: nothing in memory, the same things on disk. */
const restarted = () => clientOf(service, { memory: async () => new Keyv({ store: disk }) });
const submits = () => service.count("POST", /\/tts$/);

describe("an idempotency key", () => {
  it("gives the first job back after a restart, from a server that forgets keys", async () => {
    const first = await restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    const second = await restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    expect(second).toMatchObject({
      replayed: true,
      answer: { job_id: first.answer.job_id },
      job: { status: "completed" },
    });
    expect(first.replayed).toBe(false);
    expect(submits()).toBe(1);
  });

  it("is refused for another request", async () => {
    await restarted().submit({ text: "hi", speed: 1 }, { idempotencyKey: "k" });
    const other = restarted().submit({ text: "hi", speed: 2 }, { idempotencyKey: "k" });
    await expect(other).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED", hint: expect.stringContaining("new") });
    expect(submits()).toBe(1);
  });

  it("doesn't mind the order of the fields", async () => {
    await restarted().submit({ text: "hi", metadata: { a: "1", b: "2" } }, { idempotencyKey: "k" });
    const again = await restarted().submit({ metadata: { b: "2", a: "1" }, text: "hi" }, { idempotencyKey: "k" });
    expect(again.replayed).toBe(true);
  });

  it("submits anew when the server no longer knows the job", async () => {
    const first = await restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    service.jobs.clear();
    const second = await restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    expect(second.replayed).toBe(false);
    expect(second.answer.job_id).not.toBe(first.answer.job_id);
  });

  it("doesn't submit anew when the server can't be asked", async () => {
    await restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    service.scripted.push(() => fail(401, { code: "INVALID_API_KEY", message: "no" }));
    const again = restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    await expect(again).rejects.toMatchObject({ code: "INVALID_API_KEY" });
    expect(submits()).toBe(1);
  });

  it("gives the failed job back, so that its failure can be told", async () => {
    service.outcome = { status: "failed", error: { code: "PROVIDER_ERROR", message: "The voice broke." } };
    await restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    const again = await restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    expect(again.job).toMatchObject({ status: "failed" });
    expect(submits()).toBe(1);
  });

  it("makes one job of two calls at the same time", async () => {
    const client = restarted();
    const both = await Promise.all([1, 2].map(() => client.submit({ text: "hi" }, { idempotencyKey: "k" })));
    expect(new Set(both.map(({ answer }) => answer.job_id)).size).toBe(1);
    expect(submits()).toBe(1);
  });

  it("can be used again after the first call with it failed", async () => {
    service.scripted.push(() => fail(400, { code: "INVALID_INPUT", message: "no" }));
    const client = restarted();
    await expect(client.submit({ text: "hi" }, { idempotencyKey: "k" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await expect(client.submit({ text: "ho" }, { idempotencyKey: "k" })).resolves.toMatchObject({ replayed: false });
  });

  it("belongs to one server and account", async () => {
    await restarted().submit({ text: "hi" }, { idempotencyKey: "k" });
    const elsewhere = { ...inProcessTransport(async () => service.fetch), scope: "another key" };
    const client = createClient({ transport: elsewhere, memory: async () => new Keyv({ store: disk }) });
    expect((await client.submit({ text: "hi" }, { idempotencyKey: "k" })).replayed).toBe(false);
  });

  it("is not kept as it is", async () => {
    await restarted().submit({ text: "a private sentence" }, { idempotencyKey: "my-key" });
    const kept = JSON.stringify([...disk]);
    expect(kept).toContain("job-1");
    expect(kept).not.toMatch(/my-key|private/);
  });

  it("is made up when there is none, new for each call", async () => {
    await restarted().submit({ text: "hi" });
    await restarted().submit({ text: "hi" });
    const keys = service.seen.map((seen) => seen.headers.get("idempotency-key"));
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(2);
  });

  it("brings no stream URL back that is over", async () => {
    const stream = { stream_url: "http://x/1", stream_url_expires_at: "2020-01-01T00:00:00.000Z" };
    service.scripted.push(() => {
      service.jobs.set("s", { job_id: "s" });
      return ok({ job_id: "s", status: "pending", ...stream }, 201);
    });
    const input = { text: "hi", delivery_mode: "stream" } as const;
    expect((await restarted().submit(input, { idempotencyKey: "k" })).answer.stream_url).toBe("http://x/1");
    expect((await restarted().submit(input, { idempotencyKey: "k" })).answer.stream_url).toBeUndefined();
  });
});

describe("a memory that fails", () => {
  const broken = { get: () => Promise.reject(new Error("locked")), set: () => Promise.reject(new Error("locked")) };

  it.each([
    ["when it is opened", () => Promise.reject(new Error("read-only"))],
    ["when it is used", async () => broken],
  ])("%s is a warning and fails no call", async (_, memory) => {
    const client = clientOf(service, { memory });
    const { answer, warnings } = await client.submit({ text: "hi" }, { idempotencyKey: "k" });
    expect(answer.job_id).toBe("job-1");
    expect(warnings.join()).toContain("idempotency memory");
  });
});
