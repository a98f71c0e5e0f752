export default `
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
`;
