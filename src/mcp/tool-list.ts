import * as z from "zod";
import type { Effect, Tool } from "../../tools/tool.ts";

type JsonSchema = Record<string, unknown>;

/** A tool as tools/list shows it. */
export interface ListedTool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonSchema & { type: "object" };
  outputSchema: JsonSchema & { type: "object" };
  annotations: {
    readOnlyHint: boolean;
    destructiveHint: boolean;
    idempotentHint: boolean;
    openWorldHint: boolean;
  };
}

/**
 * Keywords that cost a model tokens and tell it nothing it can use. Lengths stay in our own check, which names them
 * when they are passed; `additionalProperties: false` would make clients refuse a newer server's answers.
 */
const UNLISTED = new Set(["$schema", "minLength", "maxLength", "minItems", "maxItems", "propertyNames"]);

function plain(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.entries(schema)
    .filter(([name, value]) => !UNLISTED.has(name) && !(name === "additionalProperties" && value === false))
    .map(([name, value]) => {
      // The names in here are fields, not keywords.
      if (name === "properties") {
        return [name, Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, plain(inner)]))];
      }
      return [name, plain(value)];
    });
  return Object.fromEntries(members);
}

function jsonSchema(schema: z.ZodObject, io: "input" | "output"): ListedTool["inputSchema"] {
  return plain(z.toJSONSchema(schema, { io })) as ListedTool["inputSchema"];
}

const hints = (effect: Effect) => ({ readOnlyHint: effect === "read", destructiveHint: effect === "destroy" });

/** The answer to tools/list: plain JSON Schema, as short as it gets. */
export function listTools(tools: readonly Tool[]): ListedTool[] {
  return tools.map((tool) => ({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: jsonSchema(tool.input, "input"),
    outputSchema: jsonSchema(tool.output, "output"),
    annotations: { ...hints(tool.effect), idempotentHint: tool.idempotent, openWorldHint: tool.openWorld },
  }));
}
