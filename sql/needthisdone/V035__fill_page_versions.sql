--! no-transaction
--! lock-timeout: 100ms
-- Versions from before are numbered in the order in which they were saved, a page at a time.
do $$
declare
  page record;
begin
  for page in
    select distinct old.page_id from needthisdone.page_content_history as old where old.version is null
  loop
    with numbered as (
      select was.id, row_number() over (partition by was.section order by was.created_at, was.id) as version
      from needthisdone.page_content_history as was
      where was.page_id = page.page_id
    )
    update needthisdone.page_content_history as was
    set version = numbered.version
    from numbered
    where was.id = numbered.id and was.version is distinct from numbered.version;
    -- workroom: allow unbatched-update because a page has a handful of sections, and each page is committed by itself
    update needthisdone.page_content as current
    set version = (
      select max(was.version)
      from needthisdone.page_content_history as was
      where was.page_id = current.page_id and was.section = current.section
    )
    where current.page_id = page.page_id;
    commit;
  end loop;
end
$$;

create unique index concurrently page_content_history_page_id_section_version_key
  on needthisdone.page_content_history (page_id, section, version);
alter table needthisdone.page_content_history
  add constraint page_content_history_page_id_section_version_key
  unique using index page_content_history_page_id_section_version_key;
alter table needthisdone.page_content_history
  add constraint page_content_history_version_check check (version > 0) not valid;
alter table needthisdone.page_content_history validate constraint page_content_history_version_check;
alter table needthisdone.page_content_history
  add constraint page_content_history_version_given_check check (version is not null) not valid;
alter table needthisdone.page_content_history validate constraint page_content_history_version_given_check;
alter table needthisdone.page_content_history alter column version set not null;
alter table needthisdone.page_content_history drop constraint page_content_history_version_given_check;
