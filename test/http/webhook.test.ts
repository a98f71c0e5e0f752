import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { KEY_SCOPES, SCOPES } from "../../src/contract/scopes.ts";
import { webhookContract } from "../../src/contract/webhook.ts";
import { jsonOf } from "../support/backends.ts";
import { isSigned, Receiver } from "../support/receiver.ts";
import { startServer, type TestServer } from "../support/serve.ts";

const PATH = "/api/user/enterprise/webhook";

let server: TestServer;
let receiver: Receiver;
let admin: string;
let stranger: string;

beforeAll(async () => {
  receiver = await Receiver.start();
  server = await startServer({ AITTSM_WEBHOOK_ALLOWED_HOSTS: receiver.host });
  admin = (await server.key({ account: "owners", scopes: ["admin"] })).key;
  stranger = (await server.key({ account: "strangers", scopes: ["admin"] })).key;
});

beforeEach(async () => {
  for (const key of [admin, stranger]) await send("DELETE", PATH, undefined, key);
  receiver.received.length = 0;
  receiver.answer = (_, response) => void response.writeHead(204).end();
});

/** A request as a person's script sends it. */
async function send(method: string, path: string, body?: unknown, key: string | undefined = admin) {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...(key && { authorization: `Bearer ${key}` }), "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await jsonOf(response) };
}

