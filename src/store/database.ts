import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from "kysely";
import { AppError } from "../errors.ts";
import { type OwnConnection, openLibsql } from "./libsql-connection.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Database } from "./schema.ts";

export type Store = Kysely<Database>;

/** Takes the write lock at once: a transaction that reads first and writes later could not wait for another writer. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

class LibsqlDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;
  constructor(database: SqliteDatabase) {
    super({ database });
    this.#database = database;
  }
  override createDriver(): Driver {
    return new ImmediateDriver({ database: this.#database });
  }
}

/**
 * Opens the database file and brings it to this program's version. Two processes may do so at once.
 * @throws AppError CONFIG_INVALID when the file was written by a newer version, or is not a database of ours.
 */
export function openStore(file: string, durability: "normal" | "full" = "normal"): Store {
  let database: ReturnType<typeof openLibsql> | undefined;
  try {
    database = openLibsql(file, durability);
    migrate(database, file);
  } catch (error) {
    database?.close();
    throw isUnreadable(error) ? notOurs(file, error) : error;
  }
  const { changes } = database;
  const store = new Kysely<Database>({ dialect: new LibsqlDialect(database) });
  changeCounts.set(store, changes);
  connections.set(store, database);
  if (durability === "full") lasting.add(store);
  return store;
}

const changeCounts = new WeakMap<Store, () => number>();

/** Stores whose commits survive a loss of power. */
const lasting = new WeakSet<Store>();

const connections = new WeakMap<Store, SqliteDatabase>();

/** The one connection of a store: only for whoever holds a transaction on it. */
export const connectionOf = (store: Store): SqliteDatabase => connections.get(store)!;

/**
 * Gives `work` the store's connection, on which commits survive a crash of the process, and not a loss of power. SQLite
 * takes that setting between transactions only; nobody else has the connection meanwhile.
 */
export function withoutSync<T>(store: Store, work: (held: Store) => Promise<T>): Promise<T> {
  return store.connection().execute(async (held) => {
    if (!lasting.has(store)) return work(held);
    const set = (level: string) => connectionOf(store).prepare(`pragma synchronous = ${level}`).run([]);
    set("normal");
    try {
      return await work(held);
    } finally {
      set("full");
    }
  });
}

/** How many statements of this store may have changed something. */
export const changesBy = (store: Store): number => changeCounts.get(store)!();

const isUnreadable = (error: unknown) =>
  ["SQLITE_NOTADB", "SQLITE_CORRUPT"].includes(String((error as { code?: string } | undefined)?.code));

function notOurs(file: string, cause: unknown): AppError {
  return new AppError("CONFIG_INVALID", `The file ${file} is not a database, or it is damaged.`, {
    hint: "put it back from a backup, move it away, or set AITTSM_DATA_DIR to another folder; it was left as it is",
    details: { setting: "AITTSM_DATA_DIR" },
    cause,
  });
}

const versionOf = (database: SqliteDatabase) =>
  (database.prepare("PRAGMA user_version").all([])[0] as { user_version: number }).user_version;

function migrate(database: OwnConnection, file: string): void {
  if (versionOf(database) === MIGRATIONS.length) return;
  // The lock comes first and the version is read again under it: another starting process may have been quicker.
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = versionOf(database);
    if (version > MIGRATIONS.length) {
      throw new AppError("CONFIG_INVALID", `The database ${file} was written by a newer version of aittsm.`, {
        hint: "update aittsm, or set AITTSM_DATA_DIR to another folder; the database was left as it is",
        details: { database_version: version, supported_version: MIGRATIONS.length },
      });
    }
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/** What files and SQLite say when the disk, a quota, or a file system's or user's bound on one file (EFBIG) is met. */
const DISK_FULL = new Set(["SQLITE_FULL", "ENOSPC", "EDQUOT", "EFBIG"]);

/** True for the errors of a disk that takes no more. */
export function isDiskFull(error: unknown): boolean {
  return DISK_FULL.has(String((error as { code?: string } | undefined)?.code));
}
