import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, it } from "vitest";
import { contract } from "../../src/contract/index.ts";
import { jsonOf } from "../support/backends.ts";
import { startServer, type TestServer } from "../support/serve.ts";

describe("the OpenAPI document", () => {
  let server: TestServer;
  // biome-ignore lint/suspicious/noExplicitAny: a document of many shapes
  let document: any;
  beforeAll(async () => {
    server = await startServer();
    document = await jsonOf(await fetch(`${server.url}/api/v1/openapi.json`));
  });

  it("is valid OpenAPI 3.1", async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(document.openapi).toBe("3.1.0");
    expect(document.servers).toEqual([{ url: server.url }]);
  });

  it("has every route that the server has, and no other", () => {
    const served = server.app.routes
      .filter(({ method, path }) => method !== "ALL" && !path.endsWith("*"))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual([...new Set(served)].sort());
    expect(described.length).toBeGreaterThan(Object.keys(contract).length);
  });

  it("describes an operation as it is: fields where they travel, scope, statuses, errors", () => {
    const submit = document.paths["/api/v1/tts"].post;
    expect(submit.requestBody.content["application/json"].schema).toMatchObject({
      required: ["text"],
      properties: { speed: { type: "number", minimum: 0.25, maximum: 4 } },
    });
    expect(submit.security).toEqual([{ api_key: ["tts:generate"] }]);
    expect(Object.keys(submit.responses)).toEqual(["201", "202", "default"]);
    expect(submit.parameters.map(({ name }: { name: string }) => name)).toEqual(["Idempotency-Key"]);
    const read = document.paths["/api/v1/tts/{job_id}"].get;
    expect(read.parameters).toMatchObject([
      { name: "job_id", in: "path", required: true },
      { name: "wait_seconds", in: "query", required: false, schema: { maximum: 55 } },
    ]);
    expect(document.paths["/api/v1/tts/{job_id}/audio"].get.responses["302"].headers.Location).toBeDefined();
    expect(document.components.schemas.Error.properties.error.properties.code.enum).toContain("VOICE_NOT_FOUND");
  });

  it("says of every route what it takes: a body for each POST, PUT and PATCH, its path's names, its key", () => {
    for (const [path, methods] of Object.entries<Record<string, typeof document>>(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
        const inPath = (operation.parameters ?? []).filter((one: { in: string }) => one.in === "path");
        expect(inPath.map(({ name }: { name: string }) => name)).toEqual(named);
        const takesBody = operation.requestBody !== undefined;
        const mayHave = ["post", "put", "patch"].includes(method);
        expect([path, method, takesBody]).toEqual([path, method, mayHave && !path.endsWith("/webhook/test")]);
        const needsKey = /^\/(api|v1)\//.test(path) && !/\/(docs|openapi\.json)$/.test(path);
        expect([path, operation.security.length]).toEqual([path, needsKey ? 1 : 0]);
      }
    }
    const speech = document.paths["/v1/audio/speech"].post;
    expect(speech.requestBody.content["application/json"].schema).toMatchObject({
      required: ["model", "input", "voice"],
      properties: { response_format: { enum: ["mp3", "opus", "wav", "pcm"] } },
    });
    expect(speech.security).toEqual([{ api_key: ["tts:generate"] }]);
    expect(speech.parameters.map(({ name }: { name: string }) => name)).toEqual(["Idempotency-Key"]);
    const audio = document.paths["/audio/{file}"].get;
    expect(Object.keys(audio.responses)).toEqual(["200", "206", "304", "416", "default"]);
    expect(audio.parameters.map(({ name }: { name: string }) => name)).toEqual(["file", "expires", "key", "signature"]);
  });

  it("has operation ids of their own", () => {
    const ids = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("can be browsed without leaving the server", async () => {
    const response = await fetch(`${server.url}/api/v1/docs`);
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await response.text();
    for (const path of Object.keys(document.paths)) expect(html).toContain(`${path}</code>`);
    expect(html).not.toMatch(/(src|href)="https?:/);
    expect(html).toContain("INSUFFICIENT_CREDITS");
  });
});
