export default `
-- What engines asked their providers for, such as catalogues of voices. JSON.
create table engine_cache (
  key text primary key,
  value text not null,
  expires_at integer not null
) strict, without rowid;

-- How a job's text is to be read, and by whom. The prompt is the user's words: erasing a text erases it too.
alter table jobs add column text_format text not null default 'text' check (text_format in ('text', 'ssml', 'markup'));
alter table jobs add column model text;
alter table jobs add column prompt text;
-- The second voice of a dialogue; voice_id is the first.
alter table jobs add column second_voice_id text;
`;
