-- What a section said before.
create table needthisdone.page_content_history (
  id uuid not null default gen_random_uuid(),
  page_id uuid not null,
  section text not null,
  content jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint page_content_history_pkey primary key (id),
  constraint page_content_history_page_id_fkey foreign key (page_id) references needthisdone.pages (id) on delete cascade,
  constraint page_content_history_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index page_content_history_page_id_section_created_at_idx on needthisdone.page_content_history (page_id, section, created_at desc);
create index page_content_history_created_by_idx on needthisdone.page_content_history (created_by);

comment on table needthisdone.page_content_history is
  'A section as it was saved. Written by a trigger alone; outlives the section, and goes with the page.';
comment on column needthisdone.page_content_history.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.page_content_history.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger page_content_history_stamp before insert or update on needthisdone.page_content_history
  for each row execute function needthisdone.update_updated_at_column();

create function needthisdone.record_page_content() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into needthisdone.page_content_history (page_id, section, content)
  values (new.page_id, new.section, new.content);
  return null;
end
$$;
comment on function needthisdone.record_page_content() is
  'Trigger: keeps a section as it was saved. Security definer, because nobody may write the history.';

create trigger page_content_record_new after insert on needthisdone.page_content
  for each row execute function needthisdone.record_page_content();
create trigger page_content_record_changed after update on needthisdone.page_content
  for each row
  when ((old.page_id, old.section, old.content) is distinct from (new.page_id, new.section, new.content))
  execute function needthisdone.record_page_content();
