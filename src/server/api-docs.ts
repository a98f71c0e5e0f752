import type { Hono } from "hono";
import { openApiDocument } from "./openapi.ts";
import { apiDocsPage } from "./pages/api-docs.ts";
import { PAGE_HEADERS } from "./pages/document.ts";
import { DOCS_PATH, PLAIN_ROUTES, SPEC_PATH } from "./plain-routes.ts";

/** The API's description, for programs and for people; no key needed. */
export function mountApiDocs(app: Hono, version: string, origin: () => string): void {
  const document = () => openApiDocument(version, origin(), PLAIN_ROUTES);
  app.get(SPEC_PATH, (c) => c.json(document()));
  app.get(DOCS_PATH, async (c) => {
    const body = String(await apiDocsPage(document(), SPEC_PATH));
    return c.body(body, 200, { ...PAGE_HEADERS, "Content-Type": "text/html; charset=utf-8" });
  });
}
