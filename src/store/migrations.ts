/**
 * The database's versions, oldest first; entry i brings version i to i+1 (`PRAGMA user_version`). A released entry is
 * never edited: a change is a new entry.
 */
export const MIGRATIONS: readonly string[] = [
  `
  create table accounts (
    account_id text primary key,
    unlimited integer not null,
    credit_balance integer not null check (credit_balance >= 0)
  ) strict;
  insert into accounts values ('local', 1, 0);

  create table jobs (
    job_id text primary key,
    account_id text not null references accounts (account_id),
    kind text not null check (kind in ('speech', 'sample')),
    sample_key text unique,
    status text not null check (status in ('pending', 'processing', 'completed', 'failed')),
    priority integer not null,
    voice_id text not null,
    voice_reason text,
    speed real not null,
    output_format text not null,
    sample_rate_hertz integer not null,
    bitrate_kbps integer,
    streaming integer not null,
    chars_charged integer not null,
    title text,
    metadata text,
    webhook_url text,
    warnings text,
    progress_done integer not null default 0,
    progress_total integer not null,
    attempt integer not null default 0,
    owner_id text,
    lease_expires_at integer,
    blob_name text unique,
    content_type text not null,
    bytes integer,
    duration_seconds real,
    error_code text,
    error_message text,
    error_hint text,
    created_at integer not null,
    completed_at integer
  ) strict;
  create index jobs_by_account on jobs (account_id, created_at desc, job_id);
  create index jobs_open on jobs (status, priority desc, created_at) where status in ('pending', 'processing');

  create table job_texts (
    job_id text primary key references jobs (job_id),
    text text not null
  ) strict;

  create table idempotency (
    account_id text not null,
    operation text not null,
    key text not null,
    fingerprint text not null,
    job_id text not null,
    answer text not null,
    expires_at integer not null,
    primary key (account_id, operation, key)
  ) strict, without rowid;

  create index idempotency_by_expiry on idempotency (expires_at);

  create table streams (
    token_hash text primary key,
    job_id text not null references jobs (job_id),
    expires_at integer not null,
    consumed_at integer
  ) strict, without rowid;

  create table settings (name text primary key, value text not null) strict, without rowid;

  create table client_memory (
    key text primary key,
    value text not null,
    expires_at integer
  ) strict, without rowid;
  `,
  `
  alter table jobs add column notes text;
  alter table jobs add column bookmarked_at integer;
  alter table jobs add column audio_deleted_at integer;
  alter table jobs add column text_erased_at integer;
  -- What lists, counts and storage sums walk: samples are in none of them.
  drop index jobs_by_account;
  create index jobs_listed on jobs (account_id, created_at desc, job_id) where kind = 'speech';
  create index jobs_bookmarked on jobs (account_id, created_at desc, job_id)
    where kind = 'speech' and bookmarked_at is not null;
  create index jobs_with_audio on jobs (account_id, bytes) where kind = 'speech' and bytes is not null;

  -- Full text of titles and texts, without a copy of them. Ids of its own: VACUUM may change the rowids of jobs.
  create table search_entries (
    search_id integer primary key,
    job_id text not null unique references jobs (job_id)
  ) strict;
  create virtual table job_search using fts5 (
    title, text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
  );
  insert into search_entries (job_id) select job_id from jobs where kind = 'speech';
  insert into job_search (rowid, title, text)
    select search_id, coalesce(title, ''), text
    from search_entries join jobs using (job_id) join job_texts using (job_id);

  create table collections (
    collection_id text primary key,
    account_id text not null references accounts (account_id),
    name text not null,
    description text,
    created_at integer not null
  ) strict;
  create unique index collections_by_account on collections (account_id, name);

  create table collection_jobs (
    collection_id text not null references collections (collection_id) on delete cascade,
    job_id text not null references jobs (job_id),
    added_at integer not null,
    primary key (collection_id, job_id)
  ) strict, without rowid;
  create index collection_jobs_by_job on collection_jobs (job_id);

  create table tags (
    account_id text not null references accounts (account_id),
    tag text not null,
    color text,
    created_at integer not null,
    primary key (account_id, tag)
  ) strict, without rowid;

  create table job_tags (
    account_id text not null,
    tag text not null,
    job_id text not null references jobs (job_id),
    primary key (account_id, tag, job_id),
    foreign key (account_id, tag) references tags (account_id, tag) on delete cascade
  ) strict, without rowid;
  create index job_tags_by_job on job_tags (job_id);

  create table shares (
    share_id text primary key,
    account_id text not null references accounts (account_id),
    -- The URL's token: found by its hash, shown again from its encrypted form.
    token_hash text not null unique,
    token_encrypted text not null,
    title text,
    description text,
    access text not null check (access in ('public', 'code')),
    allow_download integer not null,
    expires_at integer,
    revoked_at integer,
    plays integer not null default 0,
    created_at integer not null
  ) strict;
  create index shares_by_account on shares (account_id, created_at desc, share_id);

  create table share_tracks (
    share_id text not null references shares (share_id) on delete cascade,
    position integer not null,
    job_id text not null references jobs (job_id),
    primary key (share_id, position),
    unique (share_id, job_id)
  ) strict, without rowid;
  create index share_tracks_by_job on share_tracks (job_id);

  create table access_codes (
    code_id text primary key,
    share_id text not null references shares (share_id) on delete cascade,
    -- HMAC with the data directory's key to find it, encrypted with it to show it.
    code_hmac text not null,
    code_encrypted text not null,
    label text,
    max_uses integer,
    uses integer not null default 0,
    expires_at integer,
    enabled integer not null default 1,
    created_at integer not null,
    unique (share_id, code_hmac)
  ) strict;

  create table rate_limits (
    key text primary key,
    points integer not null,
    expires_at integer
  ) strict, without rowid;
  `,
  `
  -- What an answer is about may be a share too. The job stays named where there is one: its failure is a replay's answer.
  alter table idempotency rename to idempotency_before;
  create table idempotency (
    account_id text not null,
    operation text not null,
    key text not null,
    fingerprint text not null,
    job_id text,
    answer text not null,
    expires_at integer not null,
    primary key (account_id, operation, key)
  ) strict, without rowid;
  insert into idempotency select * from idempotency_before;
  drop table idempotency_before;
  create index idempotency_by_expiry on idempotency (expires_at);

  create index rate_limits_by_expiry on rate_limits (expires_at);
  create index access_codes_listed on access_codes (share_id, created_at, code_id);
  `,
  `
  -- The embedded account needs no name; the accounts of a hosted service are told apart by theirs.
  alter table accounts add column name text;
  create unique index accounts_by_name on accounts (name);
  update accounts set name = 'local' where account_id = 'local';

  create table api_keys (
    key_id text primary key,
    account_id text not null references accounts (account_id),
    name text not null,
    key_hash text not null unique,
    -- JSON array.
    scopes text not null,
    created_at integer not null,
    expires_at integer,
    revoked_at integer,
    last_used_at integer
  ) strict;
  `,
  `
  create table webhooks (
    account_id text primary key references accounts (account_id),
    url text not null,
    -- Encrypted with the data directory's key, bound to the account.
    secret_sealed text not null,
    enabled integer not null,
    created_at integer not null,
    updated_at integer not null
  ) strict, without rowid;

  -- The outbox. It names jobs and says nothing of them: what is sent is read from the job's row at every try.
  create table webhook_deliveries (
    delivery_id text primary key,
    job_id text not null references jobs (job_id),
    account_id text not null references accounts (account_id),
    event text not null check (event in ('job.completed', 'job.failed')),
    created_at integer not null,
    attempt integer not null default 0,
    next_attempt_at integer not null,
    owner_id text,
    lease_expires_at integer,
    finished_at integer,
    outcome text check (outcome in ('delivered', 'failed', 'cancelled')),
    last_status integer,
    last_error text,
    unique (job_id, event)
  ) strict;
  create index webhook_deliveries_due on webhook_deliveries (next_attempt_at, account_id)
    where finished_at is null and lease_expires_at is null;
  create index webhook_deliveries_leased on webhook_deliveries (account_id)
    where finished_at is null and lease_expires_at is not null;
  create index webhook_deliveries_finished on webhook_deliveries (finished_at) where finished_at is not null;
  `,
  `
  -- Lists by tag and by collection are in the order of the jobs: a page of one costs a page, however long the list is.
  alter table job_tags add column created_at integer not null default 0;
  update job_tags set created_at = (select created_at from jobs where jobs.job_id = job_tags.job_id);
  create index job_tags_listed on job_tags (account_id, tag, created_at desc, job_id);
  create trigger job_tags_dated after insert on job_tags begin
    update job_tags set created_at = (select created_at from jobs where jobs.job_id = new.job_id)
      where account_id = new.account_id and tag = new.tag and job_id = new.job_id;
  end;
  alter table collection_jobs add column created_at integer not null default 0;
  update collection_jobs set created_at = (select created_at from jobs where jobs.job_id = collection_jobs.job_id);
  create index collection_jobs_listed on collection_jobs (collection_id, created_at desc, job_id);
  create trigger collection_jobs_dated after insert on collection_jobs begin
    update collection_jobs set created_at = (select created_at from jobs where jobs.job_id = new.job_id)
      where collection_id = new.collection_id and job_id = new.job_id;
  end;
  create index jobs_by_voice on jobs (account_id, voice_id, created_at desc, job_id) where kind = 'speech';
  create index jobs_by_status on jobs (account_id, status, created_at desc, job_id) where kind = 'speech';
  `,
  `
  -- Counts and sums of an account's jobs by what lists, storage and usage are asked for, so that those answers cost the
  -- same however many jobs there are. What belongs into them is said once, by job_facts: a row for each key of a job.
  -- A job's facts are taken away before it changes, and added again after it. Samples have none.
  create view job_keys as
    select job_id, 'all' as dimension, '' as key from jobs
    union all select job_id, 'status', status from jobs
    union all select job_id, 'voice', voice_id from jobs
    union all select job_id, 'day', strftime('%Y-%m-%d', created_at / 1000, 'unixepoch') from jobs
    union all select job_id, 'bookmarked', iif(bookmarked_at is null, 'no', 'yes') from jobs
    union all select job_id, 'tag', tag from job_tags
    union all select job_id, 'collection', collection_id from collection_jobs
    union all select job_id, 'collection', 'none' from jobs
      where not exists (select 1 from collection_jobs where collection_jobs.job_id = jobs.job_id);
  create view job_facts as
    select jobs.job_id, account_id, dimension, key,
        1 as jobs, status != 'failed' as charged, iif(status != 'failed', chars_charged, 0) as chars,
        bytes is not null as files, coalesce(bytes, 0) as bytes
      from job_keys join jobs on jobs.job_id = job_keys.job_id where kind = 'speech';
  create table job_sums (
    account_id text not null,
    dimension text not null,
    key text not null,
    jobs integer not null,
    -- Those that were not refunded, and their characters.
    charged integer not null,
    chars integer not null,
    -- Those whose audio is kept, and its size.
    files integer not null,
    bytes integer not null,
    primary key (account_id, dimension, key)
  ) strict, without rowid;
  insert into job_sums
    select account_id, dimension, key, sum(jobs), sum(charged), sum(chars), sum(files), sum(bytes)
    from job_facts group by account_id, dimension, key;

  -- Inserted into, it adds a job's facts (sign 1) or takes them away (-1): all of them, or those of one key.
  create view job_sums_change as select 1 as sign, '' as job_id, '' as dimension, '' as key;
  create trigger job_sums_changed instead of insert on job_sums_change begin
    insert into job_sums
      select account_id, dimension, key,
          new.sign * jobs, new.sign * charged, new.sign * chars, new.sign * files, new.sign * bytes
        from job_facts
        where job_id = new.job_id and (new.dimension is null or (dimension = new.dimension and key = new.key))
      on conflict do update set jobs = jobs + excluded.jobs, charged = charged + excluded.charged,
        chars = chars + excluded.chars, files = files + excluded.files, bytes = bytes + excluded.bytes;
  end;
  create trigger job_sums_empty after update on job_sums when new.jobs = 0 begin
    delete from job_sums where account_id = new.account_id and dimension = new.dimension and key = new.key;
  end;
  create trigger jobs_summed_insert after insert on jobs begin
    insert into job_sums_change values (1, new.job_id, null, null);
  end;
  create trigger jobs_summed_before
    before update of account_id, kind, status, voice_id, chars_charged, bytes, bookmarked_at, created_at on jobs begin
    insert into job_sums_change values (-1, old.job_id, null, null);
  end;
  create trigger jobs_summed_after
    after update of account_id, kind, status, voice_id, chars_charged, bytes, bookmarked_at, created_at on jobs begin
    insert into job_sums_change values (1, new.job_id, null, null);
  end;
  create trigger jobs_summed_delete before delete on jobs begin
    insert into job_sums_change values (-1, old.job_id, null, null);
  end;
  create trigger job_tags_summed_insert after insert on job_tags begin
    insert into job_sums_change values (1, new.job_id, 'tag', new.tag);
  end;
  create trigger job_tags_summed_delete before delete on job_tags begin
    insert into job_sums_change values (-1, old.job_id, 'tag', old.tag);
  end;
  -- A job that is in a collection already is in none of those without one, so an insert that does nothing harms nothing.
  create trigger collection_jobs_summed_before before insert on collection_jobs begin
    insert into job_sums_change values (-1, new.job_id, 'collection', 'none');
  end;
  create trigger collection_jobs_summed_insert after insert on collection_jobs begin
    insert into job_sums_change values (1, new.job_id, 'collection', new.collection_id);
  end;
  create trigger collection_jobs_summed_delete before delete on collection_jobs begin
    insert into job_sums_change values (-1, old.job_id, 'collection', old.collection_id);
  end;
  create trigger collection_jobs_summed_after after delete on collection_jobs begin
    insert into job_sums_change values (1, old.job_id, 'collection', 'none');
  end;

  -- Lists by provider, in the order of lists; the expression is written so in their query too.
  create index jobs_by_provider on jobs (account_id, substr(voice_id, 1, instr(voice_id, ':')), created_at desc, job_id)
    where kind = 'speech';

  -- The search index counts in one go what an account has: its search_ids are a span of their own, so that a search
  -- need not look at each job found. The span's number times 2^32, and then in the order in which jobs were made.
  create table search_spans (
    span integer primary key,
    account_id text not null unique references accounts (account_id)
  ) strict;
  insert into search_spans (account_id) select distinct account_id from jobs where kind = 'speech' order by account_id;
  alter table search_entries rename to search_entries_before;
  create table search_entries (
    search_id integer primary key,
    job_id text not null unique references jobs (job_id)
  ) strict;
  insert into search_entries
    select span * 4294967296 + row_number() over (partition by span order by search_id), job_id
    from search_entries_before join jobs using (job_id) join search_spans using (account_id);
  drop table search_entries_before;
  insert into job_search (job_search) values ('delete-all');
  insert into job_search (rowid, title, text)
    select search_id, coalesce(title, ''), coalesce(text, '')
    from search_entries join jobs using (job_id) left join job_texts using (job_id)
    where title is not null or text is not null
    order by search_id;
  `,
];
