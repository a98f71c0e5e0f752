import { distance } from "fastest-levenshtein";
import * as z from "zod";
import { AppError, invalidField } from "../errors.ts";
import type { Camel, Endpoint, Operation } from "./operation.ts";

/** Where v1 lives below the origin. */
export const BASE_PATH = "/api/v1";
export const IDEMPOTENCY_KEY_HEADER = "Idempotency-Key";
export const IDEMPOTENT_REPLAYED_HEADER = "Idempotent-Replayed";
export const REQUEST_ID_HEADER = "X-Request-Id";

const PATH_FIELD = /\{(\w+)\}/g;
const camelKey = (key: string) => key.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** The names of the fields that an operation's path carries. */
export function pathFields(operation: Endpoint): string[] {
  return [...operation.path.matchAll(PATH_FIELD)].map((match) => match[1]!);
}

/** An operation's input as the parts of an HTTP request; `undefined` members are left out. */
export function encodeRequest(operation: Operation, input: Record<string, unknown>): { path: string; body?: string } {
  const inPath = new Set(pathFields(operation));
  const path = operation.path.replace(PATH_FIELD, (_, name: string) => pathSegment(name, String(input[name])));
  const rest = Object.entries(input).filter(([name, value]) => !inPath.has(name) && value !== undefined);
  if (operation.method !== "GET" && operation.method !== "DELETE") {
    return { path, body: JSON.stringify(Object.fromEntries(rest)) };
  }
  const query = new URLSearchParams();
  for (const [name, value] of rest) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return { path: query.size > 0 ? `${path}?${query}` : path };
}

/** @throws AppError INVALID_INPUT for dots, which would lead to another path however they are encoded (WHATWG URL). */
function pathSegment(name: string, value: string): string {
  if (/^\.{0,2}$/.test(value)) throw invalidField(name, `${name} is "${value}", which is no id.`, "copy it whole");
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, "\ufffd"));
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? unwrap(schema.unwrap() as z.core.$ZodType)
    : schema;
}

/** One value read kindly: models and query strings send numbers and booleans as text, and one item for a list. */
function readValue(schema: z.core.$ZodType, value: unknown): unknown {
  const plain = unwrap(schema);
  if (plain instanceof z.ZodNumber && typeof value === "string" && value.trim() !== "") {
    return Number.isNaN(Number(value)) ? value : Number(value);
  }
  if (plain instanceof z.ZodBoolean && (value === "true" || value === "false")) return value === "true";
  if (plain instanceof z.ZodArray) {
    const items = typeof value === "string" ? value.split(",").map((item) => item.trim()) : value;
    return Array.isArray(items) ? items.map((item) => readValue(plain.element as z.core.$ZodType, item)) : items;
  }
  return value;
}

/** The known name nearest to `name`, when it is near enough to be what was meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const best = known.map((k) => ({ k, d: distance(name.toLowerCase(), k.toLowerCase()) })).sort((a, b) => a.d - b.d)[0];
  return best && best.d <= Math.max(2, Math.floor(best.k.length / 2)) ? best.k : undefined;
}

/**
 * Checks what arrived against an operation's or a tool's input schema.
 * null means absent; numbers, booleans and lists may come as text. Defaults are filled in.
 * @throws AppError INVALID_INPUT that names every bad field, and for an unknown one the nearest known.
 */
export function decodeInput<S extends z.ZodObject>(schema: S, raw: unknown): z.output<S> {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new AppError("INVALID_INPUT", "The input must be a JSON object.", { hint: "send the fields in one object" });
  }
  const known = Object.keys(schema.shape);
  const fields: { field: string; message: string }[] = [];
  const read: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(raw)) {
    if (value === null || value === undefined) continue;
    if (Object.hasOwn(schema.shape, field)) read[field] = readValue(schema.shape[field], value);
    else {
      const near = nearestName(field, known);
      fields.push({ field, message: near ? `unknown field; did you mean ${near}?` : "unknown field" });
    }
  }
  const parsed = schema.safeParse(read);
  for (const issue of parsed.error?.issues ?? []) {
    fields.push({ field: issue.path.join(".") || "(input)", message: missing(issue, read) ?? issue.message });
  }
  if (parsed.success && fields.length === 0) return parsed.data;
  const sentence = fields.map(({ field, message }) => `${field}: ${message}`).join("; ");
  throw new AppError("INVALID_INPUT", `${sentence}.`, {
    hint: known.length > 0 ? `known fields are ${known.join(", ")}` : "this operation takes no fields",
    details: { fields },
  });
}

function missing(issue: z.core.$ZodIssue, read: Record<string, unknown>): string | undefined {
  return issue.path.length === 1 && read[String(issue.path[0])] === undefined ? "is required" : undefined;
}

/** A checked wire value with the names used inside. Record keys are the user's and stay. */
export function toCamel<S extends z.ZodObject>(schema: S, value: z.output<S>): Camel<z.output<S>> {
  return rename(schema, value, "camel") as Camel<z.output<S>>;
}

/** A value from inside as the wire has it: exactly the schema's fields, absent ones left out. */
export function toWire<S extends z.ZodObject>(schema: S, value: Camel<z.output<S>>): z.output<S> {
  return rename(schema, value, "wire") as z.output<S>;
}

/** An object schema's fields under both of their names, found once. */
const fieldLists = new WeakMap<z.core.$ZodType, { wire: string; camel: string; schema: z.core.$ZodType }[]>();

function fieldsOf(object: z.ZodObject) {
  const known = fieldLists.get(object);
  if (known) return known;
  const fields = Object.entries(object.shape as Record<string, z.core.$ZodType>).map(([wire, schema]) => {
    return { wire, camel: camelKey(wire), schema: unwrap(schema) };
  });
  fieldLists.set(object, fields);
  return fields;
}

function rename(schema: z.core.$ZodType, value: unknown, to: "wire" | "camel"): unknown {
  const plain = unwrap(schema);
  if (plain instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item) => rename(plain.element as z.core.$ZodType, item, to));
  }
  if (!(plain instanceof z.ZodObject) || typeof value !== "object" || value === null) return value;
  const source = value as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const { wire, camel, schema: field } of fieldsOf(plain)) {
    const [from, into] = to === "camel" ? [wire, camel] : [camel, wire];
    const member = source[from];
    if (member !== undefined && member !== null) result[into] = rename(field, member, to);
  }
  return result;
}
