import { sql } from "kysely";
import { beforeAll, describe, expect, it } from "vitest";
import type * as z from "zod";
import { contract } from "../../src/contract/index.ts";
import type { Operation } from "../../src/contract/operation.ts";
import { DEFAULT_SCOPES, SCOPES } from "../../src/contract/scopes.ts";
import { BASE_PATH, encodeRequest, pathFields } from "../../src/contract/wire.ts";
import { jsonOf } from "../support/backends.ts";
import { startServer, type TestServer } from "../support/serve.ts";

const OPERATIONS = Object.entries(contract).map(([name, operation]) => ({ name, operation: operation as Operation }));

/** Things of the first account, by the fields that name them. */
type Ids = Record<string, string | string[]>;

let server: TestServer;
let ids: Ids;
/** The same of the second account. */
let theirs: Ids;
const keys: Record<"owner" | "stranger" | "revoked" | "expired", string> = {} as never;

beforeAll(async () => {
  server = await startServer();
  keys.owner = (await server.key({ account: "owners" })).key;
  keys.stranger = (await server.key({ account: "strangers" })).key;
  const revoked = await server.key({ account: "owners" });
  await server.keys.revoke(revoked.keyId);
  keys.revoked = revoked.key;
  const expired = await server.key({ account: "owners", expiresInDays: 1 });
  await server.store.updateTable("api_keys").set({ expires_at: 1 }).where("key_id", "=", expired.keyId).execute();
  keys.expired = expired.key;

  ids = await thingsOf(keys.owner, "Ours");
  theirs = await thingsOf(keys.stranger, "Theirs");
});

/** One of everything that an account can have, with this title. */
async function thingsOf(key: string, title: string): Promise<Ids> {
  const client = server.client(key);
  const { answer } = await client.submit({ text: `${title}.`, output_format: "wav", title });
  const { job_id } = (await client.wait(answer.job_id, { seconds: 30 })).job;
  const { data: share } = await client.call(contract.createShare, { job_ids: [job_id], access: "code" });
  const { share_id } = share;
  const { data: made } = await client.call(contract.createAccessCodes, { share_id });
  const { data: collection } = await client.call(contract.createCollection, { name: title, job_ids: [job_id] });
  await client.call(contract.tagJobs, { job_ids: [job_id], add: [title.toLowerCase()] });
  return {
    job_id,
    share_id,
    code_id: made.codes[0]!.code_id,
    collection_id: collection.collection_id,
    tag: title.toLowerCase(),
    job_ids: [job_id],
    share_ids: [share_id],
    add_job_ids: [job_id],
    remove_job_ids: [job_id],
    voice_id: "flite:en-US-Clustergen-Rms",
  };
}

/** Fields that an operation needs beside ids, so that only the wall can refuse it. */
const MORE: Record<string, Record<string, unknown>> = {
  submitSpeech: { text: "Hi." },
  streamSpeech: { text: "Hi." },
  updateJob: { title: "Theirs" },
  updateShare: { title: "Theirs" },
  updateAccessCode: { label: "Theirs" },
  setSharePermanent: { permanent: true },
  setBookmark: { bookmarked: true },
  createCollection: { name: "More of theirs" },
  updateCollection: { name: "Theirs" },
  createTag: { tag: "theirs" },
  tagJobs: { add: ["theirs"] },
  estimateCost: { chars: 5 },
};

/** A whole input of an operation that names the first account's things wherever it can. */
function inputFor(name: string, operation: Operation): Record<string, unknown> {
  const shape = operation.input.shape as Record<string, z.ZodType>;
  const named = Object.entries(ids).filter(([field]) => field in shape);
  const input = Object.fromEntries(named);
  // One of two ways to say which.
  if (name === "bulkDeleteAudio") return { job_ids: ids.job_ids };
  if (name === "createTag") return MORE.createTag!;
  return { ...input, ...MORE[name] };
}

const ownedFields = (name: string, operation: Operation) =>
  Object.keys(inputFor(name, operation)).filter((field) => field in ids && field !== "voice_id");

async function send(name: string, operation: Operation, key?: string, input = inputFor(name, operation)) {
  const { path, body } = encodeRequest(operation, input);
  return fetch(server.url + BASE_PATH + path, {
    method: operation.method,
    body,
    redirect: "manual",
    headers: { "content-type": "application/json", ...(key !== undefined && { authorization: `Bearer ${key}` }) },
  });
}

/** Everything that the service knows, but for when keys were used. */
async function everything(): Promise<string> {
  const tables = await sql<{ name: string }>`select name from sqlite_master where type = 'table'
    and name not like 'sqlite_%' and name not like 'job_search%' and name <> 'api_keys'`.execute(server.store);
  const rows = await Promise.all(
    tables.rows.map(async ({ name }) => [
      name,
      (await sql`select * from ${sql.table(name)}`.execute(server.store)).rows,
    ]),
  );
  return JSON.stringify(rows);
}

describe.each(OPERATIONS)("$name", ({ name, operation }) => {
  it("refuses a call without a key, and with one that is unknown, revoked or expired", async () => {
    const before = await everything();
    for (const key of [undefined, "tts_unknown", keys.revoked, keys.expired, `${keys.owner}x`]) {
      const response = await send(name, operation, key);
      expect(response.status).toBe(401);
      expect((await jsonOf(response)).error).toMatchObject({ code: "INVALID_API_KEY", hint: expect.any(String) });
    }
    expect(await everything()).toBe(before);
  });

  it("refuses a key that lacks its scope, and names the scope", async () => {
    const before = await everything();
    const { key } = await server.key({ account: "owners", scopes: SCOPES.filter((one) => one !== operation.scope) });
    const response = await send(name, operation, key);
    expect(response.status).toBe(403);
    const { error } = await jsonOf(response);
    expect(error).toMatchObject({ code: "INSUFFICIENT_SCOPE", hint: expect.stringContaining(operation.scope) });
    expect(await everything()).toBe(before);
  });
});

