import { html } from "hono/html";
import { ERROR_STATUSES } from "../../errors.ts";
import type { JsonSchema, OpenApiDocument, OperationObject } from "../openapi.ts";
import { type Markup, page } from "./document.ts";

interface Field {
  name: string;
  schema: JsonSchema;
  required: boolean;
  place: string;
}

/** The OpenAPI document for people: every operation with its fields and answers, in one page. */
export function apiDocsPage({ info, servers, tags, paths }: OpenApiDocument, specPath: string): Markup {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = tags.map(({ name }) => {
    const mine = operations.filter(({ operation }) => operation.tags.includes(name));
    return html`<h2 id="${name}">${name}</h2>
${mine.map(({ path, method, operation }) => operationSection(path, method, operation))}`;
  });
  const codes = Object.entries(ERROR_STATUSES).map(([code, status]) => html`<li><code>${code}</code> ${status}</li>`);
  return page(
    `${info.title} API`,
    html`<h1>${info.title} API ${info.version}</h1>
<p>${info.description}</p>
<p>Server: <code>${servers[0]?.url ?? ""}</code> · <a href="${specPath}">OpenAPI document</a></p>
<nav>${tags.map(({ name }) => html`<a href="#${name}">${name}</a> `)}<a href="#errors">errors</a></nav>
${sections}
<h2 id="errors">errors</h2>
<ul>${codes}</ul>`,
  );
}

function operationSection(path: string, method: string, operation: OperationObject): Markup {
  const { operationId, summary, security, parameters = [], requestBody, responses } = operation;
  const scope = security.flatMap((scheme) => Object.values(scheme)).flat()[0];
  const needs = security.length === 0 ? "no key" : scope === undefined ? "a key" : `scope ${scope}`;
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const given: Field[] = [
    ...parameters.map(({ name, schema, required, in: place, description }) => ({
      name,
      required,
      place,
      schema: { description, ...schema },
    })),
    ...fieldsOf(body, "body"),
  ];
  const [status = "", success] = Object.entries(responses)[0] ?? [];
  const content = (success?.content as Record<string, { schema?: JsonSchema }> | undefined)?.["application/json"];
  const data = (content?.schema?.properties as Record<string, JsonSchema> | undefined)?.data;
  const statuses = Object.keys(responses).filter((one) => one !== "default");
  return html`<section id="${operationId}">
<h3><code>${method} ${path}</code></h3>
<p>${summary} <small>(${needs}; ${statuses.join(" or ") || status})</small></p>
${fieldTable("Request", given)}${fieldTable("Answer", fieldsOf(data, "data"))}
</section>`;
}

function fieldTable(title: string, fields: readonly Field[]): Markup | "" {
  if (fields.length === 0) return "";
  return html`<table><caption>${title}</caption><tbody>
${fields.map(
  ({ name, schema, required, place }) => html`<tr><td><code>${name}</code>${required ? "*" : ""}</td><td>${place}</td>
<td>${typeOf(schema)}</td><td>${String(schema.description ?? "")}</td></tr>`,
)}
</tbody></table>`;
}

function fieldsOf(schema: JsonSchema | undefined, place: string): Field[] {
  const required = (schema?.required as string[] | undefined) ?? [];
  return Object.entries((schema?.properties as Record<string, JsonSchema> | undefined) ?? {}).map(([name, inner]) => ({
    name,
    schema: inner,
    required: required.includes(name),
    place,
  }));
}

/** A schema in a few words: its type, what it may be, and how long or large. */
function typeOf(schema: JsonSchema): string {
  if (Array.isArray(schema.enum)) return schema.enum.join(" | ");
  const items = schema.items as JsonSchema | undefined;
  const type = items ? `list of ${typeOf(items)}` : String(schema.type ?? "any");
  const range = (least: unknown, most: unknown, unit: string) =>
    least === undefined && most === undefined ? [] : [`${least ?? "…"} to ${most ?? "…"}${unit}`];
  const facts = [
    ...range(schema.minimum, schema.maximum, ""),
    ...range(schema.minLength, schema.maxLength, " characters"),
    ...range(schema.minItems, schema.maxItems, " items"),
    ...(schema.default === undefined ? [] : [`default ${schema.default}`]),
  ];
  return facts.length > 0 ? `${type} (${facts.join(", ")})` : type;
}
