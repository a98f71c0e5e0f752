import { encode as encodeCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { encode as encodeO200k } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { listTools } from "../../../src/mcp/tool-list.ts";
import { selectTools, tools } from "../../../tools/index.ts";
import { FakeService } from "../client/fake-service.ts";
import { CLIENTS, optionsFor } from "./connect.ts";

type Schema = Record<string, unknown>;

/** Every schema inside a schema, with its path. */
function* schemas(schema: Schema, path: string): Generator<[string, Schema]> {
  yield [path, schema];
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  for (const [name, inner] of Object.entries(properties)) yield* schemas(inner, `${path}.${name}`);
  for (const name of ["items", "additionalProperties"]) {
    const inner = schema[name];
    if (typeof inner === "object") yield* schemas(inner as Schema, `${path}.${name}`);
  }
}

const listed = listTools(tools);
const inputs = listed.flatMap((tool) => [...schemas(tool.inputSchema, tool.name)]);
const all = listed.flatMap((tool) => [...schemas(tool.outputSchema, `${tool.name} answer`)]).concat(inputs);

describe("tools/list", () => {
  it.each(
    CLIENTS.flatMap(([name, connect]) => [
      [name, "every tool", tools, 11_000, connect] as const,
      [name, "generation alone", selectTools(["generation"]), 2_500, connect] as const,
    ]),
  )("under %s, with %s, is short", async (_name, _which, shown, most, connect) => {
    const options = { ...optionsFor(new FakeService()), tools: shown };
    const result = JSON.stringify(await (await connect(options)).listTools());
    expect(encodeO200k(result).length).toBeLessThanOrEqual(most);
    expect(encodeCl100k(result).length).toBeLessThanOrEqual(most);
  });

  it("has plain types only: one per field, no union, no reference, nothing nullable", () => {
    expect(all.length).toBeGreaterThan(50);
    for (const [path, schema] of all) {
      const odd = ["anyOf", "oneOf", "allOf", "$ref", "not", "const", "$schema", "$defs"].filter(
        (key) => key in schema,
      );
      expect({ path, odd, type: typeof schema.type }).toEqual({ path, odd: [], type: "string" });
    }
  });

  it("gives every number that goes in a lowest and a highest value", () => {
    const numbers = inputs.filter(([, schema]) => schema.type === "number" || schema.type === "integer");
    expect(numbers.length).toBeGreaterThan(4);
    for (const [path, { minimum, maximum }] of numbers) {
      expect({ path, low: typeof minimum, high: typeof maximum }).toEqual({ path, low: "number", high: "number" });
      expect(Math.abs(maximum as number)).toBeLessThan(2 ** 53 - 1);
    }
  });

  it("lets answers have fields that today's list doesn't name", () => {
    for (const [path, schema] of all)
      expect({ path, closed: schema.additionalProperties === false }).toEqual({ path, closed: false });
  });
});