const LIST_FIELDS = ["job_ids", "share_ids", "add_job_ids", "remove_job_ids"];
const ID_FIELDS = new Set(["job_id", "share_id", "code_id", "collection_id", "tag", ...LIST_FIELDS]);

const WITH_IDS = OPERATIONS.filter(({ operation }) =>
  Object.keys(operation.input.shape).some((field) => ID_FIELDS.has(field)),
).filter(({ name }) => name !== "createTag");

/** Filters and bulk operations say that there is nothing of that kind, instead of 404. */
const FINDS_NOTHING: Record<string, object> = {
  bulkRevokeShares: { revoked: [], skipped: [{ reason: "NOT_FOUND" }] },
  bulkDeleteAudio: { deleted: 0, bytes_freed: 0, skipped: [{ reason: "NOT_FOUND" }] },
};

describe.each(WITH_IDS)("$name with another account's ids", ({ name, operation }) => {
  it("finds nothing, tells nothing and changes nothing", async () => {
    expect(ownedFields(name, operation).length).toBeGreaterThan(0);
    const before = await everything();
    const response = await send(name, operation, keys.stranger);
    const body = await jsonOf(response);
    if (FINDS_NOTHING[name]) expect(body.data).toMatchObject(FINDS_NOTHING[name]);
    else {
      expect(response.status).toBe(404);
      expect(body.error.code).toBe("NOT_FOUND");
    }
    expect(JSON.stringify(body)).not.toContain("Ours");
    expect(await everything()).toBe(before);
  });
});

/** Every field of every operation that names things: the other ids are the caller's own, so no other wall stands before it. */
const ID_CASES = WITH_IDS.flatMap(({ name, operation }) =>
  Object.keys(operation.input.shape)
    .filter((field) => ID_FIELDS.has(field))
    .map((field) => ({ name, operation, field })),
);

const NEVER_WAS = "9f0e1d2c-0000-4000-8000-00000000000a";
const never = (field: string) => (LIST_FIELDS.includes(field) ? [NEVER_WAS] : field === "tag" ? "never" : NEVER_WAS);

describe.each(ID_CASES)(
  "$name with the $field of another account among the caller's own",
  ({ name, operation, field }) => {
    /** What a stranger is answered, without what differs from answer to answer. */
    async function answerTo(value: string | string[]): Promise<string> {
      const own = Object.entries(inputFor(name, operation))
        // A job that is added can't be removed as well.
        .filter(([one]) => !/^(add|remove)_/.test(one) || one === field)
        // One of two ways to say which.
        .filter(([one]) => name !== "bulkDeleteAudio" || one === field)
        .map(([one, mine]) => [one, theirs[one] ?? mine]);
      const trial = "dry_run" in operation.input.shape && { dry_run: true };
      const input = { ...Object.fromEntries(own), ...trial, [field]: value };
      const response = await send(name, operation, keys.stranger, input);
      const { error, data } = await jsonOf(response);
      return JSON.stringify({ status: response.status, ...error, data, request_id: 0 }).replaceAll(String(value), "?");
    }

    it("is answered as for something that never was, and changes nothing", async () => {
      const before = await everything();
      const foreign = ids[field]!;
      expect(await answerTo(foreign)).toBe(await answerTo(never(field)));
      if (Array.isArray(foreign)) {
        const mixed = (value: string | string[]) => [...(theirs[field] as string[]), ...(value as string[])];
        const hidden = (text: string, value: string | string[]) => text.replaceAll(String(value), "?");
        expect(hidden(await answerTo(mixed(foreign)), foreign)).toBe(
          hidden(await answerTo(mixed(never(field))), never(field)),
        );
      }
      expect(await everything()).toBe(before);
    });
  },
);

const LISTS = OPERATIONS.filter(
  ({ operation }) => "total" in operation.output.shape && pathFields(operation).length === 0,
);

describe.each(LISTS.filter(({ name }) => name !== "listVoices"))("$name", ({ operation }) => {
  it("shows nothing of another account", async () => {
    const { data } = await server.client(keys.stranger).call(operation as typeof contract.listJobs, {});
    expect(JSON.stringify(data)).not.toMatch(/ours/i);
    expect(data).toMatchObject({ total: operation.path === "/bookmarks" ? 0 : 1 });
    expect(await server.client(keys.owner).call(operation as typeof contract.listJobs, {})).toMatchObject({
      data: { total: operation.path === "/bookmarks" ? 0 : 1 },
    });
  });
});

it("an Idempotency-Key of one account is unknown in another: for the same request and for another one", async () => {
  const post = async (key: string, text: string) => {
    const response = await fetch(`${server.url}${BASE_PATH}/tts`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": "order-17" },
      body: JSON.stringify({ text }),
    });
    expect([response.status, response.headers.get("idempotent-replayed")]).toEqual([202, null]);
    return (await jsonOf(response)).data.job_id;
  };
  const newKey = async (account: string) => (await server.key({ account })).key;
  const made = [
    await post(await newKey("one"), "The same."),
    await post(await newKey("two"), "The same."),
    await post(await newKey("three"), "Another."),
  ];
  expect(new Set(made).size).toBe(3);
});

it("a key without scopes named has the published ones", () => {
  expect([...DEFAULT_SCOPES].sort()).toEqual(["tts:generate", "tts:status", "usage:read", "voices:list"]);
});
