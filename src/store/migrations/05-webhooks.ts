export default `
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
`;
