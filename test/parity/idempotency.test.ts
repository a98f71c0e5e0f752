import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { listShares, updateShare } from "../../src/contract/shares.ts";
import { BACKENDS, jsonOf, startBackend } from "../support/backends.ts";
import { makeJob } from "../support/library.ts";
import { DAY_MS } from "../support/shares.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe.each(BACKENDS)("idempotency on the %s backend", async (kind) => {
  const service = await startBackend(kind, { credits: 1_000 });
  const post = (key: string, body: object) =>
    service.fetch("/api/v1/tts", { method: "POST", headers: { "Idempotency-Key": key }, body: JSON.stringify(body) });
  const balance = async () =>
    (
      await service.backend.store
        .selectFrom("accounts")
        .select("credit_balance")
        .where("account_id", "=", "local")
        .executeTakeFirstOrThrow()
    ).credit_balance;

  it("answers a repeat with the first answer, byte for byte, and charges once", async () => {
    const before = await balance();
    const first = await post("repeat", { text: "Hello." });
    const second = await post("repeat", { text: "Hello." });
    expect(first.status).toBe(202);
    expect(second.status).toBe(202);
    expect(await second.text()).toBe(await first.text());
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(before - (await balance())).toBe(6);
  });

  it("takes a request with its fields in another order for the same", async () => {
    const first = await post("order", { text: "Hello.", speed: 1.5 });
    const second = await post("order", { speed: "1.5", text: "Hello.", title: null });
    expect(await second.text()).toBe(await first.text());
  });

  it("refuses the same key with other text", async () => {
    await post("reused", { text: "One." });
    const other = await post("reused", { text: "Two." });
    expect(other.status).toBe(422);
    expect((await jsonOf(other)).error).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED", hint: expect.any(String) });
  });

  it("makes one job of a hundred repeats at the same moment", async () => {
    const before = await balance();
    const answers = await Promise.all(Array.from({ length: 100 }, () => post("storm", { text: "Once." })));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(bodies).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get("idempotent-replayed") === null)).toHaveLength(1);
    expect(before - (await balance())).toBe(5);
  });

  it("does not remember a refusal", async () => {
    expect((await post("mended", { text: "世界" })).status).toBe(400);
    expect((await post("mended", { text: "World." })).status).toBe(202);
  });

  it("takes a key of 255 characters, and refuses a longer or an empty one", async () => {
    expect((await post("k".repeat(255), { text: "Hello." })).status).toBe(202);
    for (const bad of ["k".repeat(256), ""]) {
      const refused = await post(bad, { text: "Hello." });
      expect(refused.status).toBe(400);
      expect((await jsonOf(refused)).error).toMatchObject({
        code: "INVALID_INPUT",
        details: { fields: [{ field: "idempotency_key" }] },
      });
    }
  });

  it("knows a key for a day, and for its own operation", async () => {
    const first = await jsonOf(await post("daily", { text: "Hello." }));
    const streamed = await service.fetch("/api/v1/tts/stream", {
      method: "POST",
      headers: { "Idempotency-Key": "daily" },
      body: JSON.stringify({ text: "Hello." }),
    });
    expect(streamed.status).toBe(201);
    vi.useFakeTimers({ now: Date.now() + DAY_MS - 60_000, toFake: ["Date"] });
    expect(await jsonOf(await post("daily", { text: "Hello." }))).toEqual(first);
    vi.useFakeTimers({ now: Date.now() + 120_000, toFake: ["Date"] });
    expect((await jsonOf(await post("daily", { text: "Hello." }))).data.job_id).not.toBe(first.data.job_id);
  });

  it("answers a repeat of a job that failed with its failure, and says to use a new key", async () => {
    const before = await balance();
    const { data } = await jsonOf(await post("failed", { text: "Hello." }));
    await service.client.wait(data.job_id, { seconds: 30 });
    await service.backend.store
      .updateTable("jobs")
      .set({ status: "failed", error_code: "PROVIDER_ERROR", error_message: "The voice was lost." })
      .where("job_id", "=", data.job_id)
      .execute();
    const again = await post("failed", { text: "Hello." });
    expect(again.status).toBe(500);
    expect((await jsonOf(again)).error).toMatchObject({
      code: "GENERATION_FAILED",
      message: expect.stringContaining("The voice was lost."),
      hint: expect.stringContaining("new idempotency key"),
      details: { job_id: data.job_id },
    });
    expect(before - (await balance())).toBe(6);
  });

  it("refuses what the balance does not cover, and takes nothing", async () => {
    const before = await balance();
    const response = await post("poor", { text: "word ".repeat(1_000) });
    expect(response.status).toBe(402);
    expect((await jsonOf(response)).error.code).toBe("INSUFFICIENT_CREDITS");
    expect(await balance()).toBe(before);
  });

  it("keeps the first job's answer for the client too, without a second request", async () => {
    const first = await service.client.submit({ text: "Again." }, { idempotencyKey: "client" });
    const second = await service.client.submit({ text: "Again." }, { idempotencyKey: "client" });
    expect(second.answer.job_id).toBe(first.answer.job_id);
    expect([first.replayed, second.replayed]).toEqual([false, true]);
  });
});

