export default `
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
-- The facts of a job that was just made, without asking job_facts for them: a submit waits for this.
create trigger jobs_summed_insert after insert on jobs when new.kind = 'speech' begin
  insert into job_sums
    select new.account_id, column1, column2, 1, new.status != 'failed', iif(new.status != 'failed', new.chars_charged, 0),
        new.bytes is not null, coalesce(new.bytes, 0)
      from (values
        ('all', ''), ('status', new.status), ('voice', new.voice_id),
        ('day', strftime('%Y-%m-%d', new.created_at / 1000, 'unixepoch')),
        ('bookmarked', iif(new.bookmarked_at is null, 'no', 'yes')), ('collection', 'none'))
      where true
    on conflict do update set jobs = jobs + excluded.jobs, charged = charged + excluded.charged,
      chars = chars + excluded.chars, files = files + excluded.files, bytes = bytes + excluded.bytes;
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
`;
