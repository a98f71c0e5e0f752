import { writeFileSync } from "node:fs";
import path from "node:path";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { estimateCost, getUsage } from "../../src/contract/account.ts";
import { BACKENDS, closeBackendsAfterEach, startBackend, type TestBackend } from "../support/backends.ts";
import { temporaryFolder } from "../support/folders.ts";

const RMS = "flite:en-US-Clustergen-Rms";
const SLT = "flite:en-US-Clustergen-Slt";

const usageOf = async ({ client }: TestBackend, query = {}) => (await client.call(getUsage, query)).data;
const estimate = async ({ client }: TestBackend, wish: object) => (await client.call(estimateCost, wish)).data;
const speak = async ({ client }: TestBackend, text: string, voice_id = RMS) => {
  const { answer } = await client.submit({ text, voice_id });
  return (await client.wait(answer.job_id, { seconds: 50 })).job;
};
/** Moves a job to another moment, or another end. */
const rewrite = (service: TestBackend, jobId: string, set: { created_at?: number; status?: "failed" }) =>
  service.backend.store
    .updateTable("jobs")
    .set(set as never)
    .where("job_id", "=", jobId)
    .execute();

closeBackendsAfterEach();

describe.each(BACKENDS)("usage on the %s backend", (kind) => {
  it("of the account on this machine is unlimited, and counts what was spoken", async () => {
    const service = await startBackend(kind);
    expect(await usageOf(service)).toEqual({ credit_balance: 0, unlimited: true, chars_charged: 0, jobs: 0 });
    await speak(service, "Hello.");
    expect(await usageOf(service)).toEqual({ credit_balance: 0, unlimited: true, chars_charged: 6, jobs: 1 });
  });

  it("agrees with the balance of an account that pays", async () => {
    const service = await startBackend(kind, { credits: 100 });
    await speak(service, "Hello.");
    await speak(service, "Grüße.");
    const usage = await usageOf(service);
    expect(usage).toMatchObject({ credit_balance: 100 - 6 - 8, unlimited: false, chars_charged: 14, jobs: 2 });
  });

  it("groups by voice and provider, the largest first", async () => {
    const service = await startBackend(kind);
    await speak(service, "One.");
    await speak(service, "Two, three.", SLT);
    await speak(service, "Four.", SLT);
    expect((await usageOf(service, { group_by: "voice" })).groups).toEqual([
      { group: SLT, chars_charged: 16, jobs: 2 },
      { group: RMS, chars_charged: 4, jobs: 1 },
    ]);
    expect((await usageOf(service, { group_by: "provider" })).groups).toEqual([
      { group: "flite", chars_charged: 20, jobs: 3 },
    ]);
  });

  it("groups by UTC day, the latest first, and keeps to a span of days or moments", async () => {
    const service = await startBackend(kind);
    const times = ["2026-01-31T23:59:59.999Z", "2026-02-01T00:00:00.000Z", "2026-02-01T23:59:59.999Z"];
    for (const time of [...times, "2026-02-02T00:00:00.000Z"]) {
      const { job_id } = await speak(service, "Day.");
      await rewrite(service, job_id, { created_at: Date.parse(time) });
    }
    expect((await usageOf(service, { group_by: "day" })).groups).toEqual([
      { group: "2026-02-02", chars_charged: 4, jobs: 1 },
      { group: "2026-02-01", chars_charged: 8, jobs: 2 },
      { group: "2026-01-31", chars_charged: 4, jobs: 1 },
    ]);
    const jobs = async (span: object) => (await usageOf(service, span)).jobs;
    expect(await jobs({ from: "2026-02-01" })).toBe(3);
    expect(await jobs({ to: "2026-02-01" })).toBe(3);
    expect(await jobs({ from: "2026-02-01", to: "2026-02-01" })).toBe(2);
    expect(await jobs({ from: "2026-02-01T01:00:00+01:00", to: "2026-02-01T23:59:59.999Z" })).toBe(1);
    expect(await jobs({ from: "2026-02-01T00:00", to: "2026-02-02T00:00" })).toBe(2);
    expect(await jobs({ from: "2027-01-01" })).toBe(0);
  });

  it("counts failed jobs as none", async () => {
    const service = await startBackend(kind);
    await speak(service, "Good.");
    const { job_id } = await speak(service, "Bad.");
    await rewrite(service, job_id, { status: "failed" });
    expect(await usageOf(service, { group_by: "voice" })).toMatchObject({
      chars_charged: 5,
      jobs: 1,
      groups: [{ group: RMS, chars_charged: 5, jobs: 1 }],
    });
  });

  it.each([
    [{ from: "yesterday" }, "from", "2026-07-28"],
    [{ to: "2026-02-30" }, "to", "2026-07-28"],
    [{ from: "2026-02-01T25:00Z" }, "from", "2026-07-28"],
    [{ from: "2026-02-02", to: "2026-02-01" }, "from", "earlier"],
    [{ group_by: "week" }, "group_by", ""],
  ])("refuses %j by name and says what would work", async (query, field, hint) => {
    const service = await startBackend(kind);
    await expect(usageOf(service, query)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      details: { fields: [{ field, message: expect.any(String) }] },
      hint: expect.stringContaining(hint),
    });
  });
});

