import { createHash } from "node:crypto";
import path from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { getSpeech, streamSpeech, submitSpeech } from "../../src/contract/tts.ts";
import { getVoiceSample } from "../../src/contract/voices.ts";
import { LOCAL_ACCOUNT_ID } from "../../src/service/accounts.ts";
import { WebhookService } from "../../src/service/webhooks/account-webhook.ts";
import { WebhookPoster } from "../../src/service/webhooks/poster.ts";
import { AllowedHosts } from "../../src/service/webhooks/target.ts";
import { DATABASE_FILE } from "../../src/store/files.ts";
import { openSigner } from "../../src/store/secrets.ts";
import { BACKENDS, startBackend, type TestBackend } from "../support/backends.ts";
import { eventually } from "../support/eventually.ts";
import { isSigned, Receiver } from "../support/receiver.ts";

describe.each(BACKENDS)("webhooks of the %s backend", (kind) => {
  let service: TestBackend;
  let webhooks: WebhookService;
  let receiver: Receiver;
  let own: Receiver;
  let secret: string;

  beforeAll(async () => {
    receiver = await Receiver.start();
    own = await Receiver.start();
    const hosts = [receiver.host, own.host];
    service = await startBackend(kind, { env: { AITTSM_WEBHOOK_ALLOWED_HOSTS: hosts.join(",") } });
    const { store } = service.backend;
    const signer = await openSigner(service.dataDir, path.join(service.dataDir, DATABASE_FILE));
    const allowed = new AllowedHosts(hosts);
    webhooks = new WebhookService({ store, signer, allowed, poster: new WebhookPoster({ allowed }) });
  });

  beforeEach(async () => {
    const set = await webhooks.set(LOCAL_ACCOUNT_ID, { url: receiver.url, enabled: true, regenerateSecret: true });
    secret = set.secret!;
    receiver.received.length = 0;
    own.received.length = 0;
  });

  const ended = async (job_id: string) => (await service.client.call(getSpeech, { job_id, wait_seconds: 30 })).data;

  it("tell of a job when it is completed, with a link that needs no key", async () => {
    const { data } = await service.client.call(submitSpeech, {
      text: "Hello.",
      output_format: "wav",
      metadata: { order: "17" },
    });
    const [hook] = await receiver.get(1);
    expect(hook!.event).toBe("job.completed");
    expect(isSigned(hook!, secret)).toBe(true);
    expect(hook!.body).toMatchObject({
      event: "job.completed",
      data: { job_id: data.job_id, status: "completed", chars_charged: 6, metadata: { order: "17" } },
    });
    const audio = await fetch(hook!.body.data.audio_url);
    expect(audio.status).toBe(200);
    const bytes = Buffer.from(await audio.arrayBuffer());
    expect(bytes.subarray(0, 4).toString()).toBe("RIFF");
    const job = await ended(data.job_id);
    expect(bytes.length).toBe(job.bytes);
    expect(hook!.body.data.audio_endpoint).toBe(job.audio_endpoint);
    const days = (Date.parse(hook!.body.data.audio_url_expires_at) - hook!.at) / (24 * 60 * 60 * 1000);
    expect(days).toBeCloseTo(1, 2);
    expect(receiver.received).toHaveLength(1);
  });

  it("tell of streamed jobs alike, and never of samples", async () => {
    const voice_id = "flite:en-US-Clustergen-Rms";
    await eventually("the sample", async () => {
      const { data } = await service.client.call(getVoiceSample, { voice_id, formats: ["wav"] });
      return data.sample_url;
    });
    const { data } = await service.client.call(streamSpeech, { text: "Hello." });
    const streamed = await fetch(data.stream_url!).then((response) => response.arrayBuffer());
    const [hook] = await receiver.get(1);
    expect(hook!.body.data).toMatchObject({ job_id: data.job_id, status: "completed" });
    const saved = await fetch(hook!.body.data.audio_url).then((response) => response.arrayBuffer());
    const hash = (bytes: ArrayBuffer) => createHash("sha256").update(Buffer.from(bytes)).digest("hex");
    expect(hash(saved)).toBe(hash(streamed));
    expect(receiver.received).toHaveLength(1);
  });

  it("go to the job's webhook_url instead, signed with the account's secret, while the webhook is enabled", async () => {
    const { data } = await service.client.call(submitSpeech, { text: "Hello.", webhook_url: own.url });
    expect(data.warnings).toBeUndefined();
    const [hook] = await own.get(1);
    expect(hook!.body.data.job_id).toBe(data.job_id);
    expect(isSigned(hook!, secret)).toBe(true);
    expect(receiver.received).toEqual([]);
  });

  it("do not go to the job's webhook_url while the webhook is disabled, and the answer says so", async () => {
    for (const prepare of [
      () => webhooks.set(LOCAL_ACCOUNT_ID, { url: receiver.url, enabled: false }),
      () => webhooks.remove(LOCAL_ACCOUNT_ID),
    ]) {
      await prepare();
      const { data } = await service.client.call(submitSpeech, { text: "Hello.", webhook_url: own.url });
      expect(data.warnings).toEqual([expect.stringContaining("no webhook enabled")]);
      expect((await ended(data.job_id)).warnings).toEqual(data.warnings);
      const { store } = service.backend;
      expect(
        await store.selectFrom("webhook_deliveries").where("job_id", "=", data.job_id).selectAll().execute(),
      ).toEqual([]);
      const row = await store.selectFrom("jobs").selectAll().where("job_id", "=", data.job_id).executeTakeFirst();
      expect(row!.webhook_url).toBeNull();
    }
    expect([...own.received, ...receiver.received]).toEqual([]);
  });

  it.each([
    "http://hooks.example.com/x",
    "https://user:secret@hooks.example.com/x",
    "https://localhost/x",
    "https://0x7f.1/x",
    "https://[::ffff:169.254.169.254]/x",
    "https://metadata.google.internal/x",
    "not a URL",
  ])("refuse the webhook_url %s at once, and nothing is charged", async (webhook_url) => {
    const failure = await service.client.call(submitSpeech, { text: "Hi", webhook_url }).catch((error) => error);
    expect(failure).toMatchObject({ code: "INVALID_INPUT", details: { fields: [{ field: "webhook_url" }] } });
    expect(failure.hint).toBeTruthy();
    expect(failure.message).not.toContain("secret");
  });

  it("are tried again after a refusal, under the same id", async () => {
    receiver.answer = (_, response) => void response.writeHead(receiver.received.length === 1 ? 503 : 200).end();
    const { data } = await service.client.call(submitSpeech, { text: "Hello." });
    await receiver.get(1);
    const { store } = service.backend;
    const delivery = () =>
      store.selectFrom("webhook_deliveries").selectAll().where("job_id", "=", data.job_id).executeTakeFirstOrThrow();
    await eventually("the record", async () => (await delivery()).last_status === 503);
    expect(await delivery()).toMatchObject({ attempt: 1, outcome: null });
    // Half a minute passes.
    await store.updateTable("webhook_deliveries").set({ next_attempt_at: Date.now() }).execute();
    const [first, second] = await receiver.get(2);
    expect(second!.deliveryId).toBe(first!.deliveryId);
    expect(isSigned(second!, secret)).toBe(true);
    await eventually("the record", async () => (await delivery()).outcome === "delivered");
    receiver.answer = (_, response) => void response.writeHead(204).end();
  });

  it(`${kind === "embedded" ? "have no routes" : "can be managed with an admin key only"}`, async () => {
    const response = await service.fetch("/api/user/enterprise/webhook");
    expect(response.status).toBe(kind === "embedded" ? 404 : 403);
  });
});
