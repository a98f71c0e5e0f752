export default `
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
`;