describe.each(BACKENDS)("a cost estimate on the %s backend", (kind) => {
  it("of a local voice is free, counts UTF-8 bytes, and charges nothing", async () => {
    const service = await startBackend(kind, { credits: 3 });
    expect(await estimate(service, { text: "Grüße from here.", voice_id: RMS })).toEqual({
      chars: 18,
      voice_id: RMS,
      estimated_cost: 0,
      currency: "USD",
      estimated_duration_seconds: expect.any(Number),
      within_limits: true,
      limit: 500_000,
    });
    expect(await usageOf(service)).toMatchObject({ credit_balance: 3, jobs: 0 });
  });

  it("is about as long as the speech turns out, by each voice's own rate", async () => {
    const service = await startBackend(kind);
    const text = "The quick brown fox jumps over the lazy dog, and then it rests for a while. ".repeat(3);
    for (const voice_id of [RMS, SLT]) {
      const { estimated_duration_seconds: expected } = await estimate(service, { text, voice_id });
      const { duration_seconds: real } = await speak(service, text, voice_id);
      expect(expected / real!).toBeGreaterThan(0.6);
      expect(expected / real!).toBeLessThan(1.7);
      const { estimated_duration_seconds: byCount } = await estimate(service, { chars: text.length, voice_id });
      expect(byCount / expected).toBeGreaterThan(0.9);
      expect(byCount / expected).toBeLessThan(1.1);
    }
  });

  it("says when a text is too long, and what the limit is", async () => {
    const service = await startBackend(kind);
    expect(await estimate(service, { chars: 500_000 })).toMatchObject({ within_limits: true, limit: 500_000 });
    expect(await estimate(service, { chars: 500_001 })).toMatchObject({ within_limits: false, limit: 500_000 });
  });

  it("takes the prices of the user's rate card", async () => {
    const file = path.join(temporaryFolder(), "rates.json");
    writeFileSync(file, JSON.stringify({ currency: "EUR", per_million_bytes: { flite: { premium: 2.5 } } }));
    const service = await startBackend(kind, { env: { AITTSM_RATE_CARD: file } });
    expect(await estimate(service, { chars: 400_000 })).toMatchObject({ estimated_cost: 1, currency: "EUR" });
    expect(await estimate(service, { text: "Hello." })).toMatchObject({ estimated_cost: 0.000015 });
  });

  it.each([
    [{}, "INVALID_INPUT", "text"],
    [{ text: "One.", chars: 4 }, "INVALID_INPUT", "chars"],
    [{ chars: 0 }, "INVALID_INPUT", "chars"],
    [{ chars: 4, prompt: "Whisper." }, "PROMPT_NOT_SUPPORTED", "prompt"],
    [{ chars: 4, model: "gemini-2.5-flash-tts" }, "UNSUPPORTED_MODIFIER", "model"],
  ])("refuses %j by name, as generating would", async (wish, code, field) => {
    const service = await startBackend(kind);
    const fields = [{ field, message: expect.any(String) }];
    await expect(estimate(service, wish)).rejects.toMatchObject({
      code,
      details: { fields },
      hint: expect.any(String),
    });
  });

  it("for a voice that there is not names the nearest", async () => {
    const service = await startBackend(kind);
    await expect(estimate(service, { chars: 4, voice_id: "flite:en-US-Clustergen-Rmz" })).rejects.toMatchObject({
      code: "VOICE_NOT_FOUND",
      hint: expect.stringContaining(RMS),
    });
  });
});

describe("usage of several accounts", () => {
  it("is each account's own, and needs a key with the scope", async () => {
    const service = await startBackend("remote", { credits: 100 });
    await speak(service, "Hello.");
    const other = await service.withKey("tts_other").call(getUsage, { group_by: "voice" });
    expect(other.data).toEqual({ credit_balance: 0, unlimited: true, chars_charged: 0, jobs: 0, groups: [] });
    const limited = service.withKey("tts_voices");
    for (const asked of [limited.call(getUsage, {}), limited.call(estimateCost, { chars: 1 })]) {
      await expect(asked).rejects.toMatchObject({ code: "INSUFFICIENT_SCOPE" });
    }
  });

  it("is the same in all and by group, whatever there is, and quick with 10,000 jobs", async () => {
    const service = await startBackend("embedded");
    const rows = Array.from({ length: 10_000 }, (_, i) => i);
    await sql`
      insert into jobs (job_id, account_id, kind, status, priority, voice_id, speed, output_format, sample_rate_hertz,
          streaming, chars_charged, progress_total, content_type, created_at)
        select 'job-' || value, 'local', 'speech', iif(value % 9 = 0, 'failed', 'completed'), 0,
          'flite:en-US-Test-' || (value % 7), 1, 'mp3', 22050, 0, value % 100, 1, 'audio/mpeg',
          1767225600000 + value * 600000 from json_each(${JSON.stringify(rows)})`.execute(service.backend.store);
    const counted = rows.filter((i) => i % 9 !== 0);
    const chars = counted.reduce((sum, i) => sum + (i % 100), 0);
    for (const group_by of ["day", "provider", "voice"]) {
      const started = performance.now();
      const { groups = [], ...all } = await usageOf(service, { group_by });
      expect(performance.now() - started).toBeLessThan(1_000);
      expect(all).toMatchObject({ jobs: counted.length, chars_charged: chars });
      expect(groups).toHaveLength({ day: 70, provider: 1, voice: 7 }[group_by]!);
      expect(groups.reduce((sum, group) => sum + group.jobs, 0)).toBe(counted.length);
      expect(groups.reduce((sum, group) => sum + group.chars_charged, 0)).toBe(chars);
    }
  });
});
