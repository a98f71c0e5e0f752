import * as z from "zod";
import { contract } from "../contract/index.ts";
import type { Endpoint } from "../contract/operation.ts";
import { webhookContract } from "../contract/webhook.ts";
import { BASE_PATH, IDEMPOTENCY_KEY_HEADER, IDEMPOTENT_REPLAYED_HEADER, pathFields } from "../contract/wire.ts";
import { ERROR_STATUSES } from "../errors.ts";

export type JsonSchema = Record<string, unknown>;

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: JsonSchema;
  explode?: boolean;
}

/** An operation as OpenAPI describes it. */
export interface OperationObject {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, JsonSchema>;
}

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, OperationObject>>;
  components: JsonSchema;
}

/** A route beside the contract, for the document. */
export interface PlainRoute {
  method: "get" | "post" | "put" | "delete";
  path: string;
  id: string;
  tag: string;
  summary: string;
  /** What has to be in the query, and what may be. */
  query?: Record<string, JsonSchema>;
  optionalQuery?: Record<string, JsonSchema>;
  body?: { mediaType: string; schema: JsonSchema };
  /** Media types of what it answers; default JSON. */
  produces?: readonly string[];
  /** What it answers when it succeeds; default 200. */
  statuses?: readonly number[];
  /** The scopes of the API key that is needed; absent: none is. */
  key?: readonly string[];
  /** Whether it takes an Idempotency-Key. */
  keyed?: boolean;
  /** Failures in another form than the envelope. */
  error?: { mediaType: string; schema?: JsonSchema };
}

const SECURITY = "api_key";
const ERROR_RESPONSE = { $ref: "#/components/responses/Error" };

/**
 * REST v1 as an OpenAPI 3.1 document, from the contract.
 * @param origin where the server is reached
 * @param routes what the server answers beside the contract
 */
export function openApiDocument(version: string, origin: string, routes: readonly PlainRoute[]): OpenApiDocument {
  const paths: OpenApiDocument["paths"] = {};
  const tags = new Set<string>();
  const add = (path: string, method: string, operation: OperationObject) => {
    paths[path] = { ...paths[path], [method]: operation };
    for (const tag of operation.tags) tags.add(tag);
  };
  const addAll = (base: string, endpoints: Record<string, Endpoint>) => {
    for (const [name, operation] of Object.entries(endpoints)) {
      add(base + operation.path, operation.method.toLowerCase(), describe(name, operation));
    }
  };
  addAll(BASE_PATH, contract);
  addAll("", webhookContract);
  for (const route of routes) add(route.path, route.method, describePlain(route));
  return {
    openapi: "3.1.0",
    info: {
      title: "aittsm",
      version,
      description:
        'Text to speech. A success is {"success": true, "data": …}, a failure {"success": false, "error": …}. ' +
        "Names are snake_case, times ISO 8601 in UTC. Send your key as Authorization: Bearer tts_….",
    },
    servers: [{ url: origin }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { [SECURITY]: { type: "http", scheme: "bearer", description: "An API key, tts_…" } },
      schemas: { Error: ERROR_SCHEMA },
      responses: {
        Error: {
          description: "It failed; error.code says why and error.hint what would work.",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        },
      },
    },
  };
}

/** The JSON Schema of what may be sent, or of what is answered. */
export function schemaOf(schema: z.core.$ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io }) as JsonSchema;
  return rest;
}

function describe(name: string, operation: Endpoint): OperationObject {
  const { method, scope, summary, input } = operation;
  const whole = schemaOf(input, "input") as { properties?: Record<string, JsonSchema>; required?: string[] };
  const fields = Object.entries(whole.properties ?? {});
  const inPath = pathFields(operation);
  const required = whole.required ?? [];
  const hasBody = method !== "GET" && method !== "DELETE" && fields.length > 0;
  const parameters = fields
    .filter(([field]) => inPath.includes(field) || !hasBody)
    .map(([field, { description, ...schema }]): Parameter => {
      const place = inPath.includes(field) ? "path" : "query";
      return {
        name: field,
        in: place,
        required: place === "path" || required.includes(field),
        ...(description !== undefined && { description: String(description) }),
        schema,
      };
    });
  if (operation.retry === "keyed") parameters.push(IDEMPOTENCY_PARAMETER);
  const requiredInBody = required.filter((field) => !inPath.includes(field));
  const bodySchema = {
    type: "object",
    properties: Object.fromEntries(fields.filter(([field]) => !inPath.includes(field))),
    ...(requiredInBody.length > 0 && { required: requiredInBody }),
  };
  return {
    operationId: name,
    summary,
    tags: [scope.split(":")[0]!],
    security: [{ [SECURITY]: [scope] }],
    ...(parameters.length > 0 && { parameters }),
    ...(hasBody && { requestBody: { required: true, content: { "application/json": { schema: bodySchema } } } }),
    responses: responsesOf(operation),
  };
}

