import type * as z from "zod";
import { AppError } from "../errors.ts";

/** A copy without null members, at every depth: a null from a server means that there is nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
}

/** Removes what an issue points at: the bad member, or, where it was already gone, the nearest list item around it. */
function cutOut(root: unknown, path: readonly PropertyKey[]): "member" | "item" | "nothing" {
  const holders: unknown[] = [root];
  for (const key of path) holders.push((holders.at(-1) as Record<PropertyKey, unknown> | undefined)?.[key]);
  const key = path.at(-1);
  const holder = holders.at(-2);
  if (key !== undefined && holders.at(-1) !== undefined && !Array.isArray(holder)) {
    delete (holder as Record<PropertyKey, unknown>)[key];
    return "member";
  }
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const list = holders[depth];
    // Marked now and removed later, so that the other issues' indices stay right.
    if (Array.isArray(list)) {
      const index = path[depth] as number;
      const isRecord = typeof list[index] === "object";
      list[index] = undefined;
      return isRecord ? "item" : "member";
    }
  }
  return "nothing";
}

function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(compact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, compact(member)]));
}

/**
 * Reads a server's answer kindly: unknown fields and nulls are dropped, an optional field of a foreign shape counts as
 * absent, and a list item that can't be read is left out and counted.
 * @throws AppError NETWORK_ERROR when a needed field is missing.
 */
export function readOutput<S extends z.ZodObject>(
  schema: S,
  raw: unknown,
  host: string,
): { data: z.output<S>; unreadable: number } {
  const direct = schema.safeParse(raw);
  if (direct.success) return { data: direct.data, unreadable: 0 };
  let value = withoutNulls(raw);
  let unreadable = 0;
  // First pass: bad members go. Second: items that thereby lack a needed field go. A third finds nested cases.
  for (let pass = 0; pass < 4; pass++) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { data: parsed.data, unreadable };
    const cuts = parsed.error.issues.map((issue) => cutOut(value, issue.path));
    unreadable += new Set(
      parsed.error.issues.filter((_, i) => cuts[i] === "item").map((issue) => issue.path.slice(0, 2).join(".")),
    ).size;
    if (cuts.every((cut) => cut === "nothing")) break;
    value = compact(value);
  }
  const fields = schema.safeParse(value).error?.issues.map((issue) => issue.path.join(".") || "(all)") ?? [];
  throw new AppError("NETWORK_ERROR", `${host} answered something that can't be read: ${fields.join(", ")}.`, {
    hint: "the server may be of another version; check AITTSM_BASE_URL",
    details: { fields },
  });
}
