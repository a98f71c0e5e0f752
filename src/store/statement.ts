import { CompiledQuery, type Insertable, type SqliteDatabase } from "kysely";
import type { Store } from "./database.ts";
import type { Database } from "./schema.ts";

/** Transactions that hold the connection for themselves, so that nothing needs to wait for it. */
const holding = new WeakMap<Store, SqliteDatabase>();

/** Lets `statement` use the connection of a transaction directly. */
export function holdConnection(transaction: Store, connection: SqliteDatabase): void {
  holding.set(transaction, connection);
}

/**
 * Runs a statement whose text is always the same, and gives its rows. For what is done all the time: building a query
 * costs more than a short one takes.
 */
export async function statement<Row>(store: Store, text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const connection = holding.get(store);
  if (!connection) return (await store.executeQuery(CompiledQuery.raw(text, [...parameters]))).rows as Row[];
  const prepared = connection.prepare(text);
  if (prepared.reader) return prepared.all(parameters) as Row[];
  prepared.run(parameters);
  return [];
}

const texts = new Map<string, string>();

/** Inserts one row; the statement is built once for each set of columns. */
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
  await statement(store, text, Object.values(row));
}
