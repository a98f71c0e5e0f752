import { describe, expect, it } from "vitest";
import { BACKENDS, jsonOf, startBackend } from "../support/backends.ts";

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

  it("refuses a key that is too long", async () => {
    expect((await post("k".repeat(256), { text: "Hello." })).status).toBe(400);
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
