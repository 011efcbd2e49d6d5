-- The sections of a page, each a document of blocks.
create function needthisdone.is_block_document(document jsonb) returns boolean
language sql immutable
return case
  when jsonb_typeof(document -> 'blocks') = 'array'
  then jsonb_array_length(document -> 'blocks') = (
    select count(*)
    from jsonb_path_query(
      document,
      'strict $.blocks[*] ? (@."type".type() == "string" && @."props".type() == "object")'
    )
  )
  else false
end;
comment on function needthisdone.is_block_document(jsonb) is
  'Whether a document is {"blocks": [{"type": "…", "props": {…}, …]}.';

create table needthisdone.page_content (
  id uuid not null default gen_random_uuid(),
  page_id uuid not null,
  section text not null,
  content jsonb not null default '{"blocks": []}',
  position integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint page_content_pkey primary key (id),
  constraint page_content_page_id_fkey foreign key (page_id) references needthisdone.pages (id) on delete cascade,
  constraint page_content_page_id_section_key unique (page_id, section),
  constraint page_content_section_check check (section <> ''),
  constraint page_content_content_check check (needthisdone.is_block_document(content)),
  constraint page_content_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index page_content_content_idx on needthisdone.page_content using gin (content jsonb_path_ops);
create index page_content_created_by_idx on needthisdone.page_content (created_by);

comment on table needthisdone.page_content is 'A section of a page.';
comment on column needthisdone.page_content.content is 'Blocks: {"blocks": [{"type": "heading", "props": {…}}]}.';
comment on column needthisdone.page_content.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.page_content.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger page_content_stamp before insert or update on needthisdone.page_content
  for each row execute function needthisdone.update_updated_at_column();