describe.each(BACKENDS)("the idempotency of shares on the %s backend", async (kind) => {
  const service = await startBackend(kind);
  const { client } = service;
  let [one, two] = ["", ""];
  beforeAll(async () => {
    [one, two] = [await makeJob(service, "One."), await makeJob(service, "Two.")];
  });
  const shareCount = async () => (await client.call(listShares, { state: "all" })).data.total;
  const post = (key: string, body: object) =>
    service.fetch("/api/v1/shares", {
      method: "POST",
      headers: { "Idempotency-Key": key },
      body: JSON.stringify(body),
    });

  it("answers a repeat with the first answer, byte for byte, whatever became of the share", async () => {
    const before = await shareCount();
    const first = await post("repeat", { job_ids: [one, two], title: "Once" });
    const text = await first.text();
    expect([first.status, first.headers.get("idempotent-replayed")]).toEqual([201, null]);
    await client.call(updateShare, { share_id: JSON.parse(text).data.share_id, title: "Later" });
    const second = await post("repeat", { title: "Once", job_ids: [one, two], access: "public" });
    expect([second.status, second.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
    expect(await second.text()).toBe(text);
    expect(await shareCount()).toBe(before + 1);
  });

  it("refuses another request under the same key, and knows no key of another operation", async () => {
    await post("reused", { job_ids: [one] });
    const other = await post("reused", { job_ids: [two] });
    expect([other.status, (await jsonOf(other)).error.code]).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
    await client.submit({ text: "Speech." }, { idempotencyKey: "speech" });
    expect((await post("speech", { job_ids: [one] })).status).toBe(201);
  });

  it("makes one share of many repeats at the same moment", async () => {
    const before = await shareCount();
    const answers = await Promise.all(Array.from({ length: 30 }, () => post("storm", { job_ids: [one] })));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get("idempotent-replayed") === null)).toHaveLength(1);
    expect(await shareCount()).toBe(before + 1);
  });

  it("forgets the key after a day", async () => {
    const made = async () => (await jsonOf(await post("daily", { job_ids: [one] }))).data.share_id;
    const first = await made();
    vi.useFakeTimers({ now: Date.now() + DAY_MS - 60_000, toFake: ["Date"] });
    expect(await made()).toBe(first);
    vi.useFakeTimers({ now: Date.now() + 120_000, toFake: ["Date"] });
    expect(await made()).not.toBe(first);
  });

  it("does not remember a refusal", async () => {
    expect((await post("mended", { job_ids: ["never"] })).status).toBe(404);
    expect((await post("mended", { job_ids: [one] })).status).toBe(201);
  });
});
