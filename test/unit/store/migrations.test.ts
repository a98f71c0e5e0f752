import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import LibsqlDatabase from "libsql";
import { afterEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../../../src/store/database.ts";
import { openLibsql } from "../../../src/store/libsql-connection.ts";
import { MIGRATIONS } from "../../../src/store/migrations/index.ts";
import { temporaryFolder } from "../../support/folders.ts";

const PROCESSES = 4;
const JOBS = 2_000;
const ROOT = path.resolve(import.meta.dirname, "../../..");

const newFile = () => path.join(temporaryFolder(), "aittsm.db");

/** A database as the first version left it, with jobs of every kind, a charge, a remembered key and a setting. */
function firstVersion(file: string): void {
  const database = openLibsql(file, "normal");
  database.exec(`BEGIN; ${MIGRATIONS[0]}`);
  database.exec(`
    update accounts set unlimited = 0, credit_balance = 4711;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${JOBS})
    insert into jobs (job_id, account_id, kind, sample_key, status, priority, voice_id, speed, output_format,
        sample_rate_hertz, streaming, chars_charged, title, progress_total, content_type, bytes, created_at)
      select 'job-' || i, 'local', iif(i % 10 = 0, 'sample', 'speech'), iif(i % 10 = 0, 'sample-' || i, null),
        iif(i % 7 = 0, 'failed', 'completed'), 0, 'flite:en-US-Clustergen-Rms', 1, 'mp3', 22050, 0, 5,
        iif(i % 3 = 0, 'Title ' || i, null), 5, 'audio/mpeg', i, 1700000000000 + i from n;
    insert into job_texts select job_id, 'the words of ' || job_id from jobs;
    insert into idempotency values ('local', 'submitSpeech', 'key', 'print', 'job-1', '{}', 9999999999999);
    insert into settings values ('kept', 'yes');
    PRAGMA user_version = 1;
    COMMIT;
  `);
  database.close();
}

interface Opener {
  child: ChildProcessByStdio<Writable, Readable, null>;
  /** The next line that it says. */
  next(): Promise<{ ready?: true; jobs?: number; failed?: string }>;
  go(): void;
}

const running = new Set<Opener["child"]>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

/** A process of its own that has loaded everything and waits for the word to open the file. */
function startOpener(file: string): Opener {
  const script = path.join(ROOT, "test/support/open-store.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, file], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  running.add(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    next: async () => JSON.parse((await lines.next()).value ?? '{"failed": "it ended without a word"}'),
    go: () => child.stdin.write("go\n"),
  };
}

/** Opens the file in several processes at the same moment, and gives what each of them says. */
async function openAtOnce(file: string) {
  const openers = Array.from({ length: PROCESSES }, () => startOpener(file));
  for (const opener of openers) expect(await opener.next()).toEqual({ ready: true });
  for (const opener of openers) opener.go();
  const said = await Promise.all(openers.map((opener) => opener.next()));
  for (const opener of openers) {
    const ended = once(opener.child, "exit");
    opener.go();
    expect(await ended).toEqual([0, null]);
  }
  return said;
}

const versionOf = (file: string) => {
  const database = openLibsql(file, "normal");
  const [{ user_version }] = database.prepare("PRAGMA user_version").all([]) as [{ user_version: number }];
  const [{ integrity_check }] = database.prepare("PRAGMA integrity_check").all([]) as [{ integrity_check: string }];
  database.close();
  return { user_version, integrity_check };
};

const countOf = async (store: Store, table: "jobs" | "job_texts" | "search_entries") =>
  (await store.selectFrom(table).select("job_id").execute()).length;

describe("migrations", { timeout: 120_000 }, () => {
  it("from the first version run once when four processes start at the same moment, and keep every row", async () => {
    const file = newFile();
    firstVersion(file);
    expect(await openAtOnce(file)).toEqual(Array(PROCESSES).fill({ jobs: JOBS }));
    expect(versionOf(file)).toEqual({ user_version: MIGRATIONS.length, integrity_check: "ok" });

    const store = openStore(file);
    expect(await countOf(store, "jobs")).toBe(JOBS);
    expect(await countOf(store, "job_texts")).toBe(JOBS);
    // Once each, and samples not at all: the search index was filled by one process.
    expect(await countOf(store, "search_entries")).toBe(JOBS * 0.9);
    expect(await store.selectFrom("accounts").selectAll().execute()).toEqual([
      { account_id: "local", name: "local", unlimited: 0, credit_balance: 4711 },
    ]);
    expect(await store.selectFrom("idempotency").select(["key", "job_id"]).execute()).toEqual([
      { key: "key", job_id: "job-1" },
    ]);
    const settings = await store.selectFrom("settings").select("name").orderBy("name").execute();
    expect(settings.map(({ name }) => name).filter((name) => name === "kept")).toEqual(["kept"]);
    expect(settings).toHaveLength(PROCESSES + 1);
    const job = await store.selectFrom("jobs").selectAll().where("job_id", "=", "job-21").executeTakeFirstOrThrow();
    expect(job).toMatchObject({ title: "Title 21", status: "failed", bytes: 21, created_at: 1_700_000_000_021 });
    expect(job).toMatchObject({ notes: null, bookmarked_at: null, audio_deleted_at: null, text_erased_at: null });
    await store.destroy();
  });

  it("of a file that is not there yet make it once, whoever is first", async () => {
    const file = newFile();
    expect(await openAtOnce(file)).toEqual(Array(PROCESSES).fill({ jobs: 0 }));
    expect(versionOf(file)).toEqual({ user_version: MIGRATIONS.length, integrity_check: "ok" });
  });

  it("wait for a process that holds the lock, and see what it did", async () => {
    const file = newFile();
    firstVersion(file);
    const holder = openLibsql(file, "normal");
    holder.exec("BEGIN IMMEDIATE");
    const opener = startOpener(file);
    expect(await opener.next()).toEqual({ ready: true });
    opener.go();
    const said = opener.next();
    const early = await Promise.race([said, new Promise((resolve) => setTimeout(resolve, 500, "waiting"))]);
    expect(early).toBe("waiting");
    holder.exec("insert into settings values ('late', 'yes')");
    holder.exec("COMMIT");
    expect(await said).toEqual({ jobs: JOBS });
    expect(holder.prepare("select value from settings where name = 'late'").all([])).toEqual([{ value: "yes" }]);
    holder.close();
    opener.go();
  });

  it("wait for a process that is about to turn a new file to WAL, where SQLite itself does not", async () => {
    const file = newFile();
    const holder = new LibsqlDatabase(file);
    holder.exec("begin immediate; create table theirs (x)");
    const opener = startOpener(file);
    expect(await opener.next()).toEqual({ ready: true });
    opener.go();
    const said = opener.next();
    const early = await Promise.race([said, new Promise((resolve) => setTimeout(resolve, 500, "waiting"))]);
    expect(early).toBe("waiting");
    holder.exec("drop table theirs; commit");
    holder.close();
    expect(await said).toEqual({ jobs: 0 });
    opener.go();
  });

  it("that fail half-way change nothing, and the next start does them", async () => {
    const file = newFile();
    firstVersion(file);
    const spoiler = openLibsql(file, "normal");
    spoiler.exec("create table collections (in_the_way integer)");
    spoiler.close();
    expect(() => openStore(file)).toThrow(/collections/);
    expect(versionOf(file).user_version).toBe(1);
    const mended = openLibsql(file, "normal");
    const columns = mended.prepare("select name from pragma_table_info('jobs')").all([]) as { name: string }[];
    expect(columns.map(({ name }) => name)).not.toContain("notes");
    mended.exec("drop table collections");
    mended.close();
    const store = openStore(file);
    expect(await countOf(store, "jobs")).toBe(JOBS);
    await store.destroy();
    expect(versionOf(file).user_version).toBe(MIGRATIONS.length);
  });
});
