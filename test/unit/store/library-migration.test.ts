import path from "node:path";
import { expect, it } from "vitest";
import { listJobs } from "../../../src/service/job-list.ts";
import { jobSums } from "../../../src/service/job-sums.ts";
import { openStore } from "../../../src/store/database.ts";
import { openLibsql } from "../../../src/store/libsql-connection.ts";
import { MIGRATIONS } from "../../../src/store/migrations/index.ts";
import { temporaryFolder } from "../../support/folders.ts";

/** The version before counts were kept, and search_ids had spans. */
const BEFORE = 6;
const JOBS = 60;

/** Jobs of two accounts in turn, as that version left them. */
function versionBefore(file: string): void {
  const database = openLibsql(file, "normal");
  database.exec(`BEGIN; ${MIGRATIONS.slice(0, BEFORE).join("")}`);
  database.exec(`
    insert into accounts (account_id, unlimited, credit_balance) values ('other', 1, 0);
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${JOBS})
    insert into jobs (job_id, account_id, kind, sample_key, status, priority, voice_id, speed, output_format,
        sample_rate_hertz, streaming, chars_charged, title, progress_total, content_type, bytes, bookmarked_at, created_at)
      select 'job-' || i, iif(i % 2 = 0, 'local', 'other'), iif(i % 10 = 0, 'sample', 'speech'),
        iif(i % 10 = 0, 'sample-' || i, null), iif(i % 6 = 0, 'failed', 'completed'), 0,
        iif(i % 4 = 0, 'flite:a', 'kokoro:b'), 1, 'mp3', 22050, 0, i, 'Title', 5, 'audio/mpeg',
        iif(i % 6 = 0, null, 100), iif(i = 2, 1, null), i from n;
    insert into job_texts select job_id, 'the words of ' || job_id from jobs;
    insert into search_entries (job_id) select job_id from jobs where kind = 'speech' order by created_at;
    insert into job_search (rowid, title, text)
      select search_id, title, text from search_entries join jobs using (job_id) join job_texts using (job_id);
    insert into tags values ('local', 'red', null, 1);
    insert into job_tags (account_id, tag, job_id) values ('local', 'red', 'job-2'), ('local', 'red', 'job-6');
    insert into collections values ('c1', 'local', 'One', null, 1);
    insert into collection_jobs (collection_id, job_id, added_at) values ('c1', 'job-2', 1);
    -- Two were erased, and one of them was described again.
    delete from job_search where rowid in (select search_id from search_entries where job_id in ('job-4', 'job-8'));
    delete from job_texts where job_id in ('job-4', 'job-8');
    update jobs set title = null where job_id = 'job-4';
    update jobs set title = 'Anew' where job_id = 'job-8';
    insert into job_search (rowid, title, text) select search_id, 'Anew', '' from search_entries where job_id = 'job-8';
    PRAGMA user_version = ${BEFORE};
    COMMIT;
  `);
  database.close();
}

it("a library of an earlier version is counted and found as before", async () => {
  const file = path.join(temporaryFolder(), "aittsm.db");
  versionBefore(file);
  const store = openStore(file);
  const list = async (account: string, filter: object) => {
    const { jobs, total } = await listJobs(store, account, { limit: 100, ...filter });
    expect(jobs).toHaveLength(total);
    return jobs.map((job) => Number(job.jobId.slice(4)));
  };
  const numbers = Array.from({ length: JOBS }, (_, i) => JOBS - i).filter((i) => i % 10 !== 0);
  const [local, other] = [numbers.filter((i) => i % 2 === 0), numbers.filter((i) => i % 2 === 1)];
  expect(await list("local", {})).toEqual(local);
  expect(await list("other", {})).toEqual(other);
  expect(await list("local", { status: "failed" })).toEqual(local.filter((i) => i % 6 === 0));
  expect(await list("local", { provider: "flite" })).toEqual(local.filter((i) => i % 4 === 0));
  expect(await list("local", { bookmarked: true })).toEqual([2]);
  expect(await list("local", { tag: "red" })).toEqual([6, 2]);
  expect(await list("local", { collectionId: "c1" })).toEqual([2]);
  expect(await list("local", { query: "words" })).toEqual(local.filter((i) => i !== 4 && i !== 8));
  expect(await list("other", { query: "words title" })).toEqual(other);
  expect(await list("local", { query: "anew" })).toEqual([8]);
  expect(await list("nobody", { query: "words" })).toEqual([]);

  const kept = local.filter((i) => i % 6 !== 0);
  const sums = await jobSums(store, "local", { dimension: "all" }).selectAll().executeTakeFirstOrThrow();
  expect(sums).toMatchObject({
    jobs: local.length,
    charged: kept.length,
    chars: kept.reduce((sum, i) => sum + i, 0),
    files: kept.length,
    bytes: kept.length * 100,
  });
  const without = await jobSums(store, "local", { dimension: "collection", key: "none" })
    .select("jobs")
    .executeTakeFirst();
  expect(without).toEqual({ jobs: local.length - 1 });
  await store.destroy();
});
