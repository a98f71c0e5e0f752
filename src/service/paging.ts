import { sql } from "kysely";
import { invalidField } from "../errors.ts";

/** One page of a list, as asked for. */
export interface PageRequest {
  limit: number;
  cursor?: string;
}

type Kinds = readonly ("string" | "number")[];
type Values<K extends Kinds> = { -readonly [I in keyof K]: K[I] extends "string" ? string : number };

/**
 * A list's keyset cursors: the sort key of the last row shown, so that rows added meanwhile move nothing.
 * @param list a cursor of one list is refused by the others
 * @param kinds the types of the sort key's members
 */
export function cursors<const K extends Kinds>(list: string, kinds: K) {
  return {
    /** Opaque to callers. */
    make: (values: Values<K>): string => Buffer.from(JSON.stringify([list, ...values])).toString("base64url"),
    /** @throws AppError INVALID_INPUT for what `make` did not make. */
    read: (cursor: string): Values<K> => {
      const values = parse(cursor);
      const good = values[0] === list && values.length === kinds.length + 1;
      if (good && kinds.every((kind, i) => isKind(values[i + 1], kind))) return values.slice(1) as Values<K>;
      throw invalidField("cursor", "The cursor is not one of this list.", "send next_cursor unchanged");
    },
  };
}

const isKind = (value: unknown, kind: "string" | "number") =>
  kind === "number" ? Number.isSafeInteger(value) : typeof value === "string";

function parse(cursor: string): unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}

/**
 * The page of `limit` + 1 rows, where the one too many only tells that there are more.
 * @param cursorOf the cursor behind a row
 */
export function pageOf<Row>(rows: Row[], limit: number, cursorOf: (last: Row) => string) {
  const shown = rows.slice(0, limit);
  return { rows: shown, nextCursor: rows.length > limit ? cursorOf(shown[shown.length - 1]!) : undefined };
}

/** For queries by a part of a name, typed by people: case does not count (ASCII), and no character is a wildcard. */
export function contains(column: string, part: string) {
  const pattern = `%${part.normalize("NFC").replace(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`${sql.ref(column)} like ${pattern} escape '\\'`;
}