describe("the webhook of an account", () => {
  it("shows its secret when it is made and when it is made anew, and at no other time", async () => {
    const made = await send("PUT", PATH, { url: receiver.url });
    expect(made.status).toBe(200);
    expect(made.body).toEqual({
      success: true,
      data: {
        url: receiver.url,
        enabled: true,
        has_secret: true,
        created_at: expect.any(String),
        updated_at: expect.any(String),
        secret: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    const changed = await send("PUT", PATH, { url: `${receiver.url}&b=1`, enabled: false });
    expect(changed.body.data).toMatchObject({ url: `${receiver.url}&b=1`, enabled: false, has_secret: true });
    expect(changed.body.data).not.toHaveProperty("secret");
    const kept = await send("PUT", PATH, { url: receiver.url });
    expect(kept.body.data.enabled).toBe(false);
    const shown = await send("GET", PATH);
    expect(shown).toMatchObject({
      status: 200,
      body: { data: { url: receiver.url, enabled: false, has_secret: true } },
    });
    expect(JSON.stringify(shown.body)).not.toMatch(/[0-9a-f]{64}/);
    expect(shown.body.data.created_at).toBe(made.body.data.created_at);
    const anew = await send("PUT", PATH, { url: receiver.url, regenerateSecret: true });
    expect(anew.body.data.secret).toMatch(/^[0-9a-f]{64}$/);
    expect(anew.body.data.secret).not.toBe(made.body.data.secret);
    const again = await send("PUT", PATH, { url: receiver.url, regenerateSecret: false });
    expect(again.body.data).not.toHaveProperty("secret");
  });

  it("is gone when it is removed, with its secret", async () => {
    expect(await send("GET", PATH)).toMatchObject({ status: 404, body: { error: { code: "NOT_FOUND" } } });
    expect(await send("DELETE", PATH)).toMatchObject({ status: 200, body: { data: { removed: false } } });
    const first = await send("PUT", PATH, { url: receiver.url });
    expect(await send("DELETE", PATH)).toMatchObject({ status: 200, body: { data: { removed: true } } });
    expect((await send("GET", PATH)).status).toBe(404);
    expect((await send("POST", `${PATH}/test`)).status).toBe(404);
    const second = await send("PUT", PATH, { url: receiver.url });
    expect(second.body.data.secret).not.toBe(first.body.data.secret);
  });

  it("is not seen, tested, changed or removed by another account", async () => {
    await send("PUT", PATH, { url: receiver.url });
    for (const [method, path] of [
      ["GET", PATH],
      ["POST", `${PATH}/test`],
    ] as const) {
      expect((await send(method, path, undefined, stranger)).status).toBe(404);
    }
    expect((await send("DELETE", PATH, undefined, stranger)).body.data).toEqual({ removed: false });
    await send("PUT", PATH, { url: "https://strangers.example.com/x" }, stranger);
    expect((await send("GET", PATH)).body.data.url).toBe(receiver.url);
    expect(receiver.received).toEqual([]);
  });

  it.each([
    [{}, "url"],
    [{ url: "" }, "url"],
    [{ url: "http://hooks.example.com/" }, "url"],
    [{ url: "https://10.0.0.1/" }, "url"],
    [{ url: "https://metadata.google.internal/" }, "url"],
    [{ url: `https://hooks.example.com/${"x".repeat(2_048)}` }, "url"],
    [{ url: "https://hooks.example.com/", enabled: "perhaps" }, "enabled"],
    [{ url: "https://hooks.example.com/", regenerate_secret: true }, "regenerate_secret"],
  ])("refuses %o and leaves what was set", async (wish, field) => {
    await send("PUT", PATH, { url: receiver.url });
    const { status, body } = await send("PUT", PATH, wish);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.any(String),
      request_id: expect.any(String),
    });
    expect(body.error.details.fields[0].field).toBe(field);
    if (field === "regenerate_secret") expect(body.error.message).toContain("regenerateSecret");
    expect((await send("GET", PATH)).body.data.url).toBe(receiver.url);
  });
});

describe("the test event", () => {
  it("answers 200 with test_id when the receiver accepted it; what came was signed and named by it", async () => {
    const { secret } = (await send("PUT", PATH, { url: receiver.url })).body.data;
    const { status, body } = await send("POST", `${PATH}/test`);
    expect(status).toBe(200);
    const [hook] = receiver.received;
    expect(body.data).toEqual({ test_id: hook!.deliveryId });
    expect(hook!.event).toBe("test");
    expect(hook!.body).toEqual({
      event: "test",
      created_at: expect.stringMatching(/Z$/),
      data: { test_id: body.data.test_id },
    });
    expect(isSigned(hook!, secret)).toBe(true);
    // With a body, too, and while the webhook is disabled.
    await send("PUT", PATH, { url: receiver.url, enabled: false });
    expect((await send("POST", `${PATH}/test`, {})).status).toBe(200);
    expect(receiver.received).toHaveLength(2);
  });

  it("answers 422 with what happened when it was not accepted, once, without the receiver's words", async () => {
    await send("PUT", PATH, { url: receiver.url });
    receiver.answer = (_, response) => void response.writeHead(500, { "X-Secret": "secret" }).end("secret");
    const refused = await send("POST", `${PATH}/test`);
    expect(refused.status).toBe(422);
    expect(refused.body.error).toMatchObject({
      code: "WEBHOOK_FAILED",
      message: "The test event was not accepted: the receiver answered 500.",
      hint: expect.any(String),
      details: { test_id: receiver.received[0]!.deliveryId, status: 500 },
    });
    expect(JSON.stringify(refused.body)).not.toContain("secret");
    expect(receiver.received).toHaveLength(1);

    receiver.answer = (_, response) => void response.writeHead(302, { Location: receiver.url }).end();
    expect((await send("POST", `${PATH}/test`)).body.error.message).toContain("redirects are not followed");
    receiver.answer = (_, response) => void response.destroy();
    expect((await send("POST", `${PATH}/test`)).status).toBe(422);
    expect(receiver.received).toHaveLength(3);
    // It does not go through the outbox.
    expect(await server.store.selectFrom("webhook_deliveries").selectAll().execute()).toEqual([]);
  });
});

describe.each(Object.entries(webhookContract))("%s", (_, { method, path }) => {
  const body = method === "PUT" ? { url: "https://hooks.example.com/stolen" } : undefined;
  const everything = async () => JSON.stringify(await server.store.selectFrom("webhooks").selectAll().execute());

  it("needs a key that has the scope admin, which no other scope stands for", async () => {
    await send("PUT", PATH, { url: receiver.url });
    const before = await everything();
    const { key } = await server.key({ account: "owners", scopes: SCOPES });
    const revoked = await server.key({ account: "owners", scopes: ["admin"] });
    await server.keys.revoke(revoked.keyId);
    const expired = await server.key({ account: "owners", scopes: ["admin"], expiresInDays: 1 });
    await server.store.updateTable("api_keys").set({ expires_at: 1 }).where("key_id", "=", expired.keyId).execute();
    for (const bad of ["", "tts_unknown", revoked.key, expired.key]) {
      const response = await send(method, path, body, bad);
      expect(response).toMatchObject({ status: 401, body: { error: { code: "INVALID_API_KEY" } } });
    }
    const lacking = await send(method, path, body, key);
    expect(lacking).toMatchObject({ status: 403, body: { error: { code: "INSUFFICIENT_SCOPE" } } });
    expect(lacking.body.error.hint).toContain("admin");
    expect(await everything()).toBe(before);
    expect(receiver.received).toEqual([]);
  });

  it("counts against the key's requests of the minute, as the API does", async () => {
    const { headers } = await send(method, path, body);
    expect(headers.get("x-ratelimit-limit")).toBeTruthy();
  });
});

it("the scope admin opens nothing else, and `all` is without it", async () => {
  expect([...SCOPES, "admin"]).toEqual([...KEY_SCOPES]);
  const response = await send("GET", "/api/v1/voices");
  expect(response).toMatchObject({ status: 403, body: { error: { code: "INSUFFICIENT_SCOPE" } } });
});
