import { CreateSpeech, OPENAI_ROUTES } from "../contract/openai.ts";
import { BASE_PATH } from "../contract/wire.ts";
import { MCP_PATH } from "./mcp.ts";
import { type JsonSchema, type PlainRoute, schemaOf } from "./openapi.ts";

export const SPEC_PATH = `${BASE_PATH}/openapi.json`;
export const DOCS_PATH = `${BASE_PATH}/docs`;

const TEXT = { type: "string" };
const SIGNATURE = { expires: TEXT, key: TEXT, signature: TEXT };

/** JSON-RPC 2.0, one message; what is in it is MCP's to say. */
const JSON_RPC: JsonSchema = {
  type: "object",
  required: ["jsonrpc", "method"],
  properties: {
    jsonrpc: { const: "2.0" },
    id: { type: ["string", "integer"], description: "absent in a notification" },
    method: TEXT,
    params: { type: "object" },
  },
};

const JSON_RPC_ERROR: JsonSchema = {
  type: "object",
  required: ["jsonrpc", "error"],
  properties: {
    jsonrpc: { const: "2.0" },
    id: { type: ["string", "integer", "null"] },
    error: {
      type: "object",
      required: ["code", "message"],
      properties: { code: { type: "integer" }, message: TEXT, data: { type: "object" } },
    },
  },
};

const OPENAI_ERROR: JsonSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type", "param", "code"],
      properties: { message: TEXT, type: TEXT, param: { type: ["string", "null"] }, code: TEXT },
    },
  },
};

/** What `serve` answers beside the contract. A test sees to it that none is missing. */
export const PLAIN_ROUTES: readonly PlainRoute[] = [
  {
    method: "get",
    path: "/audio/{file}",
    id: "getSignedAudio",
    tag: "media",
    summary: "Audio by a signed URL (audio_url); takes Range.",
    query: SIGNATURE,
    produces: ["audio/*"],
    statuses: [200, 206, 304, 416],
  },
  {
    method: "get",
    path: "/stream/{token}",
    id: "playStream",
    tag: "media",
    summary: "Audio while it is made (stream_url); once.",
    produces: ["audio/*"],
  },
  {
    method: "get",
    path: "/s/{token}",
    id: "getListeningPage",
    tag: "pages",
    summary: "A share's listening page.",
    produces: ["text/html"],
    error: { mediaType: "text/html" },
  },
  {
    method: "post",
    path: "/s/{token}",
    id: "enterAccessCode",
    tag: "pages",
    summary: "A share's form for its access code (field code); redirects to the page.",
    body: {
      mediaType: "application/x-www-form-urlencoded",
      schema: { type: "object", required: ["code"], properties: { code: TEXT } },
    },
    statuses: [303],
    error: { mediaType: "text/html" },
  },
  {
    method: "get",
    path: "/s/{token}/audio/{file}",
    id: "getSharedAudio",
    tag: "pages",
    summary: "A share's track, by the signed URL that its page has; takes Range.",
    query: { ...SIGNATURE, code: TEXT, visit: TEXT },
    optionalQuery: { download: { const: "1" } },
    produces: ["audio/*"],
    statuses: [200, 206, 304, 416],
    error: { mediaType: "text/html" },
  },
  {
    method: "post",
    path: MCP_PATH,
    id: "mcp",
    tag: "mcp",
    summary: "MCP over Streamable HTTP, without sessions: a JSON-RPC message, answered as JSON or as events.",
    key: [],
    body: { mediaType: "application/json", schema: JSON_RPC },
    produces: ["application/json", "text/event-stream"],
    statuses: [200, 202],
    error: { mediaType: "application/json", schema: JSON_RPC_ERROR },
  },
  {
    method: "post",
    path: OPENAI_ROUTES.createSpeech.path,
    id: "createOpenAiSpeech",
    tag: "openai",
    summary: "Speech for programs that speak OpenAI's API: the audio itself, while it is made.",
    key: [OPENAI_ROUTES.createSpeech.scope],
    keyed: true,
    body: { mediaType: "application/json", schema: schemaOf(CreateSpeech, "input") },
    produces: ["audio/*"],
    error: { mediaType: "application/json", schema: OPENAI_ERROR },
  },
  {
    method: "get",
    path: OPENAI_ROUTES.listModels.path,
    id: "listOpenAiModels",
    tag: "openai",
    summary: "The names that such programs may send as model.",
    key: [OPENAI_ROUTES.listModels.scope],
    error: { mediaType: "application/json", schema: OPENAI_ERROR },
  },
  {
    method: "get",
    path: OPENAI_ROUTES.listVoices.path,
    id: "listOpenAiVoices",
    tag: "openai",
    summary: "The names that such programs may send as voice.",
    key: [OPENAI_ROUTES.listVoices.scope],
    error: { mediaType: "application/json", schema: OPENAI_ERROR },
  },
  { method: "get", path: SPEC_PATH, id: "getOpenApi", tag: "service", summary: "This document." },
  {
    method: "get",
    path: DOCS_PATH,
    id: "getDocs",
    tag: "service",
    summary: "This document for people.",
    produces: ["text/html"],
  },
  { method: "get", path: "/healthz", id: "getHealth", tag: "service", summary: "Whether the process answers." },
  { method: "get", path: "/readyz", id: "getReadiness", tag: "service", summary: "Whether it can work." },
  {
    method: "get",
    path: "/metrics",
    id: "getMetrics",
    tag: "service",
    summary: "Counters for Prometheus, on this machine or with the metrics token.",
    produces: ["text/plain"],
  },
];
