import { CompiledQuery, type Insertable } from "kysely";
import type { Store } from "./database.ts";
import type { Database } from "./schema.ts";

const texts = new Map<string, string>();

/** Inserts one row. For what is done all the time: the statement is built once for each set of columns. */
export async function insertRow<T extends keyof Database>(
  store: Store,
  table: T,
  row: Insertable<Database[T]>,
): Promise<void> {
  const columns = Object.keys(row);
  const key = `${table} ${columns}`;
  let text = texts.get(key);
  if (text === undefined) {
    text = `insert into ${table} (${columns}) values (${columns.map(() => "?")})`;
    texts.set(key, text);
  }
  await store.executeQuery(CompiledQuery.raw(text, Object.values(row)));
}
