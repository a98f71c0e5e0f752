import type { SqliteDatabase, SqliteStatement } from "kysely";
import LibsqlDatabase from "libsql";
import { AppError } from "../errors.ts";

/** How long a statement waits for another process's write to end. Writes here last milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;
/** Between two tries of what SQLite does not wait for. */
const BUSY_PAUSE_MS = 10;
/** Said to callers who were turned away because of it. */
const BUSY_RETRY_MS = 1_000;
/**
 * Pages of the log after which they are copied into the database, 16 MiB of them: four times SQLite's own number, since
 * a server under load writes the same pages again and again, and each copying waits for the disk twice.
 */
const SERVER_CHECKPOINT_PAGES = 4_000;
/** What statements that change nothing begin with. */
const READING = new Set(["select", "begin", "rollback", "pragma", "savepoint", "release"]);
/** Kysely compiles the same few dozen texts over and over. */
const MAX_CACHED_STATEMENTS = 256;

/**
 * A bound value that the native library takes. It aborts the whole process on a boolean, so nothing passes unchecked;
 * and it reads text back only up to a NUL, so a space takes its place: a voice says neither.
 * @throws TypeError for a value that SQLite has no type for.
 */
function bindable(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") return value.replaceAll("\0", " ");
  if (typeof value === "bigint" || value instanceof Uint8Array) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(`a ${typeof value} can't be bound to an SQL statement`);
}

/**
 * Does what SQLite gives up on at once, whatever the busy time-out: of two processes that turn a new file to WAL at the
 * same moment, one is told SQLITE_BUSY (seen in 2 of 600 starts).
 */
function patiently(action: () => void): void {
  const end = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      action();
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
    }
  }
}

const isBusy = (error: unknown) => String((error as { code?: string } | undefined)?.code).startsWith("SQLITE_BUSY");

/** Another process has held the write lock for longer than anybody here waits (an erasure of a large database, say). */
function whenFree<R>(action: () => R): R {
  try {
    return action();
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new AppError("UNAVAILABLE", "The database is busy.", {
      hint: "try again",
      retryAfterMs: BUSY_RETRY_MS,
      cause: error,
    });
  }
}

export interface OwnConnection extends SqliteDatabase {
  exec(sql: string): void;
  /** A number that grows with every statement that may have changed something, and with its commit. */
  changes(): number;
}

/**
 * Opens a database file (made when missing) as Kysely's SQLite dialect wants it, with the settings that two processes on
 * one file need: WAL, a busy time-out, foreign keys.
 * @param durability "normal": a commit survives a crash of the process; "full": a loss of power too.
 */
export function openLibsql(file: string, durability: "normal" | "full"): OwnConnection {
  const database = new LibsqlDatabase(file, { timeout: BUSY_TIMEOUT_MS });
  const statements = new Map<string, SqliteStatement>();
  for (const pragma of [
    `busy_timeout = ${BUSY_TIMEOUT_MS}`,
    "journal_mode = WAL",
    `synchronous = ${durability}`,
    "foreign_keys = ON",
    // Deleted texts are overwritten with zeros; src/service/erasure.ts sees to the copies that this leaves.
    "secure_delete = ON",
    ...(durability === "full" ? [`wal_autocheckpoint = ${SERVER_CHECKPOINT_PAGES}`] : []),
  ]) {
    patiently(() => {
      const statement = database.prepare(`PRAGMA ${pragma}`);
      statement.reader ? statement.all() : statement.run();
    });
  }
  let changes = 0;
  // Also true after a write outside of a transaction: then the next commit counts once too often, which harms nothing.
  let uncommitted = false;
  return {
    exec: (sql) => void database.exec(sql),
    changes: () => changes,
    close: () => {
      statements.clear();
      database.close();
    },
    prepare: (sql) => {
      const known = statements.get(sql);
      if (known) return known;
      const native = database.prepare(sql);
      // Statements that give rows back may write too (returning).
      const [word = ""] = /^\s*\w+/.exec(sql.toLowerCase()) ?? [];
      const kind = word.trim();
      const counted = <R>(result: R): R => {
        if (kind === "commit" ? uncommitted : !READING.has(kind)) changes += 1;
        if (kind === "commit" || kind === "rollback") uncommitted = false;
        else if (!READING.has(kind)) uncommitted = true;
        return result;
      };
      const statement: SqliteStatement = {
        reader: native.reader,
        all: (parameters) => counted(whenFree(() => native.all(parameters.map(bindable)))),
        run: (parameters) => counted(whenFree(() => native.run(parameters.map(bindable)))),
        iterate: (parameters) => counted(native.iterate(parameters.map(bindable)) as IterableIterator<unknown>),
      };
      if (statements.size >= MAX_CACHED_STATEMENTS) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
  };
}
