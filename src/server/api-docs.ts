import type { Hono } from "hono";
import { OPENAI_ROUTES } from "../contract/openai.ts";
import { BASE_PATH } from "../contract/wire.ts";
import { MCP_PATH } from "./mcp.ts";
import { openApiDocument, type PlainRoute } from "./openapi.ts";
import { apiDocsPage } from "./pages/api-docs.ts";
import { PAGE_HEADERS } from "./pages/document.ts";

const SPEC_PATH = `${BASE_PATH}/openapi.json`;
const DOCS_PATH = `${BASE_PATH}/docs`;

/** What `serve` answers beside the contract. A test sees to it that none is missing. */
const PLAIN_ROUTES: readonly PlainRoute[] = [
  {
    method: "get",
    path: "/audio/{file}",
    id: "getSignedAudio",
    tag: "media",
    summary: "Audio by a signed URL (audio_url); takes Range.",
    produces: "audio/*",
  },
  {
    method: "get",
    path: "/stream/{token}",
    id: "playStream",
    tag: "media",
    summary: "Audio while it is made (stream_url); once.",
    produces: "audio/*",
  },
  {
    method: "get",
    path: "/s/{token}",
    id: "getListeningPage",
    tag: "pages",
    summary: "A share's listening page.",
    produces: "text/html",
  },
  {
    method: "post",
    path: "/s/{token}",
    id: "enterAccessCode",
    tag: "pages",
    summary: "A share's form for its access code (field code); redirects to the page.",
    produces: "text/html",
  },
  {
    method: "get",
    path: "/s/{token}/audio/{file}",
    id: "getSharedAudio",
    tag: "pages",
    summary: "A share's track, by the signed URL that its page has; takes Range.",
    produces: "audio/*",
  },
  {
    method: "post",
    path: MCP_PATH,
    id: "mcp",
    tag: "mcp",
    summary: "MCP over Streamable HTTP, without sessions: a JSON-RPC message, answered as JSON or as events.",
    key: true,
  },
  {
    method: "post",
    path: OPENAI_ROUTES.createSpeech.path,
    id: "createOpenAiSpeech",
    tag: "openai",
    summary: "Speech for programs that speak OpenAI's API: the audio itself, while it is made.",
    produces: "audio/*",
    key: true,
  },
  {
    method: "get",
    path: OPENAI_ROUTES.listModels.path,
    id: "listOpenAiModels",
    tag: "openai",
    summary: "The names that such programs may send as model.",
    key: true,
  },
  {
    method: "get",
    path: OPENAI_ROUTES.listVoices.path,
    id: "listOpenAiVoices",
    tag: "openai",
    summary: "The names that such programs may send as voice.",
    key: true,
  },
  { method: "get", path: SPEC_PATH, id: "getOpenApi", tag: "service", summary: "This document." },
  {
    method: "get",
    path: DOCS_PATH,
    id: "getDocs",
    tag: "service",
    summary: "This document for people.",
    produces: "text/html",
  },
  { method: "get", path: "/healthz", id: "getHealth", tag: "service", summary: "Whether the process answers." },
  { method: "get", path: "/readyz", id: "getReadiness", tag: "service", summary: "Whether it can work." },
  {
    method: "get",
    path: "/metrics",
    id: "getMetrics",
    tag: "service",
    summary: "Counters for Prometheus, on this machine or with the metrics token.",
    produces: "text/plain",
  },
];

/** The API's description, for programs and for people; no key needed. */
export function mountApiDocs(app: Hono, version: string, origin: () => string): void {
  const document = () => openApiDocument(version, origin(), PLAIN_ROUTES);
  app.get(SPEC_PATH, (c) => c.json(document()));
  app.get(DOCS_PATH, async (c) => {
    const body = String(await apiDocsPage(document(), SPEC_PATH));
    return c.body(body, 200, { ...PAGE_HEADERS, "Content-Type": "text/html; charset=utf-8" });
  });
}
