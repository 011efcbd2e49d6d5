--! lock-timeout: 100ms
-- Versions get numbers, so that "as it was in version 4" can be said.
alter table needthisdone.page_content add column version integer not null default 1;
alter table needthisdone.page_content_history add column version integer;

comment on column needthisdone.page_content.version is 'Counts the states of the section''s content; kept by a trigger.';
comment on column needthisdone.page_content_history.version is 'The version that this was.';

create function needthisdone.number_page_content() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    -- A section that comes back under its old name goes on counting.
    select coalesce(max(was.version), 0) + 1
    into new.version
    from needthisdone.page_content_history as was
    where was.page_id = new.page_id and was.section = new.section;
  elsif (new.page_id, new.section, new.content) is distinct from (old.page_id, old.section, old.content) then
    select greatest(coalesce(max(was.version), 0), old.version) + 1
    into new.version
    from needthisdone.page_content_history as was
    where was.page_id = new.page_id and was.section = new.section;
  end if;
  return new;
end
$$;
comment on function needthisdone.number_page_content() is
  'Trigger: numbers the states of a section. Security definer, because whoever edits may not read the history.';

create trigger page_content_number before insert or update of page_id, section, content on needthisdone.page_content
  for each row execute function needthisdone.number_page_content();

create or replace function needthisdone.record_page_content() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into needthisdone.page_content_history (page_id, section, content, version)
  values (new.page_id, new.section, new.content, new.version);
  return null;
end
$$;
comment on function needthisdone.record_page_content() is
  'Trigger: keeps a section as it was saved. Security definer, because nobody may write the history.';
