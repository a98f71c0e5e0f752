export default `
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
`;
