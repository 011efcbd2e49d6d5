-- The first table: notes that people write.
create schema app;
comment on schema app is 'My first system.';

create table app.notes (
  id uuid not null default gen_random_uuid(),
  author text not null,
  body text not null,
  created_at timestamptz not null default now(),
  constraint notes_pkey primary key (id),
  constraint notes_body_is_not_blank_check check (btrim(body) <> '')
);
comment on table app.notes is 'One row per note.';
comment on column app.notes.author is 'Who wrote it: what the setting app.user said then.';

create index notes_author_created_at_idx on app.notes (author, created_at);
create index notes_created_at_idx on app.notes (created_at);
