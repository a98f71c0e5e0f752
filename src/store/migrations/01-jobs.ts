export default `
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
`;
