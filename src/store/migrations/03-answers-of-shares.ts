export default `
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
`;