function responsesOf(operation: Endpoint): OperationObject["responses"] {
  const { success, otherSuccess, output } = operation;
  if (success === 302) {
    const Location = { description: "Where the audio is, for a day, without a key.", schema: { type: "string" } };
    return { "302": { description: "Found", headers: { Location } }, default: ERROR_RESPONSE };
  }
  const answer = {
    description: "Success",
    ...(operation.retry === "keyed" && {
      headers: {
        [IDEMPOTENT_REPLAYED_HEADER]: {
          description: "true when this is the first answer of the same Idempotency-Key",
          schema: { type: "string" },
        },
      },
    }),
    content: {
      "application/json": {
        schema: {
          type: "object",
          properties: { success: { const: true }, data: schemaOf(output, "output") },
          required: ["success", "data"],
        },
      },
    },
  };
  const statuses = [success, ...(otherSuccess === undefined ? [] : [otherSuccess])];
  return { ...Object.fromEntries(statuses.map((status) => [String(status), answer])), default: ERROR_RESPONSE };
}

function describePlain(route: PlainRoute): OperationObject {
  const { path, id, tag, summary, body, key, keyed, error, statuses = [200] } = route;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match): [string, JsonSchema] => [match[1]!, { type: "string" }]);
  const parameters: Parameter[] = [
    ...inPath.map(([name, schema]): Parameter => ({ name, in: "path", required: true, schema })),
    ...queryOf(route.query, true),
    ...queryOf(route.optionalQuery, false),
    ...(keyed ? [IDEMPOTENCY_PARAMETER] : []),
  ];
  const content = Object.fromEntries((route.produces ?? ["application/json"]).map((type) => [type, {}]));
  return {
    operationId: id,
    summary,
    tags: [tag],
    security: key ? [{ [SECURITY]: [...key] }] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { [body.mediaType]: { schema: body.schema } } } }),
    responses: {
      ...Object.fromEntries(
        statuses.map((status) => [
          String(status),
          { description: STATUS_TEXTS[status]!, ...(WITH_CONTENT.has(status) && { content }) },
        ]),
      ),
      default: error
        ? {
            description: "It failed.",
            content: { [error.mediaType]: error.schema ? { schema: error.schema } : {} },
          }
        : ERROR_RESPONSE,
    },
  };
}

const queryOf = (fields: Record<string, JsonSchema> = {}, required: boolean) =>
  Object.entries(fields).map(([name, schema]): Parameter => ({ name, in: "query", required, schema }));

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: "Success",
  202: "Accepted: there is nothing to answer",
  206: "The range that was asked for",
  303: "Taken: see the page",
  304: "It has not changed",
  416: "There is no such range",
};
const WITH_CONTENT: ReadonlySet<number> = new Set([200, 206]);

const IDEMPOTENCY_PARAMETER: Parameter = {
  name: IDEMPOTENCY_KEY_HEADER,
  in: "header",
  required: false,
  description: "A repeat with the same key and the same request gets the first answer, for 24 hours.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

const ERROR_SCHEMA: JsonSchema = {
  type: "object",
  required: ["success", "error"],
  properties: {
    success: { const: false },
    error: {
      type: "object",
      required: ["code", "message", "request_id"],
      properties: {
        code: { type: "string", enum: Object.keys(ERROR_STATUSES) },
        message: { type: "string" },
        hint: { type: "string", description: "what would work" },
        details: { type: "object" },
        retry_after_ms: { type: "number" },
        request_id: { type: "string" },
      },
    },
  },
};
