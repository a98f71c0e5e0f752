import { beforeEach, describe, expect, it } from "vitest";
import { pauseMs, RETRY_POLICY, readRetryAfter } from "../../../src/client/retry.ts";
import { submitSpeech } from "../../../src/contract/tts.ts";
import { listVoices } from "../../../src/contract/voices.ts";
import { AppError } from "../../../src/errors.ts";
import { clientOf, FakeService, fail } from "./fake-service.ts";

let service: FakeService;
beforeEach(() => {
  service = new FakeService();
});
const failing = (times: number, status: number, code: string, headers?: Record<string, string>) => {
  for (let i = 0; i < times; i++) service.scripted.push(() => fail(status, { code, message: code }, headers));
};

describe("a retry", () => {
  it("gets a read past passing trouble", async () => {
    failing(2, 503, "UNAVAILABLE");
    await expect(clientOf(service).call(listVoices, {})).resolves.toMatchObject({ status: 200 });
    expect(service.seen).toHaveLength(3);
  });

  it("ends with the last error when the trouble stays", async () => {
    failing(10, 503, "UNAVAILABLE");
    await expect(clientOf(service).call(listVoices, {})).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(service.seen).toHaveLength(1 + RETRY_POLICY.retries);
  });

  it("sends a submission again only with a key, and always the same", async () => {
    failing(1, 503, "UNAVAILABLE");
    await expect(clientOf(service).call(submitSpeech, { text: "hi" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(service.seen).toHaveLength(1);
    failing(1, 503, "UNAVAILABLE");
    await clientOf(service).call(submitSpeech, { text: "hi" }, { idempotencyKey: "k" });
    expect(service.seen.slice(1).map((seen) => seen.headers.get("idempotency-key"))).toEqual(["k", "k"]);
  });

  it.each([
    ["a refusal", 400, "INVALID_INPUT"],
    ["a bad key", 401, "INVALID_API_KEY"],
    ["a full disk", 507, "STORAGE_FULL"],
    ["a job that still runs", 409, "JOB_NOT_COMPLETED"],
  ])("is not made for %s", async (_, status, code) => {
    failing(1, status, code);
    await expect(clientOf(service).call(listVoices, {})).rejects.toMatchObject({ code });
    expect(service.seen).toHaveLength(1);
  });

  it("hands up a pause that is too long to wait for", async () => {
    failing(1, 429, "RATE_LIMITED", { "Retry-After": "120" });
    await expect(clientOf(service).call(listVoices, {})).rejects.toMatchObject({ retryAfterMs: 120_000 });
    expect(service.seen).toHaveLength(1);
  });

  it("stops when the caller gives up during the pause", async () => {
    const controller = new AbortController();
    service.scripted.push(() => {
      setTimeout(() => controller.abort(), 20);
      return fail(503, { code: "UNAVAILABLE", message: "later", retry_after_ms: 9_000 });
    });
    const call = clientOf(service).call(listVoices, {}, { signal: controller.signal });
    await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
    expect(service.seen).toHaveLength(1);
  });
});

describe("the pause before a retry", () => {
  const error = (retryAfterMs?: number) => new AppError("UNAVAILABLE", "later", { retryAfterMs });
  const policy = { ...RETRY_POLICY, baseMs: 100, maxMs: 1_000 };

  it("is any time up to a limit that doubles", () => {
    expect([1, 2, 3, 9].map((n) => pauseMs(error(), n, policy, () => 1))).toEqual([100, 200, 400, 1_000]);
    expect(pauseMs(error(), 3, policy, () => 0)).toBe(0);
    expect(pauseMs(error(), 3, policy, () => 0.5)).toBe(200);
  });

  it("is never shorter than the server asked for", () => {
    expect(pauseMs(error(5_000), 1, policy, () => 1)).toBe(5_000);
    expect(pauseMs(error(50), 1, policy, () => 1)).toBe(100);
  });
});

describe("Retry-After", () => {
  it("is seconds or an HTTP date", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(readRetryAfter("7", now)).toBe(7_000);
    expect(readRetryAfter("Thu, 01 Jan 2026 00:00:30 GMT", now)).toBe(30_000);
    expect(readRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now)).toBe(0);
  });

  it("is nothing when it is absent or unreadable", () => {
    expect(readRetryAfter(null)).toBeUndefined();
    expect(readRetryAfter("soon")).toBeUndefined();
  });
});
