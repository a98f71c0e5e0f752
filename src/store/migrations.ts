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
];
